"""``imid ingest assay``: an assay's table to raw tables in one transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from ingest.assay.definition import CYTOTOXICITY, AssayDefinition, read_assay_definition
from ingest.assay.suite import ASSAY_SERIES
from ingest.assay.table import AssayRows, read_assay_table
from ingest.curated.load import polars_type
from ingest.gate import refuse_errors, validate
from ingest.limits import file_beneath
from ingest.messages import near_miss
from warehouse.errors import DataError
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    LoadWriter,
    SourceFile,
    content_hash,
    current_load,
    record_load,
)
from warehouse.tables import RAW

KIND: Final = "assay"


def ingest_assay(con: duckdb.DuckDBPyConnection, path: Path) -> LoadOutcome:
    """Load one assay; the same content again is a no-op.

    Raises
    ------
    DataError
        If its definition or its table is not as it must be; the warehouse is then unchanged.
    """
    started = time.time()
    definition = read_assay_definition(path)
    table = file_beneath(path, definition.table, "table")
    if not table.is_file():
        raise DataError(f"there is no file {definition.table} beside it.", path, column="table")
    files = [SourceFile.read("assay.yaml", path), SourceFile.read("table", table)]
    content = content_hash(files)
    earlier = current_load(con, KIND, definition.id)
    if earlier and earlier[1] == content:
        return LoadOutcome(earlier[0], "unchanged", 0, 0)
    _check_drugs(con, path, definition)
    read = read_assay_table(table, definition)
    validations = validate(series_profiles(read.rows), ASSAY_SERIES)
    refuse_errors(validations, table)
    request = LoadRequest(
        kind=KIND,
        subject=definition.id,
        source_path=path.resolve(),
        files=files,
        content_sha256=content,
        rows_in=len(read.rows) + len(read.rejected),
        recognised_as=f"{definition.kind} assay, {read.layout} table",
        validations=validations,
        rejected=read.rejected,
        started=started,
    )
    return record_load(con, request, lambda writer: _write(writer, definition, read))


def series_profiles(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Sum an assay up to one row per series, as the gate judges it.

    A series is one treatment of one kind of cells for one time and, of colonies, one type.

    Returns
    -------
    polars.DataFrame
        ``series, n_concentrations, n_replicates, n_vehicle`` with the fewest values at any
        concentration and the vehicle's values beside them.
    """
    frame = pl.DataFrame(rows, infer_schema_length=None)
    shared = ["cells", "time_h", *(["colony_type"] if "colony_type" in frame.columns else [])]
    vehicle = (
        frame.filter(pl.col("role") == "vehicle").group_by(shared).agg(pl.len().alias("n_vehicle"))
    )
    at_each = (
        frame.filter(pl.col("role") == "treated")
        .group_by([*shared, "treatment", "concentration_um"])
        .agg(pl.len().alias("n"))
    )
    named = pl.concat_str(
        "treatment",
        *(pl.col(name).cast(pl.String) for name in shared),
        separator=", ",
        ignore_nulls=True,
    )
    return (
        at_each.group_by([*shared, "treatment"])
        .agg(
            pl.len().cast(pl.Int64).alias("n_concentrations"),
            pl.col("n").min().cast(pl.Int64).alias("n_replicates"),
        )
        .join(vehicle, on=shared, how="left", nulls_equal=True)
        .with_columns(
            series=named,
            n_vehicle=pl.col("n_vehicle").fill_null(0).cast(pl.Int64),
            # Colonies are counted at one concentration as well as at several.
            n_concentrations=pl.lit(None, dtype=pl.Int64)
            if "colony_type" in frame.columns
            else pl.col("n_concentrations"),
        )
        .sort("series")
        .select("series", "n_concentrations", "n_replicates", "n_vehicle")
    )


def _check_drugs(con: duckdb.DuckDBPyConnection, path: Path, definition: AssayDefinition) -> None:
    known = {row[0] for row in con.execute("select drug_id from raw.drugs").fetchall()}
    for name, drugs in definition.treatments.items():
        for drug in drugs:
            if drug not in known:
                raise DataError(
                    f"{drug} is none of the loaded drugs.{near_miss(drug, known)}",
                    path,
                    column=f"treatments.{name}",
                )


def _write(writer: LoadWriter, definition: AssayDefinition, read: AssayRows) -> None:
    run = {
        "assay_run_id": definition.id,
        "is_simulated": definition.simulated,
        "layout": read.layout,
        **definition.model_dump(
            include={
                "kind",
                "title",
                "simulation_note",
                "vehicle",
                "blank",
                "read_out",
                "source",
                "url",
                "note",
            }
        ),
    }
    treatments = {
        (row["treatment"], row["role"]): "|".join(definition.treatments.get(row["treatment"], ()))
        for row in read.rows
    }
    wells = definition.kind == CYTOTOXICITY
    writer.insert("raw.assay_runs", _frame("raw.assay_runs", [run]))
    writer.insert(
        "raw.assay_treatments",
        _frame(
            "raw.assay_treatments",
            [
                {
                    "assay_run_id": definition.id,
                    "treatment": treatment,
                    "role": role,
                    "drug_ids": drugs or None,
                }
                for (treatment, role), drugs in sorted(treatments.items())
            ],
        ),
    )
    table = "raw.assay_wells" if wells else "raw.colony_counts"
    rows = [{**row, "assay_run_id": definition.id} for row in read.rows]
    writer.insert(table, _frame(table, rows))


def _frame(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    schema = {n: polars_type(kind) for n, kind in RAW[table].items() if n != "load_id"}
    return pl.DataFrame([{n: row.get(n) for n in schema} for row in rows], schema=schema)
