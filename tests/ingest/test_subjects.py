"""Which load a file replaces: its own, never that of another file that has the same name."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from app.cli.main import run_command
from ingest import subjects
from ingest.curated.kinds import KINDS
from ingest.curated.load import ingest_curated
from ingest.gene_sets import ingest_gene_sets
from ingest.genes import ingest_genes
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import Home, installation_root
from warehouse.ledger import LoadOutcome

CURATED = installation_root() / "ingest" / "curated"
EXAMPLE_SETS = installation_root() / "examples" / "simulated-imid" / "simulated_sets.gmt"
GENES = "gene_id,symbol,organism\nENSG000000000{n}1,G{n},human\n"
DRUGS = "drug_id,name,drug_class,is_imid\nd{n},Drug {n},IMiD,true\n"
SETS = "set {n}\tof a lab\tIRF4\tMYC\n"

Ingest = Callable[[duckdb.DuckDBPyConnection, Path], LoadOutcome]


def ingest_drugs(con: duckdb.DuckDBPyConnection, path: Path) -> LoadOutcome:
    return ingest_curated(con, KINDS["drugs"], path)


CASES: dict[str, tuple[Ingest, str, str, str, str]] = {
    "drugs": (ingest_drugs, "drugs.csv", DRUGS, "raw.drugs", "drug_id"),
    "genes": (ingest_genes, "genes.csv", GENES, "raw.genes", "symbol"),
    "gene-sets": (ingest_gene_sets, "sets.gmt", SETS, "raw.gene_sets", "name"),
}
every_kind = pytest.mark.parametrize("kind", CASES)


@pytest.fixture
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with write_lock(home, "test"), open_working(home) as con:
        yield con


def lab(tmp_path: Path, kind: str, n: int, name: str | None = None) -> Path:
    """Write the file of a laboratory, all of which use one name."""
    _, usual, text, _, _ = CASES[kind]
    path = tmp_path / f"lab{n}" / (name or usual)
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.format(n=n))
    return path


def held(con: duckdb.DuckDBPyConnection, kind: str) -> list[str]:
    _, _, _, table, column = CASES[kind]
    return [name for (name,) in con.execute(f"select {column} from {table} order by 1").fetchall()]


@every_kind
def test_another_file_of_the_same_name_is_refused(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str
) -> None:
    ingest = CASES[kind][0]
    first, second = lab(tmp_path, kind, 1), lab(tmp_path, kind, 2)
    assert ingest(con, first).action == "loaded"
    before = held(con, kind)
    with pytest.raises(DataError) as caught:
        ingest(con, second)
    said = str(caught.value)
    assert said.startswith(f"{second}: {kind} {second.stem} is loaded from {first}")
    assert "Rename this file" in said
    assert f"imid ingest remove {kind} {second.stem}" in said
    assert held(con, kind) == before
    assert ingest(con, first).action == "unchanged"
    renamed = second.rename(second.with_stem("of-the-second-lab"))
    assert ingest(con, renamed).action == "loaded"
    assert len(held(con, kind)) == 2


@every_kind
def test_a_file_that_was_moved_replaces_its_own_rows(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str
) -> None:
    ingest = CASES[kind][0]
    first = lab(tmp_path, kind, 1)
    ingest(con, first)
    before = held(con, kind)
    second = lab(tmp_path, kind, 2)
    shutil.rmtree(first.parent)
    assert ingest(con, second).action == "replaced"
    assert len(held(con, kind)) == 1
    assert held(con, kind) != before


def test_one_file_by_two_ways_is_one_file(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = lab(tmp_path, "drugs", 1)
    ingest_drugs(con, path)
    path.write_text(path.read_text() + "e,Another,IMiD,true\n")
    for name, link in (("symbolic", Path.symlink_to), ("hard", Path.hardlink_to)):
        way = tmp_path / name / "drugs.csv"
        way.parent.mkdir()
        link(way, path)
        path.write_text(path.read_text() + f"{name},Another,IMiD,true\n")
        assert ingest_drugs(con, way).action == "replaced"


def test_a_copy_with_the_same_content_changes_nothing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first = lab(tmp_path, "drugs", 1)
    first_load = ingest_drugs(con, first).load_id
    copy = tmp_path / "copy" / first.name
    copy.parent.mkdir()
    shutil.copy(first, copy)
    outcome = ingest_drugs(con, copy)
    assert (outcome.action, outcome.load_id) == ("unchanged", first_load)


@every_kind
def test_the_name_of_the_shipped_tables_is_theirs(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str
) -> None:
    ingest = CASES[kind][0]
    suffix = Path(CASES[kind][1]).suffix
    ingest(con, CURATED / f"{kind.replace('-', '_')}.csv")
    before = held(con, kind)
    own = lab(tmp_path, kind, 1, f"curated{suffix}")
    with pytest.raises(DataError, match="is the name of the tables that come with imid"):
        ingest(con, own)
    assert held(con, kind) == before
    assert ingest(con, own.rename(own.with_stem("curated-here"))).action == "loaded"


def test_the_shipped_tables_replace_those_of_another_installation(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade, or a new virtual environment, has them at another path beside the old one."""
    shipped = [CURATED / "drugs.csv", EXAMPLE_SETS]
    for ingest, path in zip((ingest_drugs, ingest_gene_sets), shipped, strict=True):
        assert ingest(con, path).action == "loaded"
    upgraded = tmp_path / "upgraded"
    for path in shipped:
        newer = upgraded / path.relative_to(installation_root())
        newer.parent.mkdir(parents=True)
        newer.write_text(path.read_text().replace("DMSO", "Dmso").replace("\t", "\tnew ", 1))
    assert (upgraded / "ingest" / "curated" / "drugs.csv").read_text() != shipped[0].read_text()
    monkeypatch.setattr(subjects, "installation_root", lambda: upgraded)
    for ingest, path in zip((ingest_drugs, ingest_gene_sets), shipped, strict=True):
        newer = upgraded / path.relative_to(installation_root())
        assert ingest(con, newer).action == "replaced"


