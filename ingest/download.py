"""Downloading a file politely: resumed where it was cut, checked, and kept only when whole."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Final

from warehouse.errors import DataError

_BLOCK: Final = 1 << 16
_BUSY: Final = frozenset({408, 429, 500, 502, 503, 504})
_NOT_THERE: Final = frozenset({404, 410})

Progress = Callable[[str], None]
# Says what is wrong with a whole file, or None if it is what was asked for.
Check = Callable[[Path], str | None]


class NotThereError(DataError):
    """The server says that it has no such file."""


@dataclass(frozen=True)
class Policy:
    """How patiently a file is asked for.

    Attributes
    ----------
    timeout_s
        Longest silence of the server.
    total_s
        Longest time for one attempt, however steadily it drips.
    """

    timeout_s: float = 30.0
    total_s: float = 3600.0
    attempts: int = 5
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0


POLITE: Final = Policy()


@dataclass(frozen=True)
class Downloaded:
    """A whole file in the cache; ``is_new`` unless the copy at hand was used."""

    path: Path
    sha256: str
    bytes: int
    is_new: bool


@dataclass
class _Retry(Exception):  # noqa: N818 - a signal inside this module, not an error
    reason: str
    wait_s: float | None = None


class SameHostRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect on the same host and scheme only."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request that follows, or refuse."""
        before, after = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            raise DataError(
                f"{before.netloc} sent us on to {after.netloc or newurl}, which is another host; "
                "nothing was fetched."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(
    url: str,
    target: Path,
    progress: Progress,
    *,
    most_bytes: int,
    check: Check = lambda _: None,
    refresh: bool = False,
    policy: Policy = POLITE,
    sleep: Callable[[float], None] = time.sleep,
) -> Downloaded:
    """Return a file of a server, fetched unless a sound copy is at hand.

    What has come of a file is kept beside ``target`` as ``.part`` until it is whole, also when
    the command is interrupted, and goes on from there if the server still has the same file. The
    whole file's sha256 is kept as ``.sha256``, in the form of ``sha256sum``.

    Parameters
    ----------
    progress
        Told in a few words what is happening: an attempt, how much has come, a wait.
    most_bytes
        A larger file is refused.
    check
        Asked about the whole file before it takes its name.
    refresh
        Fetch even if a sound copy is at hand.

    Raises
    ------
    NotThereError
        If the server has no such file.
    DataError
        If it cannot be reached, sends us to another host, or sends something else.
    """
    name = target.name
    if not refresh and (held := _held(target)) is not None:
        progress(f"{name}: using the copy at hand")
        return held
    host = urllib.parse.urlsplit(url)
    if host.scheme not in {"http", "https"}:
        raise DataError(f"{url!r} is no http or https address.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _Part(target)
    wait = policy.first_wait_s
    for attempt in range(1, policy.attempts + 1):
        try:
            _get(url, part, progress, most_bytes, policy)
            _require_sound(part, check)
            return part.finish()
        except _Retry as trouble:
            if attempt == policy.attempts:
                raise DataError(
                    f"{name} could not be fetched from {host.netloc} in {attempt} attempts: "
                    f"{trouble.reason}."
                ) from None
            pause = min(trouble.wait_s or wait, policy.longest_wait_s)
            progress(f"{name}: {trouble.reason}; trying again in {pause:g} s")
            sleep(pause)
            wait *= 2
    raise AssertionError("the last attempt either returns or raises")


class _Part:
    """What has come of a file, and which version of it the server said that was."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self._version = target.with_name(f"{target.name}.part.json")

    def resume_headers(self, url: str) -> dict[str, str]:
        """Return what asks for the rest, if there is a part of a known version of that URL."""
        try:
            held = json.loads(self._version.read_text(encoding="utf-8"))
            size = self.path.stat().st_size
            version_tag = str(held["version"])
            is_same = held["url"] == url
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        if not (size and is_same):
            return {}
        return {"Range": f"bytes={size}-", "If-Range": version_tag}

    def begin(self, url: str, version_tag: str | None) -> None:
        """Start anew with a file of this version."""
        self.discard()
        if version_tag is not None:
            text = json.dumps({"url": url, "version": version_tag})
            self._version.write_text(text, encoding="utf-8")

    def discard(self) -> None:
        """Remove what has come."""
        self.path.unlink(missing_ok=True)
        self._version.unlink(missing_ok=True)

    def finish(self) -> Downloaded:
        """Give the whole file its name and note its hash."""
        digest, size = _sha256(self.path), self.path.stat().st_size
        _sidecar(self.target).unlink(missing_ok=True)
        self.path.replace(self.target)
        _sidecar(self.target).write_text(f"{digest}  {self.target.name}\n", encoding="utf-8")
        self._version.unlink(missing_ok=True)
        return Downloaded(self.target, digest, size, is_new=True)


def _require_sound(part: _Part, check: Check) -> None:
    try:
        problem = check(part.path)
    except DataError:
        part.discard()
        raise
    if problem is not None:
        part.discard()
        raise _Retry(problem)


def _get(url: str, part: _Part, progress: Progress, most_bytes: int, policy: Policy) -> None:
    name = part.target.name
    resume = part.resume_headers(url)
    request = urllib.request.Request(  # noqa: S310 - the caller has checked the scheme
        url,
        headers={
            "User-Agent": f"imid-warehouse/{version('imid-warehouse')}",
            "Accept-Encoding": "identity",
            **resume,
        },
    )
    progress(f"{name}: asking {urllib.parse.urlsplit(url).netloc}")
    opener = urllib.request.build_opener(SameHostRedirects)
    try:
        with opener.open(request, timeout=policy.timeout_s) as answer:
            _receive(answer, url, part, progress, most_bytes, policy)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            part.discard()
            raise _Retry("the server's file has changed") from None
        raise _http_problem(error, name) from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise _Retry(_network_words(error)) from None
    except ValueError as error:
        raise DataError(f"the server's answer for {name} makes no sense ({error}).") from None


def _receive(
    answer: http.client.HTTPResponse,
    url: str,
    part: _Part,
    progress: Progress,
    most_bytes: int,
    policy: Policy,
) -> None:
    name = part.target.name
    start = part.path.stat().st_size if answer.status == 206 else 0
    if start and not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
        part.discard()
        raise _Retry("the server went on at another place than asked")
    if not start:
        part.begin(url, _version_tag(answer.headers))
    announced = answer.headers.get("Content-Length", "")
    total = start + int(announced) if announced.isdigit() else None
    if total is not None and total > most_bytes:
        part.discard()
        raise _too_large(name, most_bytes)
    deadline = time.monotonic() + policy.total_s
    come = start
    with part.path.open("ab") as file:
        while block := answer.read(_BLOCK):
            file.write(block)
            come += len(block)
            if come > most_bytes:
                file.close()
                part.discard()
                raise _too_large(name, most_bytes)
            if time.monotonic() > deadline:
                raise _Retry("the file came too slowly")
            of_total = f" of {total / 1e6:,.1f}" if total else ""
            progress(f"{name}: {come / 1e6:,.1f}{of_total} MB")
    if total is not None and come < total:
        raise _Retry(f"the file was cut off at {come:,} of {total:,} bytes")


def _version_tag(headers: http.client.HTTPMessage) -> str | None:
    """Return what If-Range takes: a strong ETag, else the date of the last change."""
    tag = headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified")


def _held(target: Path) -> Downloaded | None:
    try:
        expected = _sidecar(target).read_text(encoding="utf-8").split()[0]
        digest = _sha256(target)
    except (OSError, ValueError, IndexError):
        return None
    if digest != expected:
        return None
    return Downloaded(target, digest, target.stat().st_size, is_new=False)


def _sidecar(target: Path) -> Path:
    return target.with_name(f"{target.name}.sha256")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _too_large(name: str, most_bytes: int) -> DataError:
    return DataError(f"{name} is larger than {most_bytes / 1e6:,.0f} MB; nothing was kept.")


def _http_problem(error: urllib.error.HTTPError, name: str) -> Exception:
    if error.code in _NOT_THERE:
        return NotThereError(f"the server has no {name}.")
    if error.code in _BUSY:
        after = error.headers.get("Retry-After", "")
        words = (
            "the server asks for fewer requests"
            if error.code == 429
            else f"the server answered with status {error.code}"
        )
        return _Retry(words, float(after) if after.isdigit() else None)
    return DataError(f"the server answered with status {error.code} when asked for {name}.")


def _network_words(error: BaseException) -> str:
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError) or isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "the file was cut off"
    return f"the connection failed ({cause})"
