"""Real studies into the warehouse: total for total what the files hold."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import duckdb
import pytest

from app.cli.main import run_command
from tests.support.studies import write_airway, write_pasilla
from warehouse.connections import open_working, write_lock
from warehouse.home import Home

FILES = {
    "airway": "counts/airway/airway_rawcounts.csv",
    "pasilla": "counts/pasilla/pasilla_counts.csv",
}
SHAPES = {"airway": (64_102, 8), "pasilla": (14_599, 7)}


def column_sums(path: Path) -> tuple[dict[str, int], dict[str, int], int]:
    """Return each column's sum and non-zero cells, and the rows, by the csv module alone."""
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle)
        samples = next(reader)[1:]
        sums, detected, rows = dict.fromkeys(samples, 0), dict.fromkeys(samples, 0), 0
        for _, *counts in reader:
            rows += 1
            for sample, count in zip(samples, counts, strict=True):
                sums[sample] += int(count)
                detected[sample] += int(count) > 0
    return sums, detected, rows


def ingest(home: Home, study: Path) -> None:
    assert run_command(["--home", str(home.root), "ingest", "study", str(study)]) == 0


def query(home: Home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.working), read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("studies")
    return {
        "airway": write_airway(folder, shared_data),
        "pasilla": write_pasilla(folder, shared_data),
    }


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, studies: dict[str, Path]) -> Home:
    home = Home(tmp_path_factory.mktemp("real") / "home")
    for study in studies.values():
        ingest(home, study)
    return home


@pytest.mark.parametrize("study", FILES)
def test_every_library_size_is_the_files_column_sum(
    loaded: Home, shared_data: Path, study: str
) -> None:
    sums, detected, rows = column_sums(shared_data / FILES[study])
    assert (rows, len(sums)) == SHAPES[study]
    profiles = query(
        loaded,
        "select sample_id, library_size, file_column_sum, genes_detected, genes "
        f"from raw.sample_profiles where study_id = '{study}'",
    )
    assert {p[0]: p[1:] for p in profiles} == {
        s: (sums[s], sums[s], detected[s], rows) for s in sums
    }
    long = query(
        loaded,
        "select sample_id, cast(sum(count) as bigint), count(*), count(distinct gene_id) "
        f"from raw.counts where study_id = '{study}' group by sample_id",
    )
    assert {row[0]: row[1:] for row in long} == {s: (sums[s], rows, rows) for s in sums}


def test_cells_and_lines_are_those_of_the_file(loaded: Home, shared_data: Path) -> None:
    lines = (shared_data / FILES["airway"]).read_text().splitlines()
    header = [h.strip('"') for h in lines[0].split(",")]
    for line in (2, 5_000, 33_333, 64_103):
        gene, *counts = [c.strip('"') for c in lines[line - 1].split(",")]
        found = query(
            loaded,
            "select c.sample_id, c.count, f.line from raw.counts c join raw.features f "
            "on f.load_id = c.load_id and f.gene_id = c.gene_id "
            f"where c.study_id = 'airway' and c.gene_id = '{gene}'",
        )
        assert {(s, n) for s, n, _ in found} == set(zip(header[1:], map(int, counts), strict=True))
        assert {at for _, _, at in found} == {line}


def test_sample_sheet_with_its_own_id_column(loaded: Home) -> None:
    rows = query(
        loaded,
        "select sample_id, attribute, value from raw.sample_attributes "
        "where study_id = 'airway' and sample_id = 'SRR1039509' order by attribute",
    )
    assert rows == [
        ("SRR1039509", "celltype", "N61311"),
        ("SRR1039509", "dex", "treated"),
        ("SRR1039509", "geo_id", "GSM1275863"),
    ]


def test_the_ledger_leads_back_to_the_files(loaded: Home, shared_data: Path) -> None:
    loads = query(
        loaded,
        "select subject, status, rows_in, rows_loaded, rows_refused, recognised_as from ops.loads "
        "order by subject",
    )
    matrix = "delimited count matrix, genes in rows"
    assert loads == [
        ("airway", "loaded", 64_102, 64_102, 0, matrix),
        ("pasilla", "loaded", 14_599, 14_599, 0, matrix),
    ]
    files = query(
        loaded,
        "select l.subject, f.sha256, f.bytes from ops.load_files f "
        "join ops.loads l on l.load_id = f.load_id where f.role = 'counts' order by 1",
    )
    expected = [(s, (shared_data / FILES[s]).read_bytes()) for s in sorted(FILES)]
    assert files == [(s, hashlib.sha256(d).hexdigest(), len(d)) for s, d in expected]
    assert query(loaded, "select study_id, counts_sha256 from raw.studies order by 1") == [
        (s, hashlib.sha256(d).hexdigest()) for s, d in expected
    ]


