"""``imid ingest geo`` against a server of a real series' recorded files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from app.cli.main import run_command
from ingest.geo import COUNTS_VARIABLE, FILES_VARIABLE
from tests.support.file_server import FileServer, serving
from warehouse.home import Home

GSE = "GSE211781"
MATRIX = f"{GSE}_series_matrix.txt.gz"
COUNTS = f"{GSE}_raw_counts_GRCh38.p13_NCBI.tsv.gz"
FACTOR = ("--factor", "treatment", "--numerator", "DHT+Apalutamide", "--denominator", "DHT+VEH")


@pytest.fixture
def geo(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    with serving() as state:
        for name in (MATRIX, COUNTS):
            state.files[name] = (shared_data / "counts" / GSE / name).read_bytes()
        monkeypatch.setenv(FILES_VARIABLE, state.url)
        monkeypatch.setenv(COUNTS_VARIABLE, state.url)
        yield state


def ingest(home: Home, *arguments: str) -> int:
    return run_command(["ingest", "geo", GSE, *arguments, "--home", str(home.root)])


def study(home: Home) -> Path:
    return home.root / "studies" / GSE / "study.yaml"


def rows(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.working), read_only=True) as con:
        return con.execute(query).fetchall()


def test_a_series_is_loaded_before_its_contrasts_are_decided(
    home: Home, geo: FileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    geo.spoilt = ["ok", "cut"]
    assert ingest(home) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "factors found: treatment (8 levels)" in said
    assert f"imid ingest study {study(home)}" in said
    assert [path for path, _ in geo.asked] == [
        f"/geo/series/GSE211nnn/{GSE}/matrix/{MATRIX}",
        *[f"/geo/download/?type=rnaseq_counts&acc={GSE}&format=file&file={COUNTS}"] * 2,
    ]
    assert rows(home, "select count(distinct gene_id), count(distinct sample_id) from raw.counts")[
        0
    ] == (39376, 16)
    assert rows(
        home,
        "select count from raw.counts where gene_id = '100287102' and sample_id = 'GSM6500910'",
    ) == [(23,)]
    assert rows(home, "select not_analysed_reason from raw.studies") == [
        ("study.yaml states no contrasts yet",)
    ]
    assert rows(home, "select count(*) from raw.contrasts") == [(0,)]
    written = yaml.safe_load(study(home).read_text())
    assert written["title"] == "LNCAP in-vitro treatment with androgen receptor targeting drugs"
    assert "contrasts" not in written

    asked = len(geo.asked)
    assert ingest(home, *FACTOR) == 0
    assert len(geo.asked) == asked
    assert rows(home, "select contrast_id, design from raw.contrasts") == [
        (f"{GSE}.dht-apalutamide_vs_dht-veh", "~ treatment")
    ]
    assert rows(home, "select not_analysed_reason from raw.studies") == [(None,)]


@pytest.mark.usefixtures("geo")
def test_what_a_person_wrote_stays(home: Home) -> None:
    assert ingest(home) == 0
    text = study(home).read_text() + "simulated: false\n"
    study(home).write_text(text)
    assert ingest(home, *FACTOR) == 1
    assert study(home).read_text() == text


@pytest.mark.parametrize(
    ("spoil", "arguments", "code", "words"),
    [
        ({"drop": MATRIX}, (), 1, "GEO has no public series GSE211781"),
        ({"drop": COUNTS}, (), 1, "NCBI has computed no counts for GSE211781"),
        ({"spoilt": ["away"]}, (), 1, "another host"),
        ({}, ("--factor", "treatment"), 2, "go together"),
        ({}, ("--factor", "treatmen", *FACTOR[2:]), 1, "no factor 'treatmen'"),
        ({}, (*FACTOR[:-1], "DHT"), 1, "no sample of GSE211781 has treatment = DHT;"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_loaded(
    home: Home,
    geo: FileServer,
    capsys: pytest.CaptureFixture[str],
    spoil: dict[str, object],
    arguments: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    if "drop" in spoil:
        del geo.files[str(spoil["drop"])]
    geo.spoilt = ["away"] if "spoilt" in spoil else []
    assert ingest(home, *arguments) == code
    assert words in " ".join(capsys.readouterr().err.split())
    assert not home.working.exists()


def test_a_series_without_a_matrix_comes_by_its_soft_file(
    home: Home, geo: FileServer, shared_data: Path
) -> None:
    import gzip

    del geo.files[MATRIX]
    soft = (shared_data / "counts" / GSE / f"{GSE}_family.soft").read_bytes()
    geo.files[f"{GSE}_family.soft.gz"] = gzip.compress(soft)
    assert ingest(home, *FACTOR) == 0
    assert rows(home, "select count(*) from raw.samples") == [(16,)]


def test_a_word_that_is_no_accession_is_wrong_usage(home: Home) -> None:
    assert run_command(["ingest", "geo", "airway", "--home", str(home.root)]) == 2
