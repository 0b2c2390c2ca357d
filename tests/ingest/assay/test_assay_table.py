"""Tables of assays, long and wide, in any molar unit; what they refuse."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.assay.definition import AssayDefinition, read_assay_definition
from ingest.assay.table import AssayRows, read_assay_table
from warehouse.errors import DataError

UNITS = {"pM": 1e-6, "nM": 1e-3, "uM": 1.0, "µM": 1.0, "mM": 1e3, "M": 1e6}


def definition(kind: str = "cytotoxicity", **keys: object) -> AssayDefinition:
    return AssayDefinition.model_validate(
        {"id": "run", "title": "T", "kind": kind, "table": "t.csv", "vehicle": "DMSO"} | keys
    )


def read(folder: Path, text: str, kind: str = "cytotoxicity", **keys: object) -> AssayRows:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return read_assay_table(path, definition(kind, **keys))


LONG = """\
plate,well,treatment,concentration,unit,signal
1,A1,DMSO,,,1000
1,A2,len,100,nM,900
1,A3,len,1e1,uM,
1,A4,empty,,,12
"""


def test_a_long_table_becomes_typed_wells(tmp_path: Path) -> None:
    found = read(tmp_path, LONG, blank="Empty", cells="MM.1S", time_h=72)
    assert found.layout == "long"
    assert [(r["role"], r["concentration_um"], r["signal"]) for r in found.rows] == [
        ("vehicle", 0.0, 1000.0),
        ("treated", 0.1, 900.0),
        ("blank", None, 12.0),
    ]
    assert found.rows[1]["concentration_as_given"] == "100"
    assert {(r["cells"], r["time_h"]) for r in found.rows} == {("MM.1S", 72.0)}
    (refused,) = found.rejected
    assert (refused.line, refused.reason) == (4, "no value under signal")


def test_a_wide_table_has_a_column_per_replicate(tmp_path: Path) -> None:
    text = "Drug\tConc (nM)\tr1\tr2\nDMSO\t0\t10\t11\nlen\t50\t5\tNA\n"
    path = tmp_path / "t.csv"
    path.write_text(text.replace("Conc (nM)", "concentration (nM)"), encoding="utf-8")
    found = read_assay_table(path, definition())
    assert found.layout == "wide"
    assert [(r["replicate"], r["concentration_um"], r["signal"]) for r in found.rows] == [
        ("r1", 0.0, 10.0),
        ("r2", 0.0, 11.0),
        ("r1", 0.05, 5.0),
    ]
    assert len(found.rejected) == 1


def test_colonies_are_read_by_type(tmp_path: Path) -> None:
    text = "donor,treatment,concentration,CFU-GM,BFU-E\nD1,DMSO,,50,30\nD1,len,1 uM,20,\n"
    found = read(tmp_path, text, "colony-forming", cells_plated=20_000)
    assert [(r["colony_type"], r["colonies"], r["role"]) for r in found.rows] == [
        ("CFU-GM", 50, "vehicle"),
        ("BFU-E", 30, "vehicle"),
        ("CFU-GM", 20, "treated"),
    ]
    assert len(found.rejected) == 1
    long = "donor,treatment,colony_type,count,cells_plated\nD1,DMSO,CFU-GM,50,1e4\n"
    (row,) = read(tmp_path, long, "colony-forming").rows
    assert (row["colonies"], row["cells_plated"], row["concentration_um"]) == (50, 1e4, 0.0)


@settings(max_examples=60, deadline=None)
@given(
    wells=st.lists(
        st.tuples(
            st.decimals("0.001", 999, places=3),
            st.sampled_from(sorted(UNITS)),
            st.integers(0, 99999),
        ),
        min_size=1,
        max_size=12,
    ),
    wide=st.booleans(),
    delimiter=st.sampled_from(",;\t"),
)
def test_every_value_of_a_table_comes_out_in_micromolar(
    tmp_path_factory: pytest.TempPathFactory,
    wells: list[tuple[object, str, int]],
    wide: bool,
    delimiter: str,
) -> None:
    folder = tmp_path_factory.mktemp("table")
    head = ["treatment", "concentration", "unit", "rep_1" if wide else "signal"]
    lines = [head, ["dmso", "0", "", "5"]]
    lines += [["len", str(dose), unit, str(signal)] for dose, unit, signal in wells]
    text = "\n".join(delimiter.join(line) for line in lines) + "\n"
    found = read(folder, text)
    assert found.layout == ("wide" if wide else "long")
    assert [r["signal"] for r in found.rows] == [5.0, *(float(s) for *_, s in wells)]
    assert [r["concentration_um"] for r in found.rows[1:]] == pytest.approx(
        [float(dose) * UNITS[unit] for dose, unit, _ in wells]  # type: ignore[arg-type]
    )
    assert len({r["measurement_id"] for r in found.rows}) == len(found.rows)
    assert [r["line"] for r in found.rows] == list(range(2, len(wells) + 3))


@settings(max_examples=80, deadline=None)
@given(text=st.text(max_size=120))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "t.csv"
    path.write_text(f"treatment,concentration,signal\n{text}\n", encoding="utf-8", newline="")
    with suppress(DataError):
        found = read_assay_table(path, definition(concentration_unit="uM"))
        assert any(row["role"] == "vehicle" for row in found.rows)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("treatment,concentration\nDMSO,0\n", "a column for each replicate"),
        ("treatment,signal\nDMSO,1\n", "column concentration is missing"),
        ("treatment,dose,conc,signal\nDMSO,0,0,1\n", "two columns mean concentration"),
        ("treatment,concentration,signal,wel\nDMSO,0,1,A\n", "Did you mean well"),
        ("treatment,concentration,signal\nDMSO,0,1\nlen,5,2\n", "molar concentration"),
        ("treatment,concentration,signal\nDMSO,0,1\nlen,5 ng/ml,2\n", "molar concentration"),
        ("treatment,concentration,signal\nDMSO,0,1\nlen,-1 uM,2\n", "molar concentration"),
        ("treatment,concentration,signal\nDMSO,0,1\nlen,,2\n", "needs a concentration"),
        ("treatment,concentration,signal\nDMSO,0,many\n", "a number was expected"),
        ("treatment,concentration,signal\nDMSO,0,inf\n", "a number was expected"),
        ("treatment,concentration,signal\n,0,1\n", "needs a treatment"),
        ("treatment,concentration,signal\nDMS0,1 uM,1\n", "Did you mean DMS0"),
        ("treatment,concentration,signal,time\nDMSO,0,1,late\n", "a time such as 72"),
    ],
)
def test_what_a_plate_cannot_be_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as refusal:
        read(tmp_path, text)
    assert refusal.value.file == tmp_path / "t.csv"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("donor,treatment,CFU-GM\nD1,DMSO,2.5\n", "whole number"),
        ("donor,treatment,CFU-GM\nD1,DMSO,-1\n", "whole number"),
        ("donor,treatment,CFU-GM\n,DMSO,1\n", "needs a donor"),
        ("treatment,CFU-GM\nDMSO,1\n", "column donor is missing"),
    ],
)
def test_what_colonies_cannot_be_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path, text, "colony-forming", cells_plated=10_000)


def test_colonies_need_the_cells_plated(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="how many cells were plated"):
        read(tmp_path, "donor,treatment,CFU-GM\nD1,DMSO,1\n", "colony-forming")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("kind: cytotoxic", "cytotoxicity"),
        ("kind: cytotoxicity\nvehicle: DMSO\nblnk: none", "Did you mean blank"),
        ("kind: cytotoxicity\nvehicle: DMSO\nsimulated: true", "needs a simulation_note"),
        ("kind: cytotoxicity\nvehicle: DMSO\nconcentration_unit: ng/ml", "molar unit"),
        ("kind: colony-forming\nvehicle: DMSO\nblank: none", "blank belongs to"),
        ("kind: [", "not YAML"),
    ],
)
def test_a_definition_that_does_not_fit_is_refused(tmp_path: Path, lines: str, words: str) -> None:
    path = tmp_path / "assay.yaml"
    path.write_text(f"id: a\ntitle: T\ntable: t.csv\n{lines}\n", encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_assay_definition(path)
