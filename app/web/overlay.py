"""A reader of the release's queries over rows of one session, which no cache may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
import polars as pl

from app.web.reader import NO_PARAMETERS, Parameters, Reader, ReadError
from warehouse.frames import open_frames


@dataclass(frozen=True)
class SessionReader(Reader):
    """Answers the queries of a page from frames that stand for marts.

    Attributes
    ----------
    marts
        Frames by the name of the mart they stand for; a query that reads another mart fails.
    """

    marts: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def rows(
        self,
        sql: str,
        parameters: Parameters = NO_PARAMETERS,
        height: int | None = None,  # noqa: ARG002
    ) -> pl.DataFrame:
        """Run one SELECT on the frames; nothing of it outlives the call.

        Raises
        ------
        ReadError
            If the query fails; the page around it stays.
        """
        tables = {f"marts.{name}": frame for name, frame in self.marts.items()}
        try:
            with open_frames(tables) as con:
                answer: pl.DataFrame = con.sql(sql, params=dict(parameters)).pl()
                return answer
        except duckdb.Error as error:
            raise ReadError(
                "What was uploaded could not be read back. Forget it and upload it again."
            ) from error

    def bulk(
        self, sql: str, parameters: Parameters = NO_PARAMETERS, height: int | None = None
    ) -> pl.DataFrame:
        """Run one SELECT on the frames, as :meth:`rows` does.

        Raises
        ------
        ReadError
            If the query fails; the page around it stays.
        """
        return self.rows(sql, parameters, height)
