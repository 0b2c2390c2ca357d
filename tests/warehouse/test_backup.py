"""A backup holds the whole warehouse, and nothing but a whole one is restored."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from app.cli.main import run_command
from tests.support.small_home import ROWS, write_small_home
from warehouse.backup import MANIFEST, backup, restore
from warehouse.errors import BusyError, DataError
from warehouse.home import Home
from warehouse.queries import query_release


@pytest.fixture
def saved(home: Home, tmp_path: Path) -> Path:
    write_small_home(home)
    file = tmp_path / "backup.zip"
    backup(home, file, "1")
    return file


def rewritten(saved: Path, change: Callable[[dict[str, bytes], dict[str, object]], None]) -> Path:
    """Write a backup anew with its files or manifest changed."""
    with zipfile.ZipFile(saved) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop(MANIFEST))
    change(files, manifest)
    target = saved.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr(MANIFEST, json.dumps(manifest))
    return target


def entry(name: str, content: bytes) -> dict[str, object]:
    return {
        "path": name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_what_was_saved_comes_back(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_small_home(home)
    series = home.studies / "GSE1234"
    series.mkdir(parents=True)
    (series / "study.yaml").write_text("id: gse1234\ntitle: as a person completed it\n")
    (series / "samples.csv").write_text("sample_id\nGSM1\n")
    file = tmp_path / "backup.zip"
    at = ["--home", str(home.root)]
    assert run_command([*at, "backup", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["serving"] == home.current.resolve().stem
    back = Home(tmp_path / "back")
    assert run_command(["--home", str(back.root), "restore", str(file)]) == 0
    assert back.current.resolve().name == home.current.resolve().name
    assert back.current.resolve().stat().st_mode & 0o222 == 0
    counted = query_release(back.current.resolve(), "select count(*), max(version) from numbers")
    assert counted.rows() == [(ROWS, 2)]
    for name in (
        "working.duckdb",
        "imid.yaml",
        "landed/study-0123.parquet",
        "studies/GSE1234/study.yaml",
        "studies/GSE1234/samples.csv",
    ):
        assert (back.root / name).read_bytes() == (home.root / name).read_bytes()
    with duckdb.connect(str(back.working)) as con:
        con.execute("insert into marts.numbers values (1, 'written', 3)")
    assert not list(back.root.glob(".*"))
    assert run_command([*at, "backup", str(file)]) == 1
    assert "name a new one" in capsys.readouterr().err


def test_a_home_that_holds_a_warehouse_is_set_aside_only_when_told(
    home: Home, saved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home.project_file.write_text("keep_releases: 2\n")
    home.studies.mkdir()
    (home.studies / "mine.yaml").write_text("id: mine\n")
    at = ["--home", str(home.root), "restore", str(saved)]
    assert run_command(at) == 1
    assert "holds a warehouse already" in capsys.readouterr().err
    assert home.project_file.read_text() == "keep_releases: 2\n"
    assert run_command([*at, "--force"]) == 0
    (aside,) = home.root.glob("before-restore-*")
    assert (aside / "imid.yaml").read_text() == "keep_releases: 2\n"
    assert (aside / "working.duckdb").exists()
    assert (aside / "studies" / "mine.yaml").read_text() == "id: mine\n"
    assert not home.studies.exists()
    assert home.project_file.read_text() == "sources: []\n"
    assert query_release(home.current.resolve(), "select count(*) from numbers").item() == ROWS


@pytest.mark.parametrize("damage", ["truncated", "flipped", "no archive", "missing"])
def test_a_damaged_backup_is_refused_and_leaves_nothing(
    saved: Path, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    content = bytearray(saved.read_bytes())
    if damage == "truncated":
        saved.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        content[len(content) // 3] ^= 0xFF
        saved.write_bytes(content)
    elif damage == "no archive":
        saved.write_text("no archive")
    else:
        saved.unlink()
    back = Home(tmp_path / "back")
    assert run_command(["--home", str(back.root), "restore", str(saved)]) == 1
    said = capsys.readouterr().err
    assert str(saved) in said
    assert "Traceback" not in said
    assert not back.working.exists()
    assert not list(back.root.glob(".*"))


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "/etc/cron.d/imid",
        "landed/../../outside.txt",
        "landed\\..\\..\\outside.txt",
        "releases/../current",
        "studies/../../outside.txt",
        "studies/GSE1/../../../outside.txt",
        "studies/..",
        "tmp/x",
        "releases/wh_x.duckdb/../../y",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(saved: Path, tmp_path: Path, name: str) -> None:
    def add(files: dict[str, bytes], manifest: dict[str, object]) -> None:
        files[name] = b"hostile"
        manifest["files"] = [*manifest["files"], entry(name, b"hostile")]  # type: ignore[misc]

    back = Home(tmp_path / "deep" / "back")
    with pytest.raises(DataError, match="no file of a backup"):
        restore(back, rewritten(saved, add))
    assert not back.root.exists()
    assert not (tmp_path / "outside.txt").exists()


def test_files_and_manifest_must_agree(saved: Path, tmp_path: Path) -> None:
    def unlisted(files: dict[str, bytes], _: dict[str, object]) -> None:
        files["landed/more.parquet"] = b"x"

    def longer(files: dict[str, bytes], _: dict[str, object]) -> None:
        files["imid.yaml"] = b"x" * 10_000_000

    def other(files: dict[str, bytes], _: dict[str, object]) -> None:
        files["imid.yaml"] = files["imid.yaml"].upper()

    def newer(_: dict[str, bytes], manifest: dict[str, object]) -> None:
        manifest["format"] = 99

    def no_database(files: dict[str, bytes], manifest: dict[str, object]) -> None:
        files["working.duckdb"] = b"no database"
        manifest["files"] = [
            entry(f["path"], files[f["path"]])  # type: ignore[index]
            for f in manifest["files"]  # type: ignore[attr-defined]
        ]

    back = Home(tmp_path / "back")
    for change, problem in (
        (unlisted, "not those that its manifest lists"),
        (longer, "imid.yaml in this backup does not match"),
        (other, "imid.yaml in this backup does not match"),
        (newer, "format 99"),
        (no_database, "the working file in this backup is"),
    ):
        with pytest.raises(DataError, match=problem):
            restore(back, rewritten(saved, change))
        assert not back.working.exists()
        assert not back.project_file.exists()


def test_study_folders_alone_are_not_overwritten(saved: Path, tmp_path: Path) -> None:
    back = Home(tmp_path / "back")
    back.studies.mkdir(parents=True)
    (back.studies / "mine.yaml").write_text("id: mine\n")
    with pytest.raises(DataError, match=r"holds a warehouse already \(studies\)"):
        restore(back, saved)
    (back.studies / "mine.yaml").unlink()
    restore(back, saved)
    assert back.working.exists()


@pytest.mark.parametrize("name", ["a\\b.csv", "caf\udce9.csv"], ids=["backslash", "bytes"])
def test_a_name_that_could_not_be_restored_is_not_backed_up(
    home: Home, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_small_home(home, releases=1)
    home.studies.mkdir()
    (home.studies / name).write_text("x")
    file = tmp_path / "backup.zip"
    assert run_command(["--home", str(home.root), "backup", str(file)]) == 1
    said = capsys.readouterr().err
    assert "cannot be kept in a backup" in said
    assert "Rename it" in said
    assert not list(tmp_path.glob("*backup*"))


def test_what_a_killed_backup_left_is_no_obstacle(home: Home, tmp_path: Path) -> None:
    write_small_home(home, releases=1)
    file = tmp_path / "backup.zip"
    part = tmp_path / ".backup.zip.part"
    part.write_bytes(b"half of a backup")
    backup(home, file, "1")
    assert not part.exists()
    restore(Home(tmp_path / "back"), file)


def test_a_backup_in_the_making_is_not_replaced(home: Home, tmp_path: Path) -> None:
    write_small_home(home, releases=1)
    part = tmp_path / ".backup.zip.part"
    with part.open("wb") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        theirs.write(b"of another warehouse")
        theirs.flush()
        with pytest.raises(BusyError, match=r"backup\.zip is being written"):
            backup(home, tmp_path / "backup.zip", "1")
    assert part.read_bytes() == b"of another warehouse"


def test_a_backup_that_fails_leaves_no_file(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    with pytest.raises(DataError, match="no warehouse"):
        backup(home, file, "1")
    write_small_home(home, releases=1)
    shutil.rmtree(home.landed)
    home.working.unlink()
    home.working.write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match="not a readable DuckDB file"):
        backup(home, file, "1")
    assert not list(tmp_path.glob("*backup*"))
