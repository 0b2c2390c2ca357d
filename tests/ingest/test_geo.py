"""A GEO series as a study folder: what is written again, and what a person's change keeps."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from ingest.download import Downloaded
from ingest.geo import Comparison, Series, write_study_folder
from warehouse.errors import DataError
from warehouse.home import Home

GSE = "GSE100"
LENALIDOMIDE = Comparison("drug", "lenalidomide", "DMSO")
TURNED = Comparison("drug", "DMSO", "lenalidomide")
LEVELS = ("lenalidomide", "DMSO", "lenalidomide", "DMSO")

Fetch = Callable[..., Series]


def kept(path: Path, text: str) -> Downloaded:
    data = gzip.compress(text.encode())
    path.write_bytes(data)
    return Downloaded(path, hashlib.sha256(data).hexdigest(), len(data), is_new=True)


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    def fetch(levels: Sequence[str] = LEVELS, **characteristics: str) -> Series:
        ids = [f"GSM{i}" for i in range(1, len(levels) + 1)]
        rows = [
            ("geo_accession", ids),
            ("type", ["SRA"] * len(ids)),
            ("organism_ch1", ["Homo sapiens"] * len(ids)),
            ("characteristics_ch1", [f"drug: {level}" for level in levels]),
            *(
                ("characteristics_ch1", [f"{name}: {value}"] * len(ids))
                for name, value in characteristics.items()
            ),
        ]
        lines = ['!Series_title\t"A series"']
        lines += ["\t".join([f"!Sample_{name}", *(f'"{v}"' for v in row)]) for name, row in rows]
        counts = "\t".join(["GeneID", *ids]) + "\n" + "\t".join(["1", *map(str, range(len(ids)))])
        return Series(
            GSE,
            kept(tmp_path / "matrix.txt.gz", "\n".join(lines) + "\n"),
            kept(tmp_path / "counts.tsv.gz", counts + "\n"),
        )

    return fetch


def sheet_of(path: Path) -> list[dict[str, str]]:
    with (path.parent / "samples.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def stated(path: Path) -> list[dict[str, str]] | None:
    contrasts: list[dict[str, str]] | None = yaml.safe_load(path.read_text()).get("contrasts")
    return contrasts


def test_a_characteristic_called_like_a_field_has_a_column_of_its_own(
    home: Home, fetch: Fetch
) -> None:
    series = fetch(organism="Homo sapiens", type="tumor", Title="x")
    path, _ = write_study_folder(home, series, LENALIDOMIDE)
    sheet = sheet_of(path)
    assert {(row["organism"], row["organism_given"], row["type_given"]) for row in sheet} == {
        ("Homo sapiens", "Homo sapiens", "tumor")
    }
    # The series has no field of that name.
    assert {row["title"] for row in sheet} == {"x"}


def test_another_comparison_replaces_what_was_written(home: Home, fetch: Fetch) -> None:
    for comparison in (LENALIDOMIDE, TURNED):
        path, _ = write_study_folder(home, fetch(), comparison)
        assert stated(path) == [vars(comparison)]


def test_a_series_that_grew_is_written_again_with_its_contrast(home: Home, fetch: Fetch) -> None:
    path, _ = write_study_folder(home, fetch(), LENALIDOMIDE)
    again, _ = write_study_folder(home, fetch((*LEVELS, "DMSO")), None)
    assert [row["sample_id"] for row in sheet_of(again)] == [f"GSM{i}" for i in range(1, 6)]
    assert stated(path) == [vars(LENALIDOMIDE)]
    assert "DMSO (3)" in path.read_text()
    with pytest.raises(DataError, match="no sample of GSE100 has drug = lenalidomide"):
        write_study_folder(home, fetch(["DMSO", "DMSO", "pomalidomide"]), None)
    assert len(sheet_of(path)) == 5


def test_what_a_person_changed_stays_and_the_rest_is_written_again(
    home: Home, fetch: Fetch
) -> None:
    path, _ = write_study_folder(home, fetch(), None)
    sheet = path.parent / "samples.csv"
    sheet.write_text(sheet.read_text().replace("sample_id", "sample_id,batch", 1))
    text = sheet.read_text()
    write_study_folder(home, fetch(), LENALIDOMIDE)
    assert sheet.read_text() == text
    assert stated(path) == [vars(LENALIDOMIDE)]

    path.write_text(path.read_text() + "simulated: false\n")
    text = path.read_text()
    counts = (path.parent / "counts.tsv.gz").read_bytes()
    with pytest.raises(DataError, match="changed since it was written"):
        write_study_folder(home, fetch((*LEVELS, "DMSO")), TURNED)
    assert (path.parent / "counts.tsv.gz").read_bytes() == counts
    write_study_folder(home, fetch((*LEVELS, "DMSO")), None)
    assert path.read_text() == text


def test_without_a_record_only_a_file_as_it_would_be_written_is_taken_for_ours(
    home: Home, fetch: Fetch
) -> None:
    path, _ = write_study_folder(home, fetch(), None)
    (path.parent / "written.sha256").unlink()
    write_study_folder(home, fetch(), LENALIDOMIDE)
    assert stated(path) == [vars(LENALIDOMIDE)]
    (path.parent / "written.sha256").unlink()
    with pytest.raises(DataError, match="changed since it was written"):
        write_study_folder(home, fetch(), TURNED)
