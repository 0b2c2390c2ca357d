"""The one reader of the published release: read-only, one connection per release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import streamlit as st

from warehouse.connections import current_release, open_release
from warehouse.errors import ImidError
from warehouse.home import Home

Parameter = str | int | float | bool | None | Sequence[str]
Parameters = Mapping[str, Parameter]

NO_PARAMETERS: Parameters = {}
# Streamlit shows this only where a query takes longer than half a second.
_READING = "Reading the release …"
# Whether the page being drawn stands there already, from an earlier run.
PAGE_STANDS = "page stands"


class ReadError(Exception):
    """A query of the app failed; the text is one sentence for a person."""


@dataclass(frozen=True)
class Build:
    """What the build ledger says of the published release."""

    build_id: str
    finished_at: datetime
    models: int
    tests_passed: int
    tests_warned: int
    tests_failed: int
    fdr: float
    abs_lfc: float
    version: str


@dataclass(frozen=True)
class Reader:
    """Reads the marts of one release; its name is part of every cache key.

    Attributes
    ----------
    release
        Name of the release, which is the id of its build.
    path
        Real path of the release's file, never the ``current`` link.
    """

    release: str
    path: str

    def rows(
        self, sql: str, parameters: Parameters = NO_PARAMETERS, height: int | None = None
    ) -> pl.DataFrame:
        """Run one SELECT on the marts and keep its rows for the next rerun.

        Parameters
        ----------
        sql
            A constant SELECT; values are bound by name as ``$name``.
        height
            Pixels that what the rows are for will take; a query that takes long shows a block of
            that height in its place.

        Raises
        ------
        ReadError
            If the query fails; the page around it stays.
        """
        with _waiting(height):
            return _kept_rows(self.release, self.path, sql, dict(parameters))

    def bulk(
        self, sql: str, parameters: Parameters = NO_PARAMETERS, height: int | None = None
    ) -> pl.DataFrame:
        """Run one SELECT whose result is too large to be worth keeping in memory.

        Parameters are those of :meth:`rows`.

        Raises
        ------
        ReadError
            If the query fails; the page around it stays.
        """
        with _waiting(height):
            return _read(self.release, self.path, sql, dict(parameters))

    def build(self) -> Build | None:
        """Return the ledger's row of this release; None where it has none.

        The ledger is written when dbt is done, so no mart can hold it.
        """
        found = self.rows(
            """
            select build_id, finished_at, models, tests_passed, tests_warned, tests_failed,
                   fdr_threshold as fdr, abs_lfc_threshold as abs_lfc, imid_version as version
            from ops.builds
            where build_id = $release
            """,
            {"release": self.release},
        )
        return Build(**found.row(0, named=True)) if found.height else None


def published_reader() -> Reader | None:
    """Return a reader of what is published now; None where nothing is.

    The link is resolved at every call, so a release published under a running app is read at the
    next rerun.
    """
    try:
        path = current_release(Home.locate())
    except ImidError:
        return None
    return Reader(path.stem, str(path))


@st.cache_resource(max_entries=3, show_spinner=False)
def _connection(release: str, path: str) -> duckdb.DuckDBPyConnection:  # noqa: ARG001
    return open_release(Path(path))


@contextmanager
def _waiting(height: int | None) -> Iterator[None]:
    """Show that a query runs, where it takes longer than half a second.

    A page drawn for the first time shows a block as tall as what comes. On a page that stands
    already the old content stays in its place and fades, so that nothing jumps.
    """
    if not st.runtime.exists():
        yield
    elif height is None:
        with st.spinner(_READING):
            yield
    elif st.session_state.get(PAGE_STANDS):
        # Holds the block's place among the page's elements.
        st.empty()
        yield
    else:
        with st.skeleton(height):
            yield


@st.cache_data(max_entries=128, show_spinner=False)
def _kept_rows(release: str, path: str, sql: str, parameters: dict[str, Parameter]) -> pl.DataFrame:
    return _read(release, path, sql, parameters)


def _read(release: str, path: str, sql: str, parameters: dict[str, Parameter]) -> pl.DataFrame:
    try:
        cursor = _connection(release, path).cursor()
        try:
            frame: pl.DataFrame = cursor.sql(sql, params=parameters).pl()
            return frame
        finally:
            cursor.close()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise ReadError(
            f"Release {release} lacks what this page reads. Build it again with `imid build`."
        ) from error
    except (duckdb.Error, OSError, ImidError) as error:
        raise ReadError(
            f"Release {release} could not be read here. Reload the page; if it stays so, "
            "run `imid doctor`."
        ) from error