def test_the_shipped_example_does_not_replace_sets_of_ones_own(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    own = lab(tmp_path, "gene-sets", 1, EXAMPLE_SETS.name)
    ingest_gene_sets(con, own)
    with pytest.raises(DataError, match=f"is loaded from {own}"):
        ingest_gene_sets(con, EXAMPLE_SETS)


def test_a_listed_pair_of_one_name_does_not_flip(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = lab(tmp_path, "drugs", 1), lab(tmp_path, "drugs", 2)
    home.project_file.write_text(
        "sources:\n" + "".join(f"  - {{kind: drugs, path: {p}}}\n" for p in (first, second))
    )
    for _ in range(2):
        assert run_command(["--home", str(home.root), "run", "--only", "ingest"]) == 1
        said = capsys.readouterr().err
        assert "replaced" not in said.replace("would replace", "")
        assert f"error: {second}: drugs drugs is loaded from {first}" in said
    with write_lock(home, "test"), open_working(home) as con:
        assert held(con, "drugs") == ["d1"]


def run(home: Path, *arguments: str) -> int:
    return run_command(["--home", str(home), *arguments])


def loaded(home: Path, kind: str) -> list[str]:
    with write_lock(Home(home), "test"), open_working(Home(home)) as con:
        return held(con, kind)


@pytest.mark.parametrize(
    ("kind", "folder"), [("drugs", "."), ("genes", "data"), ("gene-sets", "imid-home")]
)
def test_a_copied_project_changes_its_own_copy(
    tmp_path: Path, kind: str, folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The ledger of the copy names the file of the original, which is still there."""
    original, copy = tmp_path / "a", tmp_path / "b"
    name, text = CASES[kind][1:3]
    path = original / folder / name
    path.parent.mkdir(parents=True)
    path.write_text(text.format(n=1))
    assert run(original / "imid-home", "ingest", kind, str(path)) == 0
    shutil.copytree(original, copy)
    (copy / folder / name).write_text(text.format(n=2))
    elsewhere = lab(tmp_path, kind, 3)
    assert run(copy / "imid-home", "ingest", kind, str(elsewhere)) == 1
    assert f"is loaded from {path}" in capsys.readouterr().err
    assert run(copy / "imid-home", "ingest", kind, str(copy / folder / name)) == 0
    assert len(loaded(copy / "imid-home", kind)) == 1
    assert loaded(copy / "imid-home", kind) != loaded(original / "imid-home", kind)


def test_a_file_beside_the_warehouse_does_not_replace_one_in_a_folder(tmp_path: Path) -> None:
    """Its place within the project ends the other's path, but there is no project there."""
    project = tmp_path / "project"
    own = project / "drugs.csv"
    project.mkdir()
    own.write_text(DRUGS.format(n=2))
    assert run(project / "imid-home", "ingest", "drugs", str(lab(tmp_path, "drugs", 1))) == 0
    assert run(project / "imid-home", "ingest", "drugs", str(own)) == 1
    assert loaded(project / "imid-home", "drugs") == ["d1"]


@every_kind
def test_a_listed_path_may_move_on_while_the_earlier_file_stays(
    home: Home, tmp_path: Path, kind: str
) -> None:
    shipped = CURATED / f"{kind.replace('-', '_')}.csv"
    for n in (1, 2):
        own = lab(tmp_path, kind, n, f"{shipped.stem}{Path(CASES[kind][1]).suffix}")
        home.project_file.write_text(
            "sources:\n"
            + "".join(f"  - {{kind: {kind}, path: '{path}'}}\n" for path in (shipped, own))
        )
        before = [] if n == 1 else loaded(home.root, kind)
        assert run(home.root, "run", "--only", "ingest") == 0
    assert len(loaded(home.root, kind)) == len(before)
    assert loaded(home.root, kind) != before


def test_a_second_listed_file_is_refused_though_the_first_was_loaded_from_elsewhere(
    home: Home, tmp_path: Path
) -> None:
    """The first listed one has the loaded content, and so leaves the ledger's path as it is."""
    first, second = lab(tmp_path, "drugs", 1), lab(tmp_path, "drugs", 2)
    by_hand = tmp_path / "by-hand" / first.name
    by_hand.parent.mkdir()
    shutil.copy(first, by_hand)
    assert run(home.root, "ingest", "drugs", str(by_hand)) == 0
    home.project_file.write_text(
        "sources:\n" + "".join(f"  - {{kind: drugs, path: {p}}}\n" for p in (first, second))
    )
    assert run(home.root, "run", "--only", "ingest") == 1
    assert loaded(home.root, "drugs") == ["d1"]
