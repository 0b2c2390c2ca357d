"""Fetching records, against a server of our own that behaves as badly as servers do."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingest.trials import fetch
from ingest.trials.fetch import BASE_URL_VARIABLE, Policy, fetch_record
from tests.ingest.trials.records import NCT, api_study
from warehouse.errors import DataError
from warehouse.home import Home

Answer = Callable[[BaseHTTPRequestHandler], None]
QUICK = Policy(timeout_s=0.5, attempts=3, first_wait_s=1, longest_wait_s=60)


@dataclass
class Registry:
    """What the server answers, one after the other, the last for ever; and what it was asked."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def next(self) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    state = Registry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            state.next()(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    monkeypatch.setenv(BASE_URL_VARIABLE, f"http://127.0.0.1:{server.server_port}/api/v2")
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def body(data: bytes, *, announced: int | None = None, pause_s: float = 0) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(pause_s)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) if announced is None else announced))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def status(code: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


STUDY = json.dumps(api_study()).encode()


@dataclass
class Caller:
    """Fetches into a home and keeps what was said and how long it would have slept."""

    home: Home
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def __call__(self, nct_id: str = NCT, *, refresh: bool = False) -> Path:
        return fetch_record(
            self.home,
            nct_id,
            self.said.append,
            refresh=refresh,
            policy=QUICK,
            sleep=self.slept.append,
        )


@pytest.fixture
def call(home: Home) -> Caller:
    return Caller(home)


def test_a_record_is_kept_and_not_asked_for_again(registry: Registry, call: Caller) -> None:
    registry.answers = [body(STUDY)]
    path = call()
    assert path.read_bytes() == STUDY
    assert registry.asked == [f"/api/v2/studies/{NCT}?format=json"]
    assert call() == path
    assert len(registry.asked) == 1
    call(refresh=True)
    assert len(registry.asked) == 2
    assert any("kB" in words for words in call.said)


def test_a_busy_server_is_asked_again_when_it_says(registry: Registry, call: Caller) -> None:
    registry.answers = [status(429, Retry_After="7"), status(503), body(STUDY)]
    assert call().read_bytes() == STUDY
    assert call.slept == [7, 2]


def test_a_wait_is_never_longer_than_a_minute(registry: Registry, call: Caller) -> None:
    registry.answers = [status(429, Retry_After="86400"), body(STUDY)]
    call()
    assert call.slept == [60]


def test_a_cut_answer_is_asked_for_again(registry: Registry, call: Caller) -> None:
    registry.answers = [body(STUDY[:200], announced=len(STUDY)), body(STUDY[:200]), body(STUDY)]
    assert call().read_bytes() == STUDY
    assert len(call.slept) == 2


def test_a_server_that_never_answers_is_given_up(registry: Registry, call: Caller) -> None:
    registry.answers = [body(STUDY, pause_s=1.5)]
    with pytest.raises(DataError, match="in 3 attempts: no answer in time"):
        call()
    assert not (call.home.downloads / f"{NCT}.json").exists()


def test_an_earlier_copy_is_named_when_the_registry_is_away(
    registry: Registry, call: Caller
) -> None:
    registry.answers = [body(STUDY), status(500)]
    path = call()
    with pytest.raises(DataError, match=f"copy fetched earlier is {path}"):
        call(refresh=True)
    assert path.read_bytes() == STUDY


def test_an_unknown_study_is_said_at_once(registry: Registry, call: Caller) -> None:
    registry.answers = [status(404)]
    with pytest.raises(DataError, match=f"has no study {NCT}"):
        call()
    assert call.slept == []


def test_a_refusal_is_not_repeated(registry: Registry, call: Caller) -> None:
    registry.answers = [status(403)]
    with pytest.raises(DataError, match="status 403"):
        call()
    assert len(registry.asked) == 1


def test_a_redirect_to_another_host_is_refused(registry: Registry, call: Caller) -> None:
    registry.answers = [status(302, Location="http://example.org/studies")]
    with pytest.raises(DataError, match=r"example\.org, which is another host"):
        call()


def test_a_redirect_on_the_same_host_is_followed(registry: Registry, call: Caller) -> None:
    registry.answers = [status(301, Location=f"/api/v2.1/{NCT}"), body(STUDY)]
    call()
    assert registry.asked[-1] == f"/api/v2.1/{NCT}"


@pytest.mark.parametrize("announced", [True, False])
def test_an_oversized_answer_is_refused(
    registry: Registry, call: Caller, monkeypatch: pytest.MonkeyPatch, announced: bool
) -> None:
    monkeypatch.setattr(fetch, "MOST_BYTES", 1000)

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b" " * 5000)

    registry.answers = [body(STUDY * 9) if announced else endless]
    with pytest.raises(DataError, match="which no record is"):
        call()
    assert not list(call.home.downloads.glob("*"))


def test_another_study_than_asked_for_is_refused(registry: Registry, call: Caller) -> None:
    registry.answers = [body(STUDY)]
    with pytest.raises(DataError, match=f"answered with {NCT} when asked for NCT00000001"):
        call("NCT00000001")


def test_only_web_addresses_are_asked(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BASE_URL_VARIABLE, "file:///etc")
    with pytest.raises(DataError, match="http or https"):
        call()


def test_nobody_at_home_is_said(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BASE_URL_VARIABLE, "http://127.0.0.1:9")
    with pytest.raises(DataError, match="the connection failed"):
        call()


def test_a_recorded_record_is_fetched_and_loaded_by_the_command(
    registry: Registry, home: Home, shared_data: Path
) -> None:
    from app.cli.main import run_command

    recorded = (shared_data / "clinical" / "NCT02552212.json").read_bytes()
    registry.answers = [body(recorded)]
    arguments = ["ingest", "trial", "NCT02552212", "--home", str(home.root)]
    assert run_command(arguments) == 0
    assert run_command(arguments) == 0
    assert len(registry.asked) == 1
    assert run_command(["ingest", "trial", "NCT00000000", "--home", str(home.root)]) == 1
    assert (
        run_command(["ingest", "trial", "x.json", "--only", "abc", "--home", str(home.root)]) == 2
    )
