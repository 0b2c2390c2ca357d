"""Fetching a record from the ClinicalTrials.gov API, politely, into the warehouse's folder."""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from ingest.download import SameHostRedirects
from warehouse.errors import DataError
from warehouse.home import Home

BASE_URL_VARIABLE: Final = "IMID_CLINICALTRIALS_URL"
BASE_URL: Final = "https://clinicaltrials.gov/api/v2"
# A record fetched within this time is not asked for again.
FRESH_S: Final = 24 * 3600
MOST_BYTES: Final = 64 << 20
_BLOCK: Final = 1 << 16
_BUSY: Final = frozenset({429, 500, 502, 503, 504})

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Policy:
    """How patiently a record is asked for: seconds and attempts."""

    timeout_s: float = 30.0
    attempts: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0


@dataclass
class _Retry(Exception):  # noqa: N818 - a signal inside this module, not an error
    reason: str
    wait_s: float | None = None


def fetch_record(
    home: Home,
    nct_id: str,
    progress: Progress,
    *,
    refresh: bool = False,
    policy: Policy = Policy(),
    sleep: Callable[[float], None] = time.sleep,
) -> Path:
    """Return the file of a record, fetched unless a copy of the last day is at hand.

    Parameters
    ----------
    progress
        Told in a few words what is happening: an attempt, how much has come, a wait.
    refresh
        Fetch even if a fresh copy is at hand.

    Raises
    ------
    DataError
        If the registry has no such study, cannot be reached, or answers with something else.
    """
    target = home.downloads / f"{nct_id}.json"
    if not refresh and target.is_file() and time.time() - target.stat().st_mtime < FRESH_S:
        progress(f"{nct_id}: using the copy fetched within the last day")
        return target
    url = f"{os.environ.get(BASE_URL_VARIABLE, BASE_URL).rstrip('/')}/studies/{nct_id}?format=json"
    if urllib.parse.urlsplit(url).scheme not in {"http", "https"}:
        raise DataError(f"{BASE_URL_VARIABLE} must be an http or https address, not {url!r}.")
    wait = policy.first_wait_s
    for attempt in range(1, policy.attempts + 1):
        try:
            data = _get(url, nct_id, progress, policy)
        except _Retry as problem:
            if attempt == policy.attempts:
                kept = f" The copy fetched earlier is {target}." if target.is_file() else ""
                raise DataError(
                    f"{nct_id} could not be fetched from {urllib.parse.urlsplit(url).netloc} in "
                    f"{attempt} attempts: {problem.reason}.{kept}"
                ) from None
            pause = min(problem.wait_s or wait, policy.longest_wait_s)
            progress(f"{nct_id}: {problem.reason}; trying again in {pause:g} s")
            sleep(pause)
            wait *= 2
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            part.write_bytes(data)
            part.rename(target)
            return target
    raise AssertionError("the last attempt either returns or raises")


def _get(url: str, nct_id: str, progress: Progress, policy: Policy) -> bytes:
    request = urllib.request.Request(  # noqa: S310 - the caller has checked the scheme
        url,
        headers={
            "Accept": "application/json",
            "User-Agent": f"imid-warehouse/{version('imid-warehouse')}",
        },
    )
    progress(f"{nct_id}: asking {urllib.parse.urlsplit(url).netloc}")
    opener = urllib.request.build_opener(SameHostRedirects)
    try:
        with opener.open(request, timeout=policy.timeout_s) as answer:
            data = _read(answer, nct_id, progress, policy)
    except urllib.error.HTTPError as error:
        raise _http_problem(error, nct_id) from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise _Retry(_network_words(error)) from None
    except ValueError as error:
        raise DataError(f"the registry's answer makes no sense ({error}).") from None
    try:
        study = json.loads(data)
        found = study["protocolSection"]["identificationModule"]["nctId"]
    except (ValueError, KeyError, TypeError):
        raise _Retry("the answer is no study of the API, or was cut off") from None
    if found != nct_id:
        raise DataError(f"the registry answered with {found} when asked for {nct_id}.")
    return data


def _read(
    answer: http.client.HTTPResponse, nct_id: str, progress: Progress, policy: Policy
) -> bytes:
    announced = answer.headers.get("Content-Length")
    if announced and announced.isdigit() and int(announced) > MOST_BYTES:
        raise _too_large(nct_id)
    # The timeout above is per read; a server that drips must not hold the command for ever.
    deadline = time.monotonic() + 10 * policy.timeout_s
    data = bytearray()
    while block := answer.read(_BLOCK):
        data += block
        if len(data) > MOST_BYTES:
            raise _too_large(nct_id)
        if time.monotonic() > deadline:
            raise _Retry("the answer came too slowly")
        progress(f"{nct_id}: {len(data) / 1e3:,.0f} kB")
    if announced and announced.isdigit() and len(data) < int(announced):
        raise _Retry("the answer was cut off")
    return bytes(data)


def _too_large(nct_id: str) -> DataError:
    return DataError(
        f"the answer for {nct_id} is larger than {MOST_BYTES >> 20} MB, which no record is; "
        "nothing was kept."
    )


def _http_problem(error: urllib.error.HTTPError, nct_id: str) -> Exception:
    if error.code == 404:
        return DataError(f"ClinicalTrials.gov has no study {nct_id}.")
    if error.code in _BUSY:
        after = error.headers.get("Retry-After", "")
        return _Retry(
            "the registry asks for fewer requests"
            if error.code == 429
            else f"the registry answered with status {error.code}",
            float(after) if after.isdigit() else None,
        )
    return DataError(f"the registry answered with status {error.code} to {nct_id}.")


def _network_words(error: BaseException) -> str:
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError) or isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer was cut off"
    return f"the connection failed ({cause})"
