"""Full disks, read-only homes, damage, odd clocks, two processes: a sentence, a way back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from app.cli.main import run_command
from app.cli.run_log import LOG_NAME
from app.web.reader import Reader
from tests.support.crashes import LIMIT_S, half_done, parts_of, running
from tests.support.faults import cut, full_disk, overwrite, read_only
from tests.support.small_home import ROWS, copy_home, write_small_home
from tests.support.small_study import write_small_study
from tests.support.totals import differing, working_totals
from warehouse.connections import current_release, open_working, write_lock
from warehouse.home import Home, installation_root
from warehouse.queries import query_release
from warehouse.releases import list_releases, new_release_name, publish, rollback

CLAIMS = installation_root() / "ingest" / "curated" / "claims.csv"


@pytest.fixture
def copied(built_home: Home, tmp_path: Path) -> Home:
    return copy_home(built_home, tmp_path / "home")


@pytest.fixture
def other_study(tmp_path: Path) -> Path:
    """The study of the built home with other counts, so that it replaces what is loaded."""
    return write_small_study(tmp_path / "other", seed=8).definition


def changed_claims(folder: Path) -> Path:
    """Write the shipped claims to a file of one's own."""
    changed = folder / "own-claims.csv"
    changed.write_text(CLAIMS.read_text() + "\n")
    return changed


