"""Starting the web app."""

from __future__ import annotations

import ipaddress
import os
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warehouse.errors import DataError, UsageError
from warehouse.home import Home, installation_root

SIGN_IN_REQUIRED: Final = "IMID_SIGN_IN_REQUIRED"

_LOOPBACK_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_SHARED_KEYS: Final = ("redirect_uri", "cookie_secret")
_PROVIDER_KEYS: Final = ("client_id", "client_secret", "server_metadata_url")


@dataclass(frozen=True)
class Serving:
    """How the app is served.

    Attributes
    ----------
    base_path
        Path below which a reverse proxy shows the app, such as ``/imid``; empty for none.
    allowed_hosts
        Host names by which browsers reach it; on loopback the machine's own by default, else any.
    sign_in
        A ``secrets.toml`` with an ``[auth]`` section: nobody sees a page without signing in.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    base_path: str = ""
    allowed_hosts: Sequence[str] = ()
    sign_in: Path | None = None


def serve_app(home: Home, serving: Serving) -> None:
    """Replace this process by Streamlit, serving the app.

    The theme and the rest of the settings lie beside the script, in ``app/web/.streamlit``, where
    Streamlit finds them from whatever folder it is started in. ``-P`` keeps that folder off the
    import path.

    Raises
    ------
    UsageError
        If the base path is none.
    DataError
        If the file for sign-in lacks something.
    """
    environment = {**os.environ, "IMID_HOME": str(home.root)}
    environment.pop(SIGN_IN_REQUIRED, None)
    if serving.sign_in is not None:
        check_sign_in(serving.sign_in)
        environment[SIGN_IN_REQUIRED] = "true"
    os.execve(sys.executable, command(serving), environment)  # noqa: S606


def command(serving: Serving) -> list[str]:
    """Return the command that serves the app."""
    options = [
        f"--server.address={serving.host}",
        f"--server.port={serving.port}",
        f"--server.baseUrlPath={_base_path(serving.base_path)}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--client.toolbarMode=minimal",
        "--client.showErrorDetails=none",
        *(f"--server.allowedHosts={name}" for name in _host_names(serving)),
    ]
    if serving.sign_in is not None:
        options.append(f"--secrets.files={serving.sign_in.resolve()}")
    script = installation_root() / "app" / "web" / "server.py"
    return [sys.executable, "-P", "-m", "streamlit", "run", str(script), *options]


def _base_path(given: str) -> str:
    parts = given.strip("/").split("/")
    is_plain = all(part.replace("-", "").replace("_", "").isalnum() for part in parts)
    if given.strip("/") and not is_plain:
        raise UsageError(f"a path such as /imid was expected, not {given!r}.")
    return "/".join(parts)


def _host_names(serving: Serving) -> Sequence[str]:
    """Return the names a browser may use; a foreign one may be a web page's trick on loopback."""
    if serving.allowed_hosts:
        return (*_LOOPBACK_NAMES, *serving.allowed_hosts)
    try:
        is_loopback = ipaddress.ip_address(serving.host).is_loopback
    except ValueError:
        is_loopback = serving.host == "localhost"
    return _LOOPBACK_NAMES if is_loopback else ()


def check_sign_in(path: Path) -> None:
    """Refuse a file with which nobody could sign in, or anybody could.

    Raises
    ------
    DataError
        Naming what is missing.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError("there is no such file.", path) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"this is not TOML that can be read ({error}).", path) from error
    auth = content.get("auth")
    if not isinstance(auth, dict):
        raise DataError("an [auth] section was expected.", path)
    providers = [section for section in auth.values() if isinstance(section, dict)] or [auth]
    for section, keys in ((auth, _SHARED_KEYS), *((one, _PROVIDER_KEYS) for one in providers)):
        missing = [key for key in keys if not section.get(key)]
        if missing:
            raise DataError(f"[auth] lacks {', '.join(missing)}.", path)
    if path.stat().st_mode & 0o007:
        raise DataError(
            "everyone on this machine may read this file with its secrets; take that right away "
            "(chmod o-rwx).",
            path,
        )
