"""Sample sheets as people write them: units, spellings, GEO's own files."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.study.samples import SampleSheet, read_sample_sheet
from ingest.study.units import HOURS, MICROMOLAR, in_unit, number_of_reads
from warehouse.errors import DataError


@pytest.fixture
def read(tmp_path: Path):
    def read(text: str, **options: str) -> SampleSheet:
        path = tmp_path / "samples.csv"
        path.write_text(text, encoding="utf-8")
        return read_sample_sheet(path, **options)

    return read


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("10 uM", None, 10.0),
        ("10µM", None, 10.0),
        ("10 μM", None, 10.0),
        ("100 nM", None, 0.1),
        ("0.001 mM", None, 1.0),
        (".5 M", None, 500_000.0),
        ("250 pM", None, 0.00025),
        ("5", "nM", 0.005),
        ("5 uM", "nM", 5.0),
        ("0", None, 0.0),
        ("5", None, None),
        ("5 mg/ml", None, None),
        ("vehicle", None, None),
        ("10-20 uM", None, None),
        ("1,5 uM", None, None),
        ("-1 uM", None, None),
        ("0 mg", None, None),
    ],
)
def test_concentrations(text: str, default: str | None, expected: float | None) -> None:
    assert in_unit(text, MICROMOLAR, default) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("24h", 24.0), ("24 hrs", 24.0), ("30 min", 0.5), ("2 days", 48.0), ("1 week", 168.0)],
)
def test_times(text: str, expected: float) -> None:
    assert in_unit(text, HOURS, None) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25300000", 25_300_000),
        ("25.3M", 25_300_000),
        ("25.3 million reads", 25_300_000),
        ("20,000,000", 20_000_000),
        ("20,000", None),
        ("12.5", None),
        ("1.2345678k", None),
        ("many", None),
        ("2,00,000", None),
    ],
)
def test_reads(text: str, expected: int | None) -> None:
    assert number_of_reads(text) == expected


def test_columns_by_other_spellings_and_units(read) -> None:
    sheet = read(
        "sample_id,Compound,Cell line,Conc,Conc unit,Time (h),A260/280,RIN,Total reads,Rep\n"
        "a,lenalidomide,MM.1S,10,uM,24,2.03,9.1,25.1M,1\n"
        "b,DMSO,MM.1S,0,,24,1.9,8.5,21000000,2\n"
        "c,pomalidomide,U266,100,nM,6,2,7,20,3\n"
    )
    assert sheet.typed.drop("sample_position").rows(named=True) == [
        {
            "sample_id": "a",
            "drug": "lenalidomide",
            "cell_line": "MM.1S",
            "replicate": "1",
            "rin": 9.1,
            "a260_280": 2.03,
            "reads": 25_100_000,
            "concentration_um": 10.0,
            "time_h": 24.0,
        },
        {
            "sample_id": "b",
            "drug": "DMSO",
            "cell_line": "MM.1S",
            "replicate": "2",
            "rin": 8.5,
            "a260_280": 1.9,
            "reads": 21_000_000,
            "concentration_um": 0.0,
            "time_h": 24.0,
        },
        {
            "sample_id": "c",
            "drug": "pomalidomide",
            "cell_line": "U266",
            "replicate": "3",
            "rin": 7.0,
            "a260_280": 2.0,
            "reads": 20,
            "concentration_um": 0.1,
            "time_h": 6.0,
        },
    ]
    assert sheet.warnings == ()
    assert sheet.columns[:3] == ["Compound", "Cell line", "Conc"]


def test_an_amount_without_a_unit_is_kept_as_text_and_warned_of(read) -> None:
    sheet = read("sample_id,dose,time\na,10,24 h\nb,low,2 d\nc,,x\n")
    assert sheet.typed["concentration_um"].to_list() == [None, None, None]
    assert sheet.typed["time_h"].to_list() == [24.0, 48.0, None]
    assert [(w.column_name, w.unexpected_keys, w.observed) for w in sheet.warnings] == [
        ("dose", "a, b", "10, low"),
        ("time", "c", "x"),
    ]
    assert ("a", "dose", "10") in sheet.long().rows()


def test_the_name_that_states_the_unit_comes_first(read) -> None:
    sheet = read("sample_id,concentration,concentration_um\na,10 nM,0.01\n")
    assert sheet.typed["concentration_um"].to_list() == [0.01]
    with pytest.raises(DataError, match="'10 nM' is not a number"):
        read("sample_id,concentration_um\na,10 nM\n")


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    header=st.lists(
        st.sampled_from(["dose", "time (h)", "RIN", "reads", "drug", "line", "a260/280", "units"]),
        min_size=2,
        max_size=3,
        unique=True,
    ),
    cells=st.lists(st.text(alphabet='0159.,uMhn "-e', max_size=6), min_size=6, max_size=6),
)
def test_fuzz_sheets_keep_every_cell_or_are_refused(read, header, cells) -> None:
    rows = [cells[i * len(header) : (i + 1) * len(header)] for i in range(2)]
    lines = [["sample_id", *header], ["a", *rows[0]], ["b", *rows[1]]]
    quoted = [[f'"{c.replace(chr(34), chr(34) * 2)}"' for c in line] for line in lines]
    try:
        sheet = read("\n".join(",".join(line) for line in quoted))
    except DataError:
        return
    for sample, row in zip("ab", rows, strict=True):
        held = {a: v for s, a, v in sheet.long().rows() if s == sample}
        assert held == {h: c.strip() or None for h, c in zip(header, row, strict=True)}


GSE = "counts/GSE211781"


@pytest.mark.parametrize("name", ["GSE211781_series_matrix.txt.gz", "GSE211781_family.soft"])
def test_geo_files_as_sample_sheets(shared_data: Path, name: str) -> None:
    sheet = read_sample_sheet(shared_data / GSE / name)
    with (shared_data / GSE / "sample_metadata.csv").open(encoding="utf-8") as handle:
        expected = list(csv.DictReader(handle))
    rows = {r["sample_id"]: r for r in sheet.attributes.rows(named=True)}
    assert sheet.ids == [f"GSM65009{i}" for i in range(10, 26)]
    for sample in expected:
        row = rows[sample["Sample_ID"]]
        assert row["title"] == sample["title"]
        assert row["description"] == sample["description"]
        assert row["source_name"] == sample["source_name_ch1"]
        for column, key in (
            ("tissue", "characteristics_ch1"),
            ("cell_line", "characteristics_ch1.1"),
            ("treatment", "characteristics_ch1.2"),
        ):
            assert f"{column.replace('_', ' ')}: {row[column]}" == sample[key]
    assert set(sheet.typed["cell_line"]) == {"LNCAP"}
    assert not any(c.startswith("contact") for c in sheet.columns)


def test_both_geo_files_say_the_same(shared_data: Path) -> None:
    matrix = read_sample_sheet(shared_data / GSE / "GSE211781_series_matrix.txt.gz").attributes
    soft = read_sample_sheet(shared_data / GSE / "GSE211781_family.soft").attributes
    common = [c for c in matrix.columns if c in soft.columns]
    assert {"treatment", "extract_protocol", "data_processing", "instrument_model"} <= set(common)
    assert matrix.select(common).equals(soft.select(common))


def test_a_geo_file_without_samples_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.txt.gz"
    path.write_bytes(gzip.compress(b'!Series_title\t"x"\n'))
    with pytest.raises(DataError, match="holds no samples"):
        read_sample_sheet(path)


@pytest.mark.parametrize(
    ("damaged", "problem"),
    [("^SAMPLE = \n", "without an accession"), ("^SAMPLE = GSM1\n", "GSM1 stands twice")],
)
def test_a_geo_file_cut_or_doubled_at_a_sample_is_refused(
    tmp_path: Path, damaged: str, problem: str
) -> None:
    path = tmp_path / "GSE1_family.soft"
    path.write_text("^SERIES = GSE1\n^SAMPLE = GSM1\n!Sample_title = one\n" + damaged)
    with pytest.raises(DataError, match=problem) as refused:
        read_sample_sheet(path)
    assert refused.value.row == 4
