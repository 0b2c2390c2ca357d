"""Running Python without a network: the first look-up or connection ends the process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from warehouse.home import installation_root

CAUGHT = 9
_GUARD = f"""\
import os, sys
def guard(event, arguments):
    if event in {{"socket.getaddrinfo", "socket.gethostbyname", "socket.connect"}}:
        os._exit({CAUGHT})
sys.addaudithook(guard)
"""


def run_offline(
    program: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program in the repository; it ends with ``CAUGHT`` where it turned to the network."""
    root = str(installation_root())
    return subprocess.run(
        [sys.executable, "-c", _GUARD + program, *arguments],
        cwd=root,
        env={**(os.environ if environment is None else environment), "PYTHONPATH": root},
        capture_output=True,
        text=True,
    )