class Said:
    """Runs a command on a home and returns its exit code and its words."""

    def __init__(self, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
        self._home, self._capsys = home, capsys

    def __call__(self, *arguments: str) -> tuple[int, str]:
        self._capsys.readouterr()
        code = run_command(["--home", str(self._home.root), *arguments])
        said = self._capsys.readouterr()
        words = said.out + said.err
        assert "Traceback" not in words
        return code, words


def refused(answer: tuple[int, str], *phrases: str) -> None:
    code, words = answer
    errors = [line for line in words.splitlines() if line.startswith("error:")]
    assert code == 1, words
    assert len(errors) == 1, words
    assert len(errors[0]) < 600
    for phrase in phrases:
        assert phrase in errors[0]


# A full disk


def test_a_full_disk_stops_a_load_and_loses_nothing(
    copied: Home, other_study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imid = Said(copied, capsys)
    whole, expected = parts_of(copied), working_totals(copied)
    landed = sorted(path.name for path in copied.landed.iterdir())
    with full_disk(4096):
        answer = imid("ingest", "study", str(other_study))
    refused(answer, "no room left on the disk", "run the command again")
    assert half_done(parts_of(copied), whole) == []
    assert differing(working_totals(copied), expected) == []
    assert sorted(path.name for path in copied.landed.iterdir()) == landed
    code, words = imid("ingest", "study", str(other_study))
    assert code == 0, words
    assert "replaced" in words


def test_a_full_disk_in_the_database_itself_is_the_same(
    copied: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    imid = Said(copied, capsys)
    changed = changed_claims(copied.root.parent)
    assert imid("ingest", "remove", "claims", "curated")[0] == 0
    expected = working_totals(copied)
    with full_disk(16_384):
        answer = imid("ingest", "claims", str(changed))
    refused(answer, "no room left on the disk")
    assert differing(working_totals(copied), expected) == []
    assert imid("ingest", "claims", str(changed))[0] == 0


def test_a_full_disk_in_a_publish_leaves_the_last_release_and_no_half(home: Home) -> None:
    releases = write_small_home(home)
    too_large = pytest.raises((OSError, duckdb.Error), match="too large")
    with full_disk(home.working.stat().st_size // 2), too_large:
        publish(home, new_release_name(home=home))
    assert current_release(home) == releases[-1]
    assert sorted(home.releases.iterdir()) == releases
    assert publish(home, new_release_name(home=home)) == current_release(home)


def test_a_full_disk_in_a_run_is_one_sentence_and_the_log_ends_no_run(
    copied: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    served = current_release(copied)
    (copied.logs / LOG_NAME).write_bytes(b"x" * 4096)
    changed = changed_claims(copied.root.parent)
    text = copied.project_file.read_text()
    copied.project_file.write_text(text.replace("shipped:ingest/curated/claims.csv", str(changed)))
    assert str(changed) in copied.project_file.read_text()
    with full_disk(4096):
        answer = Said(copied, capsys)("run", "--only", "ingest")
    refused(answer, "no room left on the disk")
    assert current_release(copied) == served


# A read-only home


def test_a_read_only_home_is_read_and_not_written(
    copied: Home, other_study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imid = Said(copied, capsys)
    with read_only(copied.root):
        for command in (
            ["run"],
            ["ingest", "study", str(other_study)],
            ["analyze"],
            ["build"],
            ["rollback"],
            ["doctor", "--repair"],
        ):
            answer = imid(*command)
            refused(answer, "may not be read or written here", str(copied.root))
        code, words = imid("sql", "select count(*) as studies from dim_study", "--format", "json")
        assert (code, words.strip()) == (0, '[{"studies": 1}]')
        assert imid("releases")[0] == 0
    assert imid("ingest", "study", str(other_study))[0] == 0


def test_a_home_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    answer = Said(Home(tmp_path / "file" / "home"), capsys)("run")
    refused(answer, str(tmp_path / "file" / "home"))


# Damaged files

READS = [
    ["sql", "select 1"],
    ["export", "{scratch}/marts"],
    ["export", "claims"],
    ["resolve", "IRF4"],
    ["trace", "dim_gene", "IRF4"],
    ["diff"],
]


@pytest.mark.parametrize("damage", ["cut", "headers", "empty"])
def test_a_damaged_release_is_named_with_the_way_back(
    home: Home, damage: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    imid = Said(home, capsys)
    releases = write_small_home(home)
    if damage == "cut":
        cut(releases[-1], 0.05)
    elif damage == "headers":
        overwrite(releases[-1])
    else:
        cut(releases[-1], 0)
    for command in READS:
        words = [part.format(scratch=tmp_path) for part in command]
        refused(imid(*words), releases[-1].name)
    code, words = imid("doctor", "--repair")
    assert code == 0, words
    assert current_release(home) == releases[0]
    assert imid("sql", "select count(*) from numbers", "--format", "csv")[1].split()[-1] == str(
        ROWS
    )


WRITES = [["ingest", "claims", str(CLAIMS)], ["analyze"], ["build"], ["run"], ["status"]]


@pytest.mark.parametrize("damage", ["half", "headers", "text"])
def test_a_damaged_working_file_is_named_and_comes_back(
    copied: Home, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imid = Said(copied, capsys)
    whole = parts_of(copied)
    served = current_release(copied)
    if damage == "half":
        cut(copied.working, 0.5)
    elif damage == "headers":
        overwrite(copied.working)
    else:
        copied.working.write_text("no database\n" * 2000)
    for command in WRITES:
        answer = imid(*command)
        refused(answer, "imid doctor --repair")
        assert current_release(copied) == served
    assert imid("sql", "select 1")[0] == 0
    code, words = imid("doctor", "--repair")
    assert code == 0, words
    assert parts_of(copied) == whole
    code, words = imid("run")
    assert code == 0, words
    assert "unchanged" in words
    assert current_release(copied) == served


@pytest.mark.parametrize("damage", ["missing", "cut"])
def test_landed_counts_that_are_lost_are_landed_again(
    copied: Home, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imid = Said(copied, capsys)
    (landed,) = copied.landed.glob("*.parquet")
    before, content = parts_of(copied), landed.read_bytes()
    if damage == "missing":
        landed.unlink()
    else:
        cut(landed, 0.5)
    code, words = imid("doctor")
    assert code == 1
    assert landed.name in words
    imid("doctor", "--repair")
    assert not landed.exists()
    code, words = imid("run", "--only", "ingest")
    assert code == 0, words
    assert landed.read_bytes() == content
    assert parts_of(copied) == before
    assert imid("doctor")[0] == 0


# A clock that goes back


def test_releases_keep_their_order_when_the_clock_goes_back(home: Home) -> None:
    first, second = write_small_home(home)
    for days in (0, -1, -400):
        earlier = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)
        newest = publish(home, new_release_name(earlier, home), keep=3)
        assert list_releases(home)[-1] == newest == current_release(home)
    third, fourth, fifth = list_releases(home)
    assert not first.exists()
    assert not second.exists()
    assert rollback(home) == fourth
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert new_release_name(later, home) == new_release_name(later)
    assert third.stem < fourth.stem < fifth.stem < new_release_name(later)


def test_the_app_shows_the_build_of_its_release_whatever_the_clock_said(copied: Home) -> None:
    served = current_release(copied)
    served.chmod(0o644)
    with duckdb.connect(str(served)) as con:
        con.execute(
            "insert into ops.builds select * replace ('wh_of_a_wrong_clock' as build_id, "
            "finished_at + interval 900 days as finished_at) from ops.builds"
        )
    build = Reader(served.stem, str(served)).build()
    assert build is not None
    assert build.build_id == served.stem


# Two processes at once

HOLD = """
import sys, time
from warehouse.connections import write_lock, open_working
from warehouse.home import Home
home = Home.locate(sys.argv[1])
with write_lock(home, "a long ingest"), open_working(home):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def held(home: Home) -> Iterator[Home]:
    write_small_home(home)
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)],
        cwd=installation_root(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield home
    process.communicate("")
    assert process.returncode == 0


def test_a_second_writer_is_told_who_writes_and_readers_read_on(
    held: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    imid = Said(held, capsys)
    for command in (
        ["ingest", "claims", str(CLAIMS)],
        ["analyze"],
        ["run", "--only", "ingest"],
        ["rollback"],
        ["doctor", "--repair"],
    ):
        if command[0] == "run":
            held.project_file.write_text("sources: []\n")
        answer = imid(*command)
        refused(answer, "has been writing to this warehouse (a long ingest)", "Try again")
    assert imid("sql", "select count(*) from numbers")[0] == 0
    assert imid("releases")[0] == 0


def test_a_second_build_waits_and_a_second_run_says_who_builds(copied: Home) -> None:
    """Real commands; the first is held still with the lock, so nothing is left to chance."""
    served = current_release(copied)
    with running(copied, "build") as first:
        wait_until(lambda: f'"pid": {first.process.pid}, "purpose": "build"' in noted(copied))
        os.killpg(first.process.pid, signal.SIGSTOP)
        with running(copied, "run", "--only", "build") as second:
            wait_until(lambda: "Waiting for it." in second.said.read_text())
            with running(copied, "run") as third:
                assert third.wait() == 1
                told = third.said.read_text()
            assert second.process.poll() is None
            first.kill()
            assert second.wait() == 0, second.said.read_text()
            waited = second.said.read_text()
    builder = f"Process {first.process.pid} has been writing to this warehouse (build) for"
    assert builder in told
    assert told.rstrip().endswith("Try again when it is done.")
    assert builder in waited
    assert f"unchanged {served.name}" in waited
    assert "Traceback" not in told + waited
    assert current_release(copied) == served


def noted(home: Home) -> str:
    return home.lock.read_text() if home.lock.exists() else ""


def wait_until(holds: Callable[[], bool]) -> None:
    """Return as soon as something holds; long before the limit, the test is stuck."""
    deadline = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_working_file_open_elsewhere_is_told(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    write_small_home(home)
    script = (
        "import duckdb, sys; con = duckdb.connect(sys.argv[1]); print('open', flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(home.working)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    refused(Said(home, capsys)("analyze"), "is open in another program")
    process.communicate("\n")
    assert Said(home, capsys)("analyze")[0] == 0


def test_a_child_keeps_the_lock_of_a_writer_that_was_killed(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    write_small_home(home, releases=1)
    with write_lock(home, "build") as lock:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True, pass_fds=(lock,)
        )
        noted = home.lock.read_text()
    # A killed writer leaves its note; a writer that ends tidily would have taken it away.
    home.lock.write_text(noted)
    assert json.loads(noted)["purpose"] == "build"
    refused(Said(home, capsys)("analyze"), "has been writing to this warehouse (build)")
    child.communicate("\n")
    assert query_release(current_release(home), "select 1").height == 1
    with write_lock(home, "test"), open_working(home):
        pass
