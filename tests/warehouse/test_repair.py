"""``imid doctor --repair`` on homes that were broken one way each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from app.cli.doctor import examine
from app.cli.main import run_command
from tests.support.small_home import ROWS, copy_home, write_small_home
from warehouse.connections import open_working, write_lock
from warehouse.errors import BusyError
from warehouse.home import UNIT_TESTS_PASSED, Home
from warehouse.queries import query_release
from warehouse.releases import list_releases
from warehouse.repair import repair
from warehouse.soundness import database_problem

Break = Callable[[Home, list[Path]], None]


def truncate(path: Path, keep: float) -> None:
    path.chmod(0o644)
    os.truncate(path, int(path.stat().st_size * keep))


def flip(path: Path) -> None:
    """Write wrong bytes into a block that holds a mart's column; the file opens all the same."""
    path.chmod(0o644)
    with duckdb.connect(str(path), read_only=True) as con:
        (block,) = con.execute(
            "select max(block_id) from pragma_storage_info('marts.numbers') "
            "where column_name = 'word' and persistent"
        ).fetchall()[0]
    with path.open("r+b") as handle:
        handle.seek(3 * 4096 + block * 262_144 + 1000)
        handle.write(b"\xff" * 64)


def no_link(home: Home, _: list[Path]) -> None:
    home.current.unlink()


def dangling_link(_: Home, releases: list[Path]) -> None:
    releases[-1].unlink()


def link_elsewhere(home: Home, _: list[Path]) -> None:
    home.current.unlink()
    home.current.symlink_to("working.duckdb")


def cut_release(_: Home, releases: list[Path]) -> None:
    releases[-1].chmod(0o644)
    os.truncate(releases[-1], releases[-1].stat().st_size - 4096)


def half_release(_: Home, releases: list[Path]) -> None:
    truncate(releases[-1], 0.5)


def flipped_release(_: Home, releases: list[Path]) -> None:
    flip(releases[-1])


def no_database_release(_: Home, releases: list[Path]) -> None:
    releases[-1].chmod(0o644)
    releases[-1].write_bytes(b"no database" * 1000)


BREAKS: dict[str, tuple[Break, str, int]] = {
    "current missing": (no_link, "current was missing", 1),
    "current to a release that is gone": (dangling_link, "no good release here", 0),
    "current to another file": (link_elsewhere, "no good release here", 1),
    "release cut off": (cut_release, "is damaged", 0),
    "release half there": (half_release, "is damaged", 0),
    "release with wrong bytes": (flipped_release, "is damaged", 0),
    "release that is no database": (no_database_release, "is damaged", 0),
}


@pytest.mark.parametrize("broken", list(BREAKS))
def test_the_newest_good_release_serves_again(home: Home, broken: str) -> None:
    break_it, sentence, serving = BREAKS[broken]
    releases = write_small_home(home)
    break_it(home, releases)
    assert not all(finding.is_sound for finding in examine(home))
    said = " ".join(repair(home))
    assert sentence in said
    assert releases[serving].stem in said
    assert home.current.resolve() == releases[serving]
    counted = query_release(home.current.resolve(), "select count(*), max(version) from numbers")
    assert counted.rows() == [(ROWS, serving + 1)]
    assert [f.detail for f in examine(home) if not f.is_sound] == []
    assert repair(home) == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "no database", "missing", "log"])
def test_a_damaged_working_file_comes_back_from_the_newest_release(home: Home, damage: str) -> None:
    releases = write_small_home(home)
    log = home.working.with_name("working.duckdb.wal")
    if damage == "cut":
        truncate(home.working, 0.5)
    elif damage == "flipped":
        flip(home.working)
    elif damage == "no database":
        home.working.write_bytes(b"no database" * 1000)
    elif damage == "missing":
        home.working.unlink()
    else:
        flip(home.working)
        log.write_bytes(b"another file's log")
    damaged = home.working.read_bytes() if home.working.exists() else None
    (sentence,) = repair(home)
    assert f"restored from release {releases[-1].stem}" in sentence
    assert "imid run" in sentence
    with open_working(home) as con:
        rows = con.execute("select count(*), max(version) from marts.numbers").fetchall()
    assert rows == [(ROWS, 2)]
    aside = list(home.root.glob("working.duckdb.damaged-*"))
    assert [path.read_bytes() for path in aside] == ([] if damaged is None else [damaged])
    assert not log.exists() or log.read_bytes() != b"another file's log"
    assert repair(home) == []


