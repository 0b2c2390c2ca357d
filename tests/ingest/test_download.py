"""Downloading, from a server of our own that behaves as badly as servers do."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.download import Downloaded, NotThereError, Policy, download
from tests.support.file_server import FileServer, serving
from warehouse.errors import DataError

DATA = bytes(range(256)) * 2000
QUICK = Policy(timeout_s=0.4, attempts=3)


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as state:
        state.files["f.bin"] = DATA
        yield state


class Caller:
    def __init__(self, server: FileServer, folder: Path) -> None:
        self.url = f"{server.url}/a/f.bin"
        self.target = folder / "cache" / "f.bin"
        self.said: list[str] = []
        self.slept: list[float] = []

    def __call__(self, **options: Any) -> Downloaded:
        options = {"most_bytes": 10**7, "policy": QUICK, **options}
        return download(self.url, self.target, self.said.append, sleep=self.slept.append, **options)

    def left(self) -> list[str]:
        return sorted(p.name for p in self.target.parent.iterdir())


@pytest.fixture
def call(server: FileServer, tmp_path: Path) -> Caller:
    return Caller(server, tmp_path)


def test_a_file_is_fetched_once_and_its_hash_is_kept(server: FileServer, call: Caller) -> None:
    first = call()
    assert call.target.read_bytes() == DATA
    assert (first.sha256, first.bytes) == (hashlib.sha256(DATA).hexdigest(), len(DATA))
    assert any("0.5 of 0.5 MB" in words for words in call.said)
    assert first.is_new
    assert not call().is_new
    assert call(refresh=True).is_new
    assert len(server.asked) == 2
    assert call.left() == ["f.bin", "f.bin.sha256"]


def test_a_copy_that_was_changed_is_fetched_again(call: Caller) -> None:
    call()
    call.target.write_bytes(DATA[:-1])
    assert call().is_new
    assert call.target.read_bytes() == DATA


def test_a_cut_file_goes_on_where_it_was_cut(server: FileServer, call: Caller) -> None:
    server.spoilt = ["cut"]
    call()
    assert call.target.read_bytes() == DATA
    assert [asked[1] for asked in server.asked] == [None, f"bytes={len(DATA) // 3}-"]
    assert call.slept == [1.0]
    assert any("cut off" in words for words in call.said)


def test_a_later_command_goes_on_too(server: FileServer, call: Caller) -> None:
    server.spoilt = ["cut"]
    with pytest.raises(DataError, match=r"f.bin could not be fetched .* cut off"):
        call(policy=Policy(attempts=1))
    call()
    assert server.asked[-1][1] == f"bytes={len(DATA) // 3}-"
    assert call.target.read_bytes() == DATA


@pytest.mark.parametrize("etag", [None, '"2"'])
def test_parts_of_two_versions_are_never_joined(
    server: FileServer, call: Caller, etag: str | None
) -> None:
    server.etag = etag and '"1"'
    server.spoilt = ["cut"]
    with pytest.raises(DataError):
        call(policy=Policy(attempts=1))
    server.etag = etag
    server.files["f.bin"] = DATA[::-1]
    call()
    assert call.target.read_bytes() == DATA[::-1]


def test_a_silent_and_a_busy_server_are_asked_again(server: FileServer, call: Caller) -> None:
    server.spoilt = ["slow", "busy"]
    call()
    assert call.slept == [1.0, 7.0]
    assert call.target.read_bytes() == DATA


def test_it_gives_up_in_the_end(server: FileServer, call: Caller) -> None:
    server.spoilt = ["busy"] * 3
    with pytest.raises(DataError, match=r"in 3 attempts: the server answered with status 503"):
        call()


def test_what_is_not_there_is_said_at_once(server: FileServer, call: Caller) -> None:
    server.files.clear()
    with pytest.raises(NotThereError, match=r"the server has no f.bin"):
        call()
    assert len(server.asked) == 1


def test_another_host_is_refused(server: FileServer, call: Caller) -> None:
    server.spoilt = ["away"]
    with pytest.raises(DataError, match="another host; nothing was fetched"):
        call()


def test_too_large_a_file_is_refused_before_it_comes(call: Caller) -> None:
    with pytest.raises(DataError, match="larger than 0 MB; nothing was kept"):
        call(most_bytes=1000)
    assert call.left() == []


def test_an_unsound_file_is_not_kept(server: FileServer, call: Caller) -> None:
    with pytest.raises(DataError, match="it is odd"):
        call(check=lambda _: "it is odd")
    assert call.left() == []
    assert len(server.asked) == 3


def test_other_schemes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no http or https address"):
        download("file:///etc/hostname", tmp_path / "x", print, most_bytes=10)
