"""Starting the web app."""

from __future__ import annotations

import os
import sys

from warehouse.home import Home, installation_root


def serve_app(home: Home, host: str, port: int) -> None:
    """Replace this process by Streamlit, serving the app on ``host:port``.

    The theme and the rest of the settings lie beside the script, in ``app/web/.streamlit``, where
    Streamlit finds them from whatever folder it is started in. ``-P`` keeps that folder off the
    import path.
    """
    script = installation_root() / "app" / "web" / "main.py"
    environment = {**os.environ, "IMID_HOME": str(home.root)}
    arguments = [
        sys.executable,
        "-P",
        "-m",
        "streamlit",
        "run",
        str(script),
        f"--server.address={host}",
        f"--server.port={port}",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--client.toolbarMode=minimal",
        "--client.showErrorDetails=none",
    ]
    os.execve(sys.executable, arguments, environment)  # noqa: S606
