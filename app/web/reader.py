"""The one reader of the published release: read-only, one connection per release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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

_NO_PARAMETERS: Parameters = {}
# Streamlit shows this only where a query takes longer than half a second.
_READING = "Reading the release …"


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

    def rows(self, sql: str, parameters: Parameters = _NO_PARAMETERS) -> pl.DataFrame:
        """Run one SELECT on the marts and keep its rows for the next rerun.

        Parameters
        ----------
        sql
            A constant SELECT; values are bound by name as ``$name``.

        Raises
        ------
        ReadError
            If the query fails; the page around it stays.
        """
        return _kept_rows(self.release, self.path, sql, dict(parameters))

    def bulk(self, sql: str, parameters: Parameters = _NO_PARAMETERS) -> pl.DataFrame:
        """Run one SELECT whose result is too large to be worth keeping in memory.

        Raises
        ------
        ReadError
            If the query fails; the page around it stays.
        """
        if not st.runtime.exists():
            return _read(self.release, self.path, sql, dict(parameters))
        with st.spinner(_READING):
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


@st.cache_data(max_entries=128, show_spinner=_READING)
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
