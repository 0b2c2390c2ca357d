"""Running the app's pages without a browser."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from warehouse.home import Home, installation_root

MAIN = installation_root() / "app" / "web" / "main.py"
PAGES = sorted(path.stem for path in (MAIN.parent / "views").glob("*.py"))

OpenPage = Callable[..., AppTest]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenPage]:
    """Return a function that opens a page of a warehouse with URL parameters."""

    def opened(home: Home, page: str, **parameters: str | list[str]) -> AppTest:
        monkeypatch.setenv("IMID_HOME", str(home.root))
        st.cache_data.clear()
        app = AppTest.from_file(str(MAIN), default_timeout=60)
        if page != "overview":
            app.run()
            app.switch_page(f"views/{page}.py")
        for key, value in parameters.items():
            app.query_params[key] = value
        app.run()
        return app

    yield opened
    # The app keeps its connection to a release; other tests open the same file their own way.
    st.cache_resource.clear()
    gc.collect()


@pytest.fixture(scope="session")
def empty_home(built_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A release whose every mart is there and holds no row."""
    home = Home(tmp_path_factory.mktemp("empty") / "home").create()
    release = home.releases / "wh_20260101T000000000000Z.duckdb"
    shutil.copy(built_home.current.resolve(), release)
    release.chmod(0o644)
    with duckdb.connect(str(release)) as con:
        marts = con.execute(
            "select table_name from information_schema.tables "
            "where table_schema = 'marts' and table_type = 'BASE TABLE'"
        ).fetchall()
        for (mart,) in marts:
            con.execute(f"delete from marts.{mart}")
        con.execute("delete from ops.builds")
    home.current.symlink_to(Path("releases") / release.name)
    return home


def markdown_of(app: AppTest) -> list[str]:
    """Return every text of a page that the browser reads as Markdown."""
    found: list[str] = []
    waiting: list[Any] = [app.main, app.sidebar]
    while waiting:
        node = waiting.pop()
        waiting += getattr(node, "children", {}).values()
        if node.type != "code" and node.proto is not None:
            found += _read_as_markdown(node.proto)
    return found


def _read_as_markdown(proto: Any) -> Iterator[str]:
    for descriptor, value in proto.ListFields():
        if isinstance(value, str) and descriptor.name in {"body", "label", "help", "content"}:
            yield value
        elif descriptor.type == descriptor.TYPE_MESSAGE and not descriptor.is_repeated:
            yield from _read_as_markdown(value)
        elif descriptor.type == descriptor.TYPE_MESSAGE:
            for part in value:
                yield from _read_as_markdown(part) if hasattr(part, "ListFields") else ()


def words_of(app: AppTest) -> str:
    """Return all that a page says."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "warning", "info", "error")
    said = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    said += [f"{metric.label}: {metric.value}" for metric in app.metric]
    return "\n".join(said)


def metric_of(app: AppTest, label: str) -> str:
    """Return the value of a page's metric."""
    return next(str(metric.value) for metric in app.metric if metric.label == label)