def test_warnings_of_the_protocol_are_kept(loaded: Home, shared_data: Path) -> None:
    failed = query(
        loaded,
        "select distinct v.column_name, v.unexpected_keys from ops.validation_results v "
        "join ops.loads l on l.load_id = v.load_id where not is_success and l.subject = 'airway'",
    )
    sums, _, _ = column_sums(shared_data / FILES["airway"])
    small = ", ".join(sample for sample, total in sums.items() if total < 20_000_000)
    assert failed == [("library_size", small)]


def everything(home: Home, study: str) -> list[list[tuple[object, ...]]]:
    return [
        query(home, f"select * from {table} where study_id = '{study}' order by all")
        for table in ("raw.studies", "raw.counts", "raw.sample_profiles", "raw.contrast_samples")
    ]


def test_reload_is_a_no_op_and_a_changed_file_replaces_only_its_own_rows(
    tmp_path: Path, shared_data: Path
) -> None:
    home = Home(tmp_path / "home")
    airway = write_airway(tmp_path, shared_data)
    pasilla = write_pasilla(tmp_path, shared_data)
    counts = pasilla.parent / "counts.csv"
    original = (shared_data / FILES["pasilla"]).read_text()
    counts.write_text(original)
    text = pasilla.read_text()
    pasilla.write_text(text.replace(str(shared_data / FILES["pasilla"]), "counts.csv"))
    ingest(home, airway)
    ingest(home, pasilla)
    before_airway, before = everything(home, "airway"), everything(home, "pasilla")
    ledger = query(home, "select * from ops.loads order by all")

    ingest(home, pasilla)
    assert everything(home, "pasilla") == before
    assert query(home, "select * from ops.loads order by all") == ledger

    counts.write_text(original.replace("FBgn0000008,140,", "FBgn0000008,141,"))
    ingest(home, pasilla)
    assert everything(home, "airway") == before_airway
    (changed,) = query(
        home,
        "select count from raw.counts where gene_id = 'FBgn0000008' and sample_id = 'treated1'",
    )
    assert changed == (141,)
    sums, _, rows = column_sums(counts)
    assert query(home, "select count(*) from raw.counts where study_id = 'pasilla'") == [
        (rows * 7,)
    ]
    assert (
        dict(
            query(
                home,
                "select sample_id, library_size from raw.sample_profiles "
                "where study_id = 'pasilla'",
            )
        )
        == sums
    )
    assert query(home, "select status, count(*) from ops.loads group by 1 order by 1") == [
        ("loaded", 2),
        ("replaced", 1),
    ]
    assert len(list(home.landed.glob("pasilla-*.parquet"))) == 1


def test_studies_whose_names_begin_alike_keep_their_landed_files(
    tmp_path: Path, shared_data: Path
) -> None:
    home = Home(tmp_path / "home")
    pasilla = write_pasilla(tmp_path, shared_data)
    text = pasilla.read_text()
    pasilla.write_text(text.replace("id: pasilla", "id: pasilla-again"))
    ingest(home, pasilla)
    pasilla.write_text(text)
    ingest(home, pasilla)
    named = {r[0] for r in query(home, "select landed_file from raw.studies")}
    assert {p.name for p in home.landed.iterdir()} == named
    assert len(named) == 2


def test_rows_that_another_process_could_see_half_way_do_not_exist(
    tmp_path: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    study = write_pasilla(tmp_path, shared_data)

    def fail(*_: object) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr("ingest.study.write._write_profiles", fail)
    with pytest.raises(RuntimeError, match="killed"):
        run_command(["--home", str(home.root), "ingest", "study", str(study)])
    with write_lock(home, "test"), open_working(home) as con:
        for table in ("raw.studies", "raw.counts", "raw.samples", "ops.loads", "ops.load_files"):
            assert con.execute(f"select count(*) from {table}").fetchall() == [(0,)]
