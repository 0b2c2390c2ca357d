"""Serving for a team: options, headers, the sign-in's door, and the files of examples/serving."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from starlette.types import Message, Receive, Scope, Send
from streamlit.testing.v1 import AppTest

from app.cli.main import run_command
from app.cli.serve import SIGN_IN_REQUIRED, Serving, check_sign_in, command
from app.web.components import sign_in
from app.web.components.sign_in import may_enter
from app.web.server import HEADERS, SecurityHeaders
from tests.app.conftest import MAIN, words_of
from warehouse.errors import DataError, UsageError
from warehouse.home import Home, installation_root

EXAMPLES = installation_root() / "examples" / "serving"
COMPLETE = (
    '[auth]\nredirect_uri = "https://x/oauth2callback"\ncookie_secret = "s"\nclient_id = "i"\n'
    'client_secret = "c"\nserver_metadata_url = "https://login/.well-known"\n'
)


def options(serving: Serving) -> list[str]:
    return [part for part in command(serving) if part.startswith("--")]


def secrets(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_loopback_answers_to_its_own_names_only() -> None:
    assert "--server.allowedHosts=localhost" in options(Serving())
    assert not any("allowedHosts" in one for one in options(Serving(host="0.0.0.0")))  # noqa: S104
    named = options(Serving(allowed_hosts=("imid.example.org",)))
    assert "--server.allowedHosts=imid.example.org" in named


@pytest.mark.parametrize("given", ["/imid", "imid/", "/imid/"])
def test_a_base_path_in_any_spelling(given: str) -> None:
    assert "--server.baseUrlPath=imid" in options(Serving(base_path=given))


@pytest.mark.parametrize("given", ["/im id", "../x", "/a//b", "http://x"])
def test_a_base_path_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="a path such as"):
        command(Serving(base_path=given))


def test_every_answer_carries_the_headers() -> None:
    sent: list[Message] = []

    async def inner(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    asyncio.run(SecurityHeaders(inner)({"type": "http"}, receive, send))
    names = {name.decode() for name, _ in sent[0]["headers"]}
    assert names == {name.lower() for name in HEADERS}
    policy = HEADERS["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy


def test_sessions_that_begin_together_find_pandas_whole() -> None:
    asked = "import sys, app.web.server; print(hasattr(sys.modules.get('pandas'), 'Timestamp'))"
    command = [sys.executable, "-c", asked]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_complete_file_for_sign_in_is_taken(tmp_path: Path) -> None:
    check_sign_in(secrets(tmp_path, COMPLETE))
    named = '[auth]\nredirect_uri = "r"\ncookie_secret = "s"\n[auth.corp]\nclient_id = "i"\n'
    check_sign_in(
        secrets(tmp_path, named + 'client_secret = "c"\nserver_metadata_url = "https://login"\n')
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an \\[auth\\] section"),
        ("[auth", "this is not TOML"),
        (COMPLETE.replace('"s"', '""'), "cookie_secret"),
        (COMPLETE.replace("client_id", "client"), "client_id"),
    ],
    ids=["empty", "no_toml", "empty_secret", "no_client"],
)
def test_a_file_with_which_nobody_can_sign_in_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        check_sign_in(secrets(tmp_path, text))


def test_a_file_that_everyone_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="chmod"):
        check_sign_in(secrets(tmp_path, COMPLETE, 0o644))


def test_the_app_does_not_start_with_a_broken_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home").create()
    release = home.releases / "wh_1.duckdb"
    release.touch()
    home.current.symlink_to(release)
    monkeypatch.setattr("os.execve", lambda *_: pytest.fail("it was started"))
    path = secrets(tmp_path, "[auth]\n")
    assert run_command(["--home", str(home.root), "app", "--sign-in", str(path)]) == 1
    assert "lacks redirect_uri" in capsys.readouterr().err


def test_the_example_of_a_secrets_file_asks_to_be_filled_in(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cookie_secret"):
        check_sign_in(secrets(tmp_path, (EXAMPLES / "secrets.example.toml").read_text()))


def test_no_page_runs_before_sign_in(monkeypatch: pytest.MonkeyPatch, home: Home) -> None:
    monkeypatch.setenv("IMID_HOME", str(home.root))
    monkeypatch.setenv(SIGN_IN_REQUIRED, "true")
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.secrets["auth"] = {"client_id": "i"}
    app.run()
    assert not app.exception
    assert "open to people who sign in" in words_of(app)
    assert [button.label for button in app.button] == ["Sign in"]
    assert "imid run" not in words_of(app)


class Person(SimpleNamespace):
    def get(self, name: str, default: Any = None) -> Any:
        return getattr(self, name, default)


@pytest.mark.parametrize(
    ("email", "is_let_in"), [("a@example.org", True), ("a@elsewhere.org", False)]
)
def test_who_signed_in_and_is_listed_comes_in(
    monkeypatch: pytest.MonkeyPatch, home: Home, email: str, is_let_in: bool
) -> None:
    monkeypatch.setenv("IMID_HOME", str(home.root))
    monkeypatch.setenv(SIGN_IN_REQUIRED, "true")
    person = Person(is_logged_in=True, email=email, email_verified=True)
    monkeypatch.setattr(st, "user", person)
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.secrets["access"] = {"domains": ["example.org"]}
    app.run()
    assert not app.exception
    said = words_of(app)
    assert ("imid run" in said) is is_let_in
    assert ("may not open this warehouse" in said) is not is_let_in


def test_a_list_of_addresses_admits_no_other() -> None:
    access = {"emails": ["Boss@Elsewhere.org"], "domains": ["example.org"]}
    assert may_enter("x@example.org", True, access)
    assert may_enter("boss@elsewhere.org", True, access)
    assert not may_enter("x@example.org", False, access)
    assert not may_enter("x@sub.example.org", True, access)
    assert not may_enter("x@example.org.evil.net", True, access)
    assert not may_enter("", True, access)
    assert may_enter("", False, {})
    assert sign_in._REQUIRED == SIGN_IN_REQUIRED


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    unit = tmp_path / "imid-app.service"
    text = (EXAMPLES / "imid-app.service").read_text()
    unit.write_text(text.replace("/srv/imid/.venv/bin/imid", "/bin/true"))
    ran = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_the_unit_s_command_is_one_that_imid_takes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home").create()
    release = home.releases / "wh_1.duckdb"
    release.touch()
    home.current.symlink_to(release)
    line = next(
        line
        for line in (EXAMPLES / "imid-app.service").read_text().splitlines()
        if line.startswith("ExecStart=")
    )
    started: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda _, arguments, __: started.append(arguments))
    assert run_command(["--home", str(home.root), *line.split()[1:]]) == 0
    assert "--server.baseUrlPath=imid" in started[0]


def test_the_image_runs_without_privileges() -> None:
    lines = (EXAMPLES / "Dockerfile").read_text().splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and line[0].isupper()]
    bases = [what for step, what in steps if step == "FROM"]
    assert all(":" in base and "latest" not in base for base in bases)
    assert [what for step, what in steps if step == "USER"] == ["10001:10001"]
    assert any(step == "HEALTHCHECK" for step, _ in steps)
    copied = [what.split()[:-1] for step, what in steps if step == "COPY" and "--from" not in what]
    for source in {name for names in copied for name in names}:
        assert (installation_root() / source).exists(), source
        allowed = (EXAMPLES / "Dockerfile.dockerignore").read_text().splitlines()
        assert f"!{source}" in allowed, source
