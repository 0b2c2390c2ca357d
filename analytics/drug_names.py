"""Which drug a level of a contrast names, and which contrasts of a study compare two drugs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

import duckdb

from analytics.differential_expression import Contrast

# A name that several drugs share names none.
DRUG_NAMES: Final = """
names as (
    select drug_id, upper(trim(name)) as folded from raw.drugs
    union all
    select drug_id, upper(trim(drug_id)) from raw.drugs
    union all
    select drug_id, upper(trim(unnest(string_split(aliases, '|')))) from raw.drugs
    where aliases is not null
),
unambiguous as (
    select folded, min(drug_id) as drug_id from names
    group by folded having count(distinct drug_id) = 1
)
"""


class DrugNames:
    """The immunomodulatory drugs and the vehicles by the names they go under."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        rows = con.execute(
            f"with {DRUG_NAMES} select n.folded, n.drug_id, coalesce(d.is_imid, false), "
            "coalesce(d.drug_class in ('vehicle', 'placebo'), false) "
            "from unambiguous n join raw.drugs d on d.drug_id = n.drug_id"
        ).fetchall()
        self._imids = {folded: drug for folded, drug, is_imid, _ in rows if is_imid}
        self._vehicles = {folded for folded, _, _, is_vehicle in rows if is_vehicle}

    def compared(self, contrasts: Sequence[Contrast]) -> tuple[tuple[str, str], ...]:
        """Pair the contrasts of one fit that set two of these drugs against one vehicle.

        Returns
        -------
        tuple of (str, str)
            Contrast ids, the drug that comes first in the alphabet first.
        """
        sides = [
            (self._imids[_folded(c.numerator)], c)
            for c in contrasts
            if _folded(c.numerator) in self._imids and _folded(c.denominator) in self._vehicles
        ]
        sides.sort(key=lambda side: (side[0], side[1].contrast_id))
        return tuple(
            (a.contrast_id, b.contrast_id)
            for (drug_a, a), (drug_b, b) in combinations(sides, 2)
            if drug_a != drug_b and (a.factor, a.denominator) == (b.factor, b.denominator)
        )


def _folded(name: str) -> str:
    return name.strip().upper()
