"""Hostile servers: whatever one sends, a sentence, and nothing beyond the cache is touched."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ingest import geo, limits
from ingest.download import Policy, download
from ingest.trials import fetch
from ingest.trials.fetch import BASE_URL_VARIABLE, fetch_record
from tests.ingest.trials.records import NCT
from warehouse.errors import DataError
from warehouse.home import Home

pytestmark = pytest.mark.timeout(30)

MOST = 200_000
QUICK = Policy(timeout_s=1.0, total_s=3.0, attempts=2)
OK = b"HTTP/1.1 200 OK\r\n"


def moved(to: str, code: int = 302) -> bytes:
    return f"HTTP/1.1 {code} Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


# What the server sends to every request; the last block again and again if told so.
ANSWERS: dict[str, tuple[bytes, bytes]] = {
    "to-a-file": (moved("file:///etc/passwd"), b""),
    "to-a-file-for-good": (moved("file:///etc/passwd", 308), b""),
    "to-cloud-metadata": (moved("http://169.254.169.254/latest/meta-data/"), b""),
    "to-another-port": (moved("http://127.0.0.1:1/x"), b""),
    "to-localhost-by-name": (moved("http://localhost:1/x"), b""),
    "to-another-scheme": (moved("https://127.0.0.1/x"), b""),
    "to-ftp": (moved("ftp://127.0.0.1/x"), b""),
    "to-data": (moved("data:text/plain,x"), b""),
    "to-a-script": (moved("javascript:alert(1)"), b""),
    "to-a-host-without-scheme": (moved("//elsewhere.invalid/x"), b""),
    "to-a-host-behind-a-user": (moved("http://127.0.0.1@elsewhere.invalid/x"), b""),
    "to-backslashes": (moved("http:\\\\elsewhere.invalid\\x"), b""),
    "to-a-bad-port": (moved("http://127.0.0.1:99999999/x"), b""),
    "to-brackets": (moved("http://[::1/x"), b""),
    "to-nowhere": (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", b""),
    "to-itself": (moved("/again"), b""),
    "announces-too-much": (OK + b"Content-Length: 99999999999999999999\r\n\r\nx", b""),
    "announces-less-than-nothing": (OK + b"Content-Length: -5\r\n\r\n", b"x" * 60_000),
    "announces-no-number": (OK + b"Content-Length: many\r\n\r\n", b"x" * 60_000),
    "endless": (OK + b"\r\n", b"x" * 60_000),
    "endless-chunks": (
        OK + b"Transfer-Encoding: chunked\r\n\r\n", b"4000\r\n" + b"x" * 16384 + b"\r\n",
    ),
    "bad-chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", b""),
    "chunk-of-a-petabyte": (OK + b"Transfer-Encoding: chunked\r\n\r\n4000000000000\r\nx", b""),
    "endless-header": (OK, b"X-Y: " + b"z" * 5000 + b"\r\n"),
    "endless-header-line": (OK + b"X-Y: ", b"z" * 60_000),
    "no-http": (b"SSH-2.0-OpenSSH_9.6\r\n", b""),
    "status-of-no-number": (b"HTTP/1.1 abc OK\r\n\r\n", b""),
    "nothing": (b"", b""),
    "teapot": (b"HTTP/1.1 418 x\r\nContent-Length: 0\r\n\r\n", b""),
    "range-out-of-range": (b"HTTP/1.1 416 x\r\nContent-Length: 0\r\n\r\n", b""),
    "part-that-was-not-asked": (
        b"HTTP/1.1 206 x\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\nhello", b"",
    ),
    "wait-for-ever": (
        b"HTTP/1.1 503 x\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n", b"",
    ),
    "gzip-bomb-on-the-wire": (
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"0" * 10**7, mtime=0), b"",
    ),
    "page-of-another-type": (OK + b"Content-Type: text/html\r\n\r\n<html>log in</html>", b""),
    "file-name-that-climbs": (
        OK + b"Content-Disposition: attachment; filename=../../../out.txt\r\n\r\nhello", b"",
    ),
    "cookies": (OK + b"Set-Cookie: a=b\r\n" * 200 + b"\r\nhello", b""),
}  # fmt: skip


@contextmanager
def sending(answer: bytes, again: bytes) -> Iterator[str]:
    """A server that sends these bytes to whoever connects."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    ends = threading.Event()

    def serve() -> None:
        while not ends.is_set():
            with suppress(OSError):
                client, _ = listener.accept()
                with client:
                    client.settimeout(1.0)
                    client.recv(65536)
                    client.sendall(answer)
                    while again and not ends.is_set():
                        client.sendall(again)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        ends.set()
        thread.join()
        listener.close()


def no_sound_file(path: Path) -> str | None:
    return "the server sent something else" if path.stat().st_size else "nothing came"


def refused(folder: Path, what: Callable[[], object]) -> None:
    """Refused in a sentence, with no file but what the cache keeps of a file that is coming."""
    with pytest.raises(DataError) as refusal:
        what()
    said = str(refusal.value)
    assert len(said) < 500
    assert "root:" not in said
    left = [p for p in folder.rglob("*") if p.is_file()]
    assert all(p.name.endswith((".part", ".part.json")) for p in left), left
    assert all(p.stat().st_size <= MOST for p in left)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_downloader_withstands_it(tmp_path: Path, name: str) -> None:
    slept: list[float] = []
    with sending(*ANSWERS[name]) as url:
        refused(
            tmp_path,
            lambda: download(
                f"{url}/a/f.bin",
                tmp_path / "cache" / "f.bin",
                lambda _: None,
                most_bytes=MOST,
                check=no_sound_file,
                policy=QUICK,
                sleep=slept.append,
            ),
        )
    assert all(0 < pause <= QUICK.longest_wait_s for pause in slept)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_fetcher_of_records_withstands_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(fetch, "MOST_BYTES", MOST)
    policy = fetch.Policy(timeout_s=0.3, attempts=2)
    slept: list[float] = []
    home = Home(tmp_path / "home")
    with sending(*ANSWERS[name]) as url:
        monkeypatch.setenv(BASE_URL_VARIABLE, url)
        refused(
            tmp_path,
            lambda: fetch_record(home, NCT, lambda _: None, policy=policy, sleep=slept.append),
        )
    assert all(0 < pause <= policy.longest_wait_s for pause in slept)


@pytest.mark.parametrize("url", ["file:///etc", "ftp://127.0.0.1", "data:", "/etc", ""])
def test_only_web_addresses_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    home = Home(tmp_path / "home")
    for variable in (geo.FILES_VARIABLE, geo.COUNTS_VARIABLE, BASE_URL_VARIABLE):
        monkeypatch.setenv(variable, url)
    refused(tmp_path, lambda: geo.fetch_series(home, "GSE1", lambda _: None))
    refused(tmp_path, lambda: fetch_record(home, NCT, lambda _: None))


def test_a_bomb_from_geo_is_refused_once_and_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ALWAYS_ALLOWED", 1 << 20)
    bomb = gzip.compress(b"0" * (4 << 20), mtime=0)
    head = OK + b"Content-Length: %d\r\n\r\n" % len(bomb)
    with sending(head + bomb, b"") as url:
        monkeypatch.setenv(geo.FILES_VARIABLE, url)
        refused(
            tmp_path,
            lambda: geo.fetch_series(Home(tmp_path / "h"), "GSE1", lambda _: None, policy=QUICK),
        )
    assert not [p for p in tmp_path.rglob("*") if p.is_file()]
