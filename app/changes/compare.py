"""Comparing two releases: marts by their keys, and the changes that mean something."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import duckdb

from app.changes.marts import compare_mart, mart_columns
from app.changes.result import CallChange, MemberChange, ReleaseChanges, ValueChange
from warehouse.connections import open_both

# How many names or values a list holds; the counts beside it are of all.
_LISTED: Final = 200

_MEMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "studies": ("dim_study", "study_id"),
    "contrasts": ("dim_contrast", "contrast_id"),
    "genes": ("dim_gene", "gene_id"),
    "trials": ("dim_trial", "trial_id"),
    "claims": ("fct_literature_claim", "claim_id"),
}
_CELL: Final = (
    "concat_ws(' ', cell_state, display_value, 'of ' || n_at_risk, '(' || grade_as_written || ')')"
)


def compare_releases(before: Path, after: Path, name: str | None = None) -> ReleaseChanges:
    """Compare two releases, or a release and the file that is about to become ``name``.

    Keys are those that the later one's build tested for uniqueness. Columns that say how a row
    came to be (load, fit, time) do not count as changes; numbers differ beyond one part in 1e9.

    Raises
    ------
    DataError
        If one of them cannot be read.
    """
    with open_both(before, after) as con:
        columns = {side: mart_columns(con, side) for side in ("before", "after")}
        keys = _keys(con)
        marts = [
            compare_mart(
                con,
                mart,
                keys.get(mart, ()),
                columns["before"].get(mart),
                columns["after"].get(mart),
            )
            for mart in sorted({*columns["before"], *columns["after"]})
        ]
        shared = columns["before"].keys() & columns["after"].keys()
        members = [
            _members(con, kind, f"marts.{mart}", column)
            for kind, (mart, column) in _MEMBERS.items()
            if mart in shared
        ]
        members.append(_loads(con))
        n_verdicts, verdicts = _verdicts(con, "mart_literature_concordance" in shared)
        n_cells, cells = _cells(con, "fct_adverse_event" in shared)
        return ReleaseChanges(
            before=before.stem,
            after=name or after.stem,
            marts=tuple(mart for mart in marts if mart is not None),
            members=tuple(members),
            calls=_calls(con) if "fct_differential_expression" in shared else (),
            n_verdicts=n_verdicts,
            verdicts=verdicts,
            n_adverse_events=n_cells,
            adverse_events=cells,
        )


def _keys(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    """Return each mart's key from the later release, else the earlier, where one recorded it."""
    for side in ("after", "before"):
        try:
            rows = con.execute(
                f"select model, key_columns from {side}.ops.models where schema_name = 'marts'"
            ).fetchall()
        except duckdb.CatalogException:
            continue
        if rows:
            return {model: tuple(json.loads(keys)[0]) for model, keys in rows if keys != "[]"}
    return {}


def _members(
    con: duckdb.DuckDBPyConnection, kind: str, table: str, name: str, where: str = "true"
) -> MemberChange:
    found = []
    for one, other in (("after", "before"), ("before", "after")):
        names = con.execute(
            f"select {name} as name from {one}.{table} where {where} "
            f"except select {name} from {other}.{table} where {where} order by name"
        ).fetchall()
        found.append([row[0] for row in names])
    new, gone = found
    return MemberChange(kind, len(new), len(gone), tuple(new[:_LISTED]), tuple(gone[:_LISTED]))


def _loads(con: duckdb.DuckDBPyConnection) -> MemberChange:
    """Compare what is loaded by content: a file that changed is one gone and one new."""
    return _members(
        con,
        "loads",
        "ops.loads",
        "kind || ' ' || subject || ' (' || left(content_sha256, 12) || ')'",
        "status = 'loaded'",
    )


def _calls(con: duckdb.DuckDBPyConnection) -> tuple[CallChange, ...]:
    rows = con.execute(
        """
        select
            a.contrast_id,
            count(*) filter (where is_called_a and is_called_b) as n_sign_flips,
            count(*) filter (where not is_called_b) as n_gained,
            count(*) filter (where not is_called_a) as n_lost,
            array_agg(
                coalesce(a.symbol, a.gene_id)
                order by abs(a.log2_fold_change) desc nulls last, a.gene_id
            )[1:$1] as genes
        from (
            select *, direction in ('up', 'down') as is_called_a
            from after.marts.fct_differential_expression
        ) as a
        inner join (
            select *, direction in ('up', 'down') as is_called_b
            from before.marts.fct_differential_expression
        ) as b on a.contrast_id = b.contrast_id and a.gene_id = b.gene_id
        where a.direction <> b.direction and (is_called_a or is_called_b)
        group by a.contrast_id
        order by a.contrast_id
        """,
        [_LISTED],
    ).fetchall()
    return tuple(
        CallChange(contrast, flips, gained, lost, tuple(genes))
        for contrast, flips, gained, lost, genes in rows
    )


def _verdicts(
    con: duckdb.DuckDBPyConnection, is_shared: bool
) -> tuple[int, tuple[ValueChange, ...]]:
    if not is_shared:
        return 0, ()
    # A claim that no contrast tests has one row without a contrast.
    rows = con.execute(
        """
        select
            a.claim_id,
            coalesce(a.contrast_id, 'no contrast'),
            b.verdict,
            a.verdict
        from after.marts.mart_literature_concordance as a
        inner join before.marts.mart_literature_concordance as b
            on a.claim_id = b.claim_id and a.contrast_id is not distinct from b.contrast_id
        where a.verdict <> b.verdict
        order by a.claim_id, a.contrast_id nulls last
        """
    ).fetchall()
    return len(rows), tuple(
        ValueChange({"claim_id": claim, "contrast_id": contrast}, before, after)
        for claim, contrast, before, after in rows[:_LISTED]
    )


def _cells(con: duckdb.DuckDBPyConnection, is_shared: bool) -> tuple[int, tuple[ValueChange, ...]]:
    if not is_shared:
        return 0, ()
    rows = con.execute(
        f"""
        with a as (
            select adverse_event_id, arm_label, term, {_CELL} as cell
            from after.marts.fct_adverse_event
        ),

        b as (select adverse_event_id, {_CELL} as cell from before.marts.fct_adverse_event)

        select a.adverse_event_id, a.arm_label, a.term, b.cell, a.cell
        from a
        inner join b on a.adverse_event_id = b.adverse_event_id
        where a.cell is distinct from b.cell
        order by a.adverse_event_id
        """
    ).fetchall()
    return len(rows), tuple(
        ValueChange({"adverse_event_id": key, "arm": arm, "term": term}, before, after)
        for key, arm, term, before, after in rows[:_LISTED]
    )
