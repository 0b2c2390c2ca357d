"""A server of recorded files that can be as slow, cut and wrong as servers are."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class FileServer:
    """Serves ``files`` by their names; the first answers may be spoilt.

    Attributes
    ----------
    spoilt
        For each of the next requests: ``cut``, ``slow``, ``busy``, ``away``, ``page`` or ``ok``.
    etag
        The version of every file; None if the server names none.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    spoilt: list[str] = field(default_factory=list)
    etag: str | None = '"1"'
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        parts = urlsplit(handler.path)
        name = parse_qs(parts.query).get("file", [parts.path.rsplit("/", 1)[-1]])[0]
        self.asked.append((handler.path, handler.headers.get("Range")))
        how = self.spoilt.pop(0) if self.spoilt else "ok"
        data = self.files.get(name)
        if how == "busy":
            _head(handler, 503, {"Retry-After": "7", "Content-Length": "0"})
        elif how == "away":
            _head(handler, 302, {"Location": "http://elsewhere.invalid/x", "Content-Length": "0"})
        elif data is None:
            _head(handler, 404, {"Content-Length": "0"})
        else:
            if how == "slow":
                time.sleep(0.8)
            self._send(handler, b"<html>not today</html>" if how == "page" else data, how == "cut")

    def _send(self, handler: BaseHTTPRequestHandler, data: bytes, is_cut: bool) -> None:
        start = 0
        wanted = handler.headers.get("Range")
        if wanted and self.etag and handler.headers.get("If-Range") == self.etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        headers = {"Content-Length": str(len(data) - start)}
        if self.etag:
            headers["ETag"] = self.etag
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        _head(handler, 206 if start else 200, headers)
        handler.wfile.write(data[start : start + len(data) // 3] if is_cut else data[start:])


def _head(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()


@contextmanager
def serving() -> Iterator[FileServer]:
    """Run a server on a free port of this machine."""
    state = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                state.answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
