"""Readers in processes of their own, and kills, while releases are published one after another."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from warehouse.connections import open_release, open_working
from warehouse.home import Home
from warehouse.releases import free_share, list_releases, new_release_name, publish

ROWS = 20_000
PUBLISHES = 8

# Opens what is current again and again; every row of a release carries the release's number.
READER = textwrap.dedent("""
    import json, sys
    from pathlib import Path
    from warehouse.connections import current_release, open_release
    from warehouse.home import Home
    home = Home.locate(sys.argv[1])
    stop = Path(sys.argv[2])
    print("reading", flush=True)
    rounds, seen, wrong = 0, set(), []
    while not stop.exists():
        con = open_release(current_release(home))
        found = con.execute(
            "select min(a.build), max(a.build), min(b.build), max(b.build), count(*) "
            "from marts.first a join marts.second b on a.row = b.row"
        ).fetchall()[0]
        con.close()
        rounds += 1
        seen.add(found[0])
        if len(set(found[:4])) != 1 or found[4] != int(sys.argv[3]):
            wrong.append(found)
    print(json.dumps({"rounds": rounds, "seen": sorted(seen), "wrong": wrong}))
""")

PUBLISHER = textwrap.dedent("""
    import sys
    import warehouse.releases as releases
    from warehouse.home import Home
    print("publishing", flush=True)
    home = Home.locate(sys.argv[1])
    while True:
        releases.publish(home, releases.new_release_name(), keep=2)
""")


def build(home: Home, number: int) -> None:
    """Stand in for a build: two tables, changed one after the other in the working file."""
    with open_working(home) as con:
        for table in ("first", "second"):
            con.execute(
                f"create or replace table marts.{table} as "
                f"select range as row, {number} as build from range({ROWS})"
            )


def test_readers_across_publishes_see_whole_releases_only(home: Home, tmp_path: Path) -> None:
    build(home, 0)
    publish(home, new_release_name())
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(home.root), str(stop), str(ROWS)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "reading\n"
        for number in range(1, PUBLISHES + 1):
            build(home, number)
            publish(home, new_release_name(), keep=3)
    finally:
        stop.touch()
    for reader in readers:
        out, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0
        report = json.loads(out)
        assert report["wrong"] == []
        assert report["rounds"] >= 2
        assert set(report["seen"]) <= set(range(PUBLISHES + 1))


@pytest.mark.parametrize("delay_ms", [0, 20, 60, 150])
def test_a_kill_while_publishing_leaves_a_whole_release_serving(home: Home, delay_ms: int) -> None:
    build(home, 1)
    publish(home, new_release_name())
    publisher = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, str(home.root)], stdout=subprocess.PIPE, text=True
    )
    assert publisher.stdout is not None
    assert publisher.stdout.readline() == "publishing\n"
    try:
        publisher.wait(delay_ms / 1000)
    except subprocess.TimeoutExpired:
        publisher.send_signal(signal.SIGKILL)
    assert publisher.wait() == -signal.SIGKILL
    con = open_release(home.current.resolve(strict=True))
    assert con.execute("select count(*), max(build) from marts.first").fetchall() == [(ROWS, 1)]
    con.close()
    after = publish(home, new_release_name())
    assert home.current.resolve() == after
    assert list(home.releases.glob(".*.part*")) == []


def test_a_release_holds_no_free_blocks_where_they_are_many(home: Home) -> None:
    for number in range(3):
        build(home, number)
    with open_working(home) as con:
        con.execute(
            "create table raw.long as select md5(range::varchar) as text from range(200000)"
        )
        con.execute("checkpoint")
        con.execute("drop table raw.long")
        con.execute("create view marts.both as select * from marts.first natural join marts.second")
        con.execute("create macro marts.of(n) as table select * from marts.first where row = n")
    assert free_share(home.working) > 0.2
    release = publish(home, new_release_name())
    assert free_share(release) < 0.05
    assert release.stat().st_size < home.working.stat().st_size
    with duckdb.connect(str(release), read_only=True) as con:
        rows = con.execute("select row from marts.first").fetchall()
        assert rows == [(n,) for n in range(ROWS)], "rows changed their order"
        assert con.execute("select count(*) from marts.both").fetchall() == [(ROWS,)]
        assert con.execute("select build from marts.of(7)").fetchall() == [(2,)]
    assert list_releases(home) == [release]
