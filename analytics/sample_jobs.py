"""``imid analyze``, of each study's samples: components, distances and outliers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from typing import Final

import duckdb
import polars as pl

from analytics import sample_quality
from analytics.differential_expression import GENE
from analytics.transform import stabilised
from warehouse.frames import insert_frame, read_frame, transaction
from warehouse.home import Home

FEWEST_SAMPLES: Final = 3
# What is computed; a change makes stored results stale.
COMPUTED: Final = "components, distances, outliers, size factors, curve"
_TABLES: Final = (
    "analytics.sample_pca",
    "analytics.sample_distances",
    "analytics.sample_groups",
    "analytics.stabilising_curves",
)


def analyze_samples(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    report: Callable[[str, str | None], None],
) -> list[tuple[str, str]]:
    """Compare the samples of every study with counts whose results are missing or stale.

    Parameters
    ----------
    report
        Called after each study with its id, and the reason if it failed.

    Returns
    -------
    list of (str, str)
        The studies that failed, each with the reason.
    """
    studies = con.execute(
        "select s.study_id, s.load_id, s.counts_sha256, s.landed_file from raw.studies s "
        "where s.quantity = 'counts' and (select count(*) from raw.samples x "
        "where x.load_id = s.load_id) >= $1 order by s.study_id",
        [FEWEST_SAMPLES],
    ).fetchall()
    stored = set(
        con.execute(
            "select distinct study_id, load_id, inputs_sha256 from analytics.sample_groups"
        ).fetchall()
    )
    wanted = {(study, load, _inputs(load, sha)): landed for study, load, sha, landed in studies}
    _drop(con, [load for _, load, _ in stored - set(wanted)])
    failures = []
    for (study_id, load_id, inputs), landed in wanted.items():
        if (study_id, load_id, inputs) in stored:
            continue
        try:
            frames = compare_samples(
                pl.read_parquet(home.landed / landed), sample_groups(con, load_id)
            )
        # Whatever the numerics raise, it belongs to this study alone.
        except Exception as error:  # noqa: BLE001
            failures.append((study_id, f"{type(error).__name__}: {error}"))
            report(*failures[-1])
            continue
        marked = [pl.lit(study_id).alias("study_id"), pl.lit(load_id).alias("load_id")]
        with transaction(con):
            for table, frame in zip(_TABLES, frames, strict=True):
                if table == "analytics.sample_groups":
                    frame = frame.with_columns(pl.lit(inputs).alias("inputs_sha256"))
                insert_frame(con, table, frame.with_columns(marked))
        report(study_id, None)
    return failures


def _inputs(load_id: str, counts_sha256: str) -> str:
    versions = (version("pydeseq2"), version("imid-warehouse"), COMPUTED)
    deciding = (load_id, counts_sha256, *versions)
    return hashlib.sha256("\0".join(deciding).encode()).hexdigest()


def _drop(con: duckdb.DuckDBPyConnection, load_ids: list[str]) -> None:
    if not load_ids:
        return
    with transaction(con):
        for table in _TABLES:
            con.execute(f"delete from {table} where list_contains($1, load_id)", [load_ids])


def sample_groups(con: duckdb.DuckDBPyConnection, load_id: str) -> pl.DataFrame:
    """Return ``sample_id, sample_group`` of a study: what was done to each sample, in words."""
    return read_frame(
        con,
        "select sample_id, coalesce(nullif(concat_ws(', ', cell_line, drug, "
        "concentration_um || ' uM', time_h || ' h'), ''), 'all samples') as sample_group "
        "from raw.samples where load_id = $1 order by sample_position",
        [load_id],
    )


def compare_samples(counts: pl.DataFrame, samples: pl.DataFrame) -> tuple[pl.DataFrame, ...]:
    """Return components, distances, groups with outliers and the stabilising curve of a study.

    Parameters
    ----------
    counts
        ``gene_id`` and one integer column per sample.
    samples
        ``sample_id, sample_group``.
    """
    names = samples["sample_id"].to_list()
    transformed = stabilised(counts.drop(GENE).select(names).to_numpy().T)
    distances = sample_quality.distance_matrix(transformed.values)
    method = pl.lit(transformed.transformation).alias("transformation")
    groups = sample_quality.outliers(distances, names, samples["sample_group"].to_list())
    return (
        sample_quality.principal_components(transformed.values, names).with_columns(method),
        sample_quality.sample_distances(transformed.values, distances, names),
        groups.with_columns(method, pl.Series("size_factor", transformed.size_factors)),
        pl.DataFrame(
            {
                "segment": range(len(transformed.curve) - 1),
                "step": transformed.step,
                "value_from": transformed.curve[:-1],
                "value_to": transformed.curve[1:],
            }
        ),
    )
