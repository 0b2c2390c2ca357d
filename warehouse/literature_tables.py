"""Raw tables of what documents say beyond single claims."""

from __future__ import annotations

from typing import Final

from warehouse.columns import loaded_columns

LITERATURE: Final[dict[str, dict[str, str]]] = {
    "raw.mechanism_edges": loaded_columns(
        line="bigint not null",
        edge_id="varchar not null",
        source_symbol="varchar",
        target_symbol="varchar not null",
        relation="varchar not null",
        claim_ids="varchar not null",
        note="varchar",
    ),
}
