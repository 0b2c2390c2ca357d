"""Where rows come from, as the ledger and the raw tables of a release know it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import polars as pl

Lookup = Callable[[str, Mapping[str, Any]], pl.DataFrame]
Row = dict[str, Any]

# Which raw table a subject without a load of its own in the marts was loaded into.
_LOADED_BY_ID: Final[Mapping[str, tuple[str, ...]]] = {
    "gene_id": ("raw.genes", "raw.features"),
    "drug_id": ("raw.drugs",),
    "document_id": ("raw.documents",),
    "regimen_id": ("raw.regimens",),
    "reference_id": ('raw."references"',),
    "trial_id": ("raw.trials",),
}


def loads_of_row(lookup: Lookup, row: Mapping[str, Any]) -> list[str]:
    """Return the loads that brought the subjects which a row names, in their order."""
    found: dict[str, None] = {}
    for column, tables in _LOADED_BY_ID.items():
        if row.get(column) is None:
            continue
        for table in tables:
            loads = lookup(
                f"select distinct load_id from {table} where {column} = $value order by load_id",
                {"value": row[column]},
            )
            found.update(dict.fromkeys(loads["load_id"]))
    return list(found)


def loads(lookup: Lookup, load_ids: Sequence[str]) -> list[Row]:
    """Return the ledger's rows of loads, each with its ``files`` (role, path, sha256, bytes)."""
    rows = lookup(
        "select load_id, kind, subject, status, content_sha256, recognised_as, rows_loaded, "
        "rows_refused, finished_at as loaded_at, imid_version from ops.loads "
        "where list_contains($ids, load_id) order by load_id",
        {"ids": list(load_ids)},
    ).to_dicts()
    files = lookup(
        "select load_id, role, path, sha256, bytes from ops.load_files "
        "where list_contains($ids, load_id) order by load_id, role, path",
        {"ids": list(load_ids)},
    ).to_dicts()
    for row in rows:
        row["files"] = [
            {k: v for k, v in file.items() if k != "load_id"}
            for file in files
            if file["load_id"] == row["load_id"]
        ]
    return rows


def fits(lookup: Lookup, fit_ids: Sequence[str]) -> list[Row]:
    """Return what is known of fits: engine, design, samples, and the counts they were made of."""
    return lookup(
        "select fit_id, study_id, load_id, counts_sha256, design, subset, engine, engine_version, "
        "samples, genes, alpha, fitted_at from analytics.fits where list_contains($ids, fit_id) "
        "order by fit_id",
        {"ids": list(fit_ids)},
    ).to_dicts()


def counts(lookup: Lookup, contrast_ids: Sequence[str], gene_id: str) -> list[Row]:
    """Return a gene's counts in the samples of contrasts, each with the line of its file."""
    return lookup(
        """
        select distinct s.contrast_id, s.arm, s.sample_id, c.count, f.line, f.gene_id_as_given,
               s.load_id
        from raw.contrast_samples as s
        inner join raw.counts as c on s.load_id = c.load_id and s.sample_id = c.sample_id
        inner join raw.features as f on s.load_id = f.load_id and c.gene_id = f.gene_id
        where list_contains($contrasts, s.contrast_id) and c.gene_id = $gene
        order by s.contrast_id, s.arm, s.sample_id, f.line
        """,
        {"contrasts": list(contrast_ids), "gene": gene_id},
    ).to_dicts()


def sample_counts(lookup: Lookup, study_id: str, sample_id: str, gene_id: str) -> list[Row]:
    """Return a gene's count in one sample with the line of its file."""
    return lookup(
        """
        select cast(null as varchar) as contrast_id, cast(null as varchar) as arm, c.sample_id,
               c.count, f.line, f.gene_id_as_given, c.load_id
        from raw.counts as c
        inner join raw.features as f on c.load_id = f.load_id and c.gene_id = f.gene_id
        where c.study_id = $study and c.sample_id = $sample and c.gene_id = $gene
        order by f.line
        """,
        {"study": study_id, "sample": sample_id, "gene": gene_id},
    ).to_dicts()


def given_results(lookup: Lookup, contrast_ids: Sequence[str], gene_id: str) -> list[Row]:
    """Return the lines of result files, computed elsewhere, that speak of a gene."""
    return lookup(
        """
        select r.contrast_id, r.line, r.gene_id_as_given, s.path, s.sha256, s.form, r.load_id
        from raw.de_results as r
        inner join raw.de_result_sets as s
            on r.load_id = s.load_id and r.contrast_id = s.contrast_id
        where list_contains($contrasts, r.contrast_id) and r.gene_id = $gene
        order by r.contrast_id, r.line
        """,
        {"contrasts": list(contrast_ids), "gene": gene_id},
    ).to_dicts()
