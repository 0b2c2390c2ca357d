"""``imid export claims``: the published claims as the CSV that ``imid ingest claims`` reads."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Final

from ingest.curated.models import Claim
from warehouse.errors import DataError
from warehouse.home import installation_root
from warehouse.queries import query_release

COLUMNS: Final = tuple(Claim.model_fields)


def claims_template() -> str:
    """Return a small claims file to start from: every column, and a row of each kind."""
    path = installation_root() / "ingest" / "curated" / "claims_template.csv"
    return path.read_text(encoding="utf-8")


def claims_csv(release: Path, loaded_from: str | None = None) -> str:
    """Return the claims of a release as CSV text, in the order in which they were loaded.

    Parameters
    ----------
    loaded_from
        Name of the file whose claims are wanted, such as ``my_claims.csv``; all by default.

    Raises
    ------
    DataError
        If no claim was loaded from a file of this name.
    """
    columns = ", ".join(f"c.{name}" for name in COLUMNS)
    claims = query_release(
        release,
        f"select p.file_name, {columns} from marts.fct_literature_claim as c "
        "inner join marts.mart_provenance as p "
        "on p.subject_kind = 'claim' and p.subject_key = c.claim_id order by c.load_id, c.line",
    )
    rows = claims.to_dicts()
    if loaded_from is not None:
        files = sorted({row["file_name"] for row in rows})
        rows = [row for row in rows if row["file_name"] == loaded_from]
        if not rows:
            raise DataError(
                f"no claim was loaded from {loaded_from}; claims are from {', '.join(files)}."
            )
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