def test_without_any_good_release_it_says_how_to_start_again(home: Home) -> None:
    (release,) = write_small_home(home, releases=1)
    truncate(release, 0.5)
    flip(home.working)
    said = " ".join(repair(home))
    assert "no good release left to serve" in said
    assert "imid restore" in said
    assert (home.landed / "study-0123.parquet").exists()
    assert not home.current.is_symlink()
    assert len(list(home.root.rglob("*.damaged-*"))) == 2
    assert repair(home) == []


def test_what_a_killed_process_left_is_removed_and_nothing_else(home: Home) -> None:
    releases = write_small_home(home)
    home.lock.write_text(json.dumps({"pid": 1, "purpose": "ingest", "since": 0}))
    for path in (
        home.releases / ".wh_killed.part",
        home.root / ".current.part",
        home.temporary / "duckdb_temp_storage_S64K-0.tmp",
    ):
        path.write_bytes(b"half of it")
    (home.temporary / "half-a-study").mkdir()
    (home.temporary / "dbt-target").mkdir()
    (home.temporary / UNIT_TESTS_PASSED).write_text("of these models")
    said = repair(home)
    assert len(said) == 2
    assert "a process that is gone" in said[0]
    assert "4 files left behind" in said[1]
    kept = sorted(path.name for path in home.temporary.iterdir())
    assert kept == ["dbt-target", "unit-tests-passed"]
    assert list_releases(home) == releases
    assert home.lock.read_text() == ""
    assert repair(home) == []


def test_a_home_as_a_build_leaves_it_needs_no_repair(built_home: Home, tmp_path: Path) -> None:
    home = copy_home(built_home, tmp_path / "home")
    assert (home.temporary / UNIT_TESTS_PASSED).exists()
    assert repair(home) == []


def test_a_home_in_use_is_left_alone(home: Home) -> None:
    write_small_home(home, releases=1)
    part = home.releases / ".wh_in_the_making.part"
    part.write_bytes(b"half")
    with write_lock(home, "build"), pytest.raises(BusyError):
        repair(home)
    assert part.exists()


def test_the_command_says_what_it_did(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    write_small_home(home)
    home.current.unlink()
    at = ["--home", str(home.root), "doctor"]
    assert run_command(at) == 1
    assert "imid doctor --repair" in capsys.readouterr().out
    assert run_command([*at, "--repair"]) == 0
    said = capsys.readouterr()
    assert "current was missing" in said.err
    assert "BAD" not in said.out
    assert run_command([*at, "--repair"]) == 0
    assert "Nothing needed repair" in capsys.readouterr().err


def test_a_sound_file_has_no_problem_and_an_empty_one_no_marts(home: Home) -> None:
    (release,) = write_small_home(home, releases=1)
    assert database_problem(release, needs_marts=True) is None
    with open_working(home) as con:
        con.execute("drop table marts.numbers")
    assert database_problem(home.working, needs_marts=True) == "without marts"
    assert database_problem(home.working, needs_marts=False) is None


def test_a_working_file_that_was_trimmed_on_closing_is_sound(home: Home) -> None:
    write_small_home(home)
    before = home.working.stat().st_size
    with open_working(home):
        pass
    # DuckDB trims free blocks off the end and leaves them counted in the header.
    assert home.working.stat().st_size < before
    assert database_problem(home.working, needs_marts=False) is None
    assert repair(home) == []
