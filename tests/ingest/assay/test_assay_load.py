"""Assays into the raw tables and out again."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics.assays.jobs import analyze_assays
from ingest.assay.load import KIND, ingest_assay
from ingest.remove import remove
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import Home

YAML = """\
id: plates
title: Plates
kind: cytotoxicity
table: t.csv
vehicle: DMSO
concentration_unit: uM
"""
HEAD = "plate,treatment,concentration,signal\n"
VEHICLE = "".join(f"1,DMSO,0,{signal}\n" for signal in (990, 1000, 1010))
DOSES = ((0.1, 950), (0.3, 820), (1, 520), (3, 240), (10, 90))


def write(folder: Path, table: str, yaml: str = YAML) -> Path:
    path = folder / "assay.yaml"
    path.write_text(yaml, encoding="utf-8")
    (folder / "t.csv").write_text(table, encoding="utf-8")
    return path


def treated(shift: int = 0) -> str:
    return "".join(
        f"1,len,{dose},{signal + shift + noise}\n" for dose, signal in DOSES for noise in (-8, 0, 8)
    )


def one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[object, ...]:
    (row,) = con.execute(sql).fetchall()
    return row


def test_an_assay_is_loaded_replaced_and_removed(home: Home, tmp_path: Path) -> None:
    table = HEAD + VEHICLE + treated()
    path = write(tmp_path, table + "1,len,10,\n")
    with write_lock(home, "test"), open_working(home) as con:
        outcome = ingest_assay(con, path)
        assert (outcome.action, outcome.rows_loaded, outcome.rows_refused) == ("loaded", 18, 1)
        assert outcome.warnings == ()
        assert ingest_assay(con, path).action == "unchanged"
        assert one(con, "select count(*), sum(signal) from raw.assay_wells") == (18, 10860)
        assert one(con, "select line, reason from ops.rejected_rows") == (
            20,
            "no value under signal",
        )
        assert analyze_assays(con) == (1, 0)
        assert analyze_assays(con) == (0, 0)
        state, ic50 = one(con, "select fit_state, absolute_ic50_um from analytics.dose_response")
        assert state == "fitted"
        assert ic50 == pytest.approx(1.05, rel=0.1)

        write(tmp_path, HEAD + VEHICLE + treated(20))
        assert ingest_assay(con, path).action == "replaced"
        assert one(con, "select count(*) from raw.assay_runs") == (1,)
        assert analyze_assays(con) == (1, 0)

        remove(con, home, KIND, "plates")
        assert one(con, "select count(*) from raw.assay_wells") == (0,)
        analyze_assays(con)
        assert one(con, "select count(*) from analytics.dose_response") == (0,)


@pytest.mark.parametrize("method", ["FITTED", "COUNTED"])
def test_another_method_makes_the_results_stale(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    path = write(tmp_path, HEAD + VEHICLE + treated())
    with write_lock(home, "test"), open_working(home) as con:
        ingest_assay(con, path)
        assert analyze_assays(con) == (1, 0)
        monkeypatch.setattr(f"analytics.assays.jobs.{method}", "computed otherwise")
        assert analyze_assays(con) == (1, 0)
        assert analyze_assays(con) == (0, 0)


def test_the_gate_warns_of_few_replicates_and_concentrations(home: Home, tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + "1,DMSO,0,1000\n1,len,1,500\n1,len,3,100\n")
    with write_lock(home, "test"), open_working(home) as con:
        outcome = ingest_assay(con, path)
        assert [w.column_name for w in outcome.warnings] == [
            "n_vehicle",
            "n_concentrations",
            "n_replicates",
        ]
        assert analyze_assays(con) == (1, 0)
        assert one(con, "select fit_state from analytics.dose_response") == ("not_fitted",)


def test_a_series_without_its_own_vehicle_is_refused(home: Home, tmp_path: Path) -> None:
    table = "treatment,concentration,signal,time_h\nDMSO,0,1000,24\nlen,1,500,72\n"
    path = write(tmp_path, table)
    with write_lock(home, "test"), open_working(home) as con:
        with pytest.raises(DataError, match="needs cultures with the vehicle"):
            ingest_assay(con, path)
        assert one(con, "select count(*) from raw.assay_wells") == (0,)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("treatments: {len: lenalidomid}\n", "none of the loaded drugs"),
        ("treatments: {pom: []}\n", "which the table has not"),
    ],
)
def test_treatments_must_be_drugs_and_in_the_table(
    home: Home, tmp_path: Path, extra: str, words: str
) -> None:
    path = write(tmp_path, HEAD + VEHICLE + treated(), YAML + extra)
    with (
        write_lock(home, "test"),
        open_working(home) as con,
        pytest.raises(DataError, match=words),
    ):
        ingest_assay(con, path)


def test_a_missing_table_is_named(home: Home, tmp_path: Path) -> None:
    path = write(tmp_path, HEAD)
    (tmp_path / "t.csv").unlink()
    with (
        write_lock(home, "test"),
        open_working(home) as con,
        pytest.raises(DataError, match=r"no file t\.csv"),
    ):
        ingest_assay(con, path)
