"""The process of one upload: a warehouse of its own in a temporary folder, then its answers.

The readers and the gate are those of ingest, the fit is that of ``imid analyze``, and calls and
verdicts come from the project's own dbt models, so that nothing is judged by a second rule.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from analytics.contrast_pairs import Changes, contrast_pairs
from analytics.enrichment_jobs import analyze_gene_sets
from analytics.identity import pairable
from analytics.jobs import PlannedFit, analyze_fits
from app.cli.dbt_build import compiled_model, run_dbt_build
from app.cli.project import Thresholds
from app.uploads.overlay import UNPAIRABLE, without_features
from app.uploads.results import STUDY_ID, UploadRequest, UploadResult
from ingest.gate import GateError
from ingest.study.load import ingest_study
from warehouse.connections import open_release, open_working
from warehouse.errors import BuildError, DataError
from warehouse.frames import read_frame
from warehouse.home import Home
from warehouse.ledger import Validation

# What the models between an upload and its verdicts read of the warehouse.
_REFERENCES: Final = (
    "raw.claims",
    "raw.documents",
    "raw.references",
    "raw.drugs",
    "raw.genes",
    "raw.gene_aliases",
    "raw.gene_sets",
)
_COMPARISON: Final = "mart_drug_comparison"
_MODELS: Final = f"+mart_literature_concordance +{_COMPARISON}"
# A contrast of 20,000 genes takes some 30 ms; the whole upload is stopped after 15 minutes.
LONGEST_COMPARING_S: Final = 300.0
_TOLD_EVERY: Final = 100
_ADDRESS_SPACE: Final = 8 * 2**30
_LARGEST_FILE: Final = 2 * 2**30
_NONE: Final = pl.DataFrame()
_NOTHING: Final = UploadResult(None, None, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE)


def main() -> None:
    """Do the request in the folder of the first argument; a line of output is a step."""
    _limit()
    folder = Path(sys.argv[1])
    request = UploadRequest(**json.loads((folder / "request.json").read_text(encoding="utf-8")))
    answer(folder, request).write(folder)


def answer(folder: Path, request: UploadRequest) -> UploadResult:
    """Return what comes of an upload; whatever is wrong with its files is a sentence in it."""
    try:
        result = run(folder, request)
    except GateError as refusal:
        result = replace(
            _NOTHING, refusal=str(refusal), validations=_validations(refusal.validations)
        )
    except (DataError, BuildError) as refusal:
        result = replace(_NOTHING, refusal=str(refusal))
    except (MemoryError, pl.exceptions.PolarsError, duckdb.Error, OSError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        result = replace(_NOTHING, refusal=f"the files could not be used: {first}")
    if result.refusal:
        # The folder is nobody's business, and gone when the sentence is read.
        told = re.sub(rf"{re.escape(str(folder))}/study/(\w+/)?", "", result.refusal)
        result = replace(result, refusal=told)
    return result


def _limit() -> None:
    """Bound what an upload may map and write, whatever its files unpack to."""
    for kind, most in (
        (resource.RLIMIT_AS, _ADDRESS_SPACE),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def run(folder: Path, request: UploadRequest) -> UploadResult:
    """Read, gate, fit, classify, compare and judge an upload.

    Raises
    ------
    DataError
        If its files are refused or its fit fails.
    BuildError
        If a model fails.
    """
    home = Home(folder / "home").create()
    _step("reading the files and checking them")
    with open_working(home) as con:
        _copy_references(con, Path(request.release))
        ingest_study(con, home, Path(request.definition))
        result = _loaded(con)
        _step("differential expression")
        failures = analyze_fits(con, home, _tell, workers=1)
        if failures:
            raise DataError(f"the fit failed: {failures[0].reason}.")
        has_changes = con.execute(
            "select exists (select 1 from analytics.differential_expression) "
            "or exists (select 1 from raw.de_results)"
        ).fetchall()[0][0]
        if not has_changes:
            return result
        _step("gene sets")
        analyze_gene_sets(con, request.fdr, request.abs_lfc, lambda _: None)
    _step("calling genes and judging claims")
    thresholds = Thresholds(fdr=request.fdr, abs_log2_fold_change=request.abs_lfc)
    summary = run_dbt_build(home, thresholds, verb="run", select=_MODELS)
    if summary.failures:
        raise BuildError(f"The upload could not be classified: {summary.failures[0]}.")
    with open_working(home) as con:
        result = _judged(con, result)
        own = pairable(con, result.genes)
    result = replace(
        result,
        features=_left_out(result.genes, own),
        release=Path(request.release).stem,
        comparison_model=compiled_model(home, _COMPARISON),
    )
    _step("comparing with the warehouse's contrasts")
    concordance, left_out = _concordance(own, request)
    return replace(result, concordance=concordance, contrasts_left_out=left_out)


def _step(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _tell(plan: PlannedFit, seconds: float | None, failure: str | None) -> None:
    if seconds is None and failure is None:
        _step(f"fitting {plan.design} to {len(plan.samples)} samples")


def _copy_references(con: duckdb.DuckDBPyConnection, release: Path) -> None:
    """Copy what the models read of the warehouse: small tables, no measurement."""
    path = str(release).replace("'", "''")
    con.execute(f"attach '{path}' as warehouse (read_only)")
    try:
        for table in _REFERENCES:
            con.execute(f"insert into {_quoted(table)} by name from warehouse.{_quoted(table)}")
        loads = " union ".join(
            f"select load_id from warehouse.{_quoted(table)}" for table in _REFERENCES
        )
        con.execute(
            "insert into ops.loads by name "
            f"select * from warehouse.ops.loads where load_id in ({loads})"
        )
    finally:
        con.execute("detach warehouse")


def _quoted(table: str) -> str:
    schema, name = table.split(".")
    return f'{schema}."{name}"'


def _loaded(con: duckdb.DuckDBPyConnection) -> UploadResult:
    recognised = con.execute(
        "select recognised_as from ops.loads where kind = 'study' and subject = $1", [STUDY_ID]
    ).fetchall()
    return replace(
        _NOTHING,
        recognised=recognised[0][0] if recognised else None,
        validations=read_frame(
            con,
            "select meaning, severity, is_success, column_name, observed, unexpected_keys "
            "from ops.validation_results order by is_success, severity, meaning",
        ),
        rejected=read_frame(
            con,
            "select string_split(path, '/')[-1] as file, line, reason, content "
            "from ops.rejected_rows order by line",
        ),
        profiles=read_frame(
            con,
            "select sample_id, genes, genes_detected, library_size, max_count "
            "from raw.sample_profiles order by sample_id",
        ),
    )


def _validations(found: Any) -> pl.DataFrame:  # noqa: ANN401
    rows: list[Validation] = list(found)
    names = ("meaning", "severity", "is_success", "column_name", "observed", "unexpected_keys")
    return pl.DataFrame(
        [{name: getattr(row, name) for name in names} for row in rows],
        schema={name: pl.Boolean if name == "is_success" else pl.String for name in names},
    ).sort("is_success", "severity", "meaning")


def _judged(con: duckdb.DuckDBPyConnection, result: UploadResult) -> UploadResult:
    return replace(
        result,
        contrasts=read_frame(con, "select * from marts.dim_contrast order by contrast_id"),
        genes=read_frame(
            con,
            "select * from marts.fct_differential_expression "
            "order by contrast_id, padj nulls last, gene_id",
        ),
        verdicts=read_frame(
            con,
            "select v.*, f.target_as_written, f.verbatim, f.document_title "
            "from marts.mart_literature_concordance as v "
            "join marts.fct_literature_claim as f on v.claim_id = f.claim_id "
            "where v.contrast_id is not null order by v.target_name nulls last, v.claim_id",
        ),
    )


def _left_out(genes: pl.DataFrame, pairable_genes: pl.DataFrame) -> pl.DataFrame:
    """Return, as ``dim_feature`` would, what of an upload pairs with no gene of the warehouse."""
    alone = genes.join(pairable_genes, on=["contrast_id", "gene_id"], how="anti")
    return alone.select(
        "study_id",
        pl.col("gene_id").alias("feature_id"),
        pl.lit("shared").alias("identity_status"),
    ).unique(maintain_order=True)


def _concordance(genes: pl.DataFrame, request: UploadRequest) -> tuple[pl.DataFrame, int]:
    """Compare each uploaded contrast (a) with each of the warehouse (b).

    Returns the comparisons, and how many contrasts there was no time left for.
    """
    deadline = time.monotonic() + LONGEST_COMPARING_S
    met = 0
    columns = ["contrast_id", "gene_id", "log2_fold_change", "p_value", "padj"]
    con = open_release(Path(request.release))
    try:
        held = read_frame(
            con,
            "select contrast_id, study_id, label, direction_sentence, is_simulated "
            "from dim_contrast "
            "where is_analysed and study_id <> $1 "
            "order by study_id, contrast_position nulls last, contrast_id",
            [STUDY_ID],
        )
        unpairable = read_frame(con, UNPAIRABLE)
        nothing = Changes.of(genes.select(columns).clear())
        pairs = [contrast_pairs(nothing, request.fdr, request.abs_lfc)]
        for other in held["contrast_id"]:
            if time.monotonic() > deadline:
                break
            if met and met % _TOLD_EVERY == 0:
                _step(f"compared with {met:,} of {held.height:,} contrasts")
            theirs = read_frame(
                con,
                f"select study_id, {', '.join(columns)} from fct_differential_expression "
                "where contrast_id = $1",
                [other],
            )
            theirs = without_features(theirs, unpairable).select(columns)
            for mine in genes["contrast_id"].unique().sort():
                own = genes.filter(pl.col("contrast_id") == mine).select(columns)
                both = pl.concat([own, theirs], how="vertical_relaxed")
                pairs.append(contrast_pairs(Changes.of(both), request.fdr, request.abs_lfc))
            met += 1
    finally:
        con.close()
    compared = (
        pl.concat(pairs)
        .filter(pl.col("contrast_id_b").is_in(held["contrast_id"].to_list()))
        .join(held.drop("study_id"), left_on="contrast_id_b", right_on="contrast_id", how="left")
    )
    return compared, held.height - met


if __name__ == "__main__":
    main()
