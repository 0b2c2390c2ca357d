"""What a printable report is made of, and its one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from app.web.components.export import ChartBuilder, figure_bytes
from app.web.components.look import scientific
from app.web.marts.provenance import PROVENANCE
from app.web.reader import Build, Reader

MOST_ROWS: Final = 500

_TEMPLATE: Final = Path(__file__).parent.parent / "assets" / "report.html.jinja"


@dataclass(frozen=True)
class Column:
    """A column of a report's table.

    Attributes
    ----------
    digits
        Decimals of a number; None for text.
    is_p_value
        Whether it is written as people write p-values.
    """

    name: str
    heading: str
    digits: int | None = None
    is_p_value: bool = False

    @property
    def is_number(self) -> bool:
        """Whether its cells are set as numbers."""
        return self.is_p_value or self.digits is not None

    def write(self, value: Any) -> str:  # noqa: ANN401
        """Return one cell as text; missing is a dash."""
        if value is None:
            return "–"
        if self.is_p_value:
            return scientific(value)
        if self.digits is not None:
            return f"{value:.{self.digits}f}".replace("-", "−")
        return str(value)


@dataclass(frozen=True)
class Section:
    """A part of a report: a heading with paragraphs, a figure or a table, as far as it has them."""

    heading: str
    paragraphs: Sequence[str] = ()
    figure: ChartBuilder | None = None
    columns: Sequence[Column] = ()
    rows: pl.DataFrame | None = None

    @property
    def svg(self) -> Markup:
        """The figure as inline SVG."""
        assert self.figure is not None  # noqa: S101
        return Markup(figure_bytes(self.figure, "svg").decode())  # noqa: S704

    @property
    def cells(self) -> list[list[str]]:
        """The table's first rows, written out."""
        if self.rows is None:
            return []
        shown = self.rows.head(MOST_ROWS).select([column.name for column in self.columns])
        return [
            [column.write(value) for column, value in zip(self.columns, row, strict=True)]
            for row in shown.iter_rows()
        ]


@dataclass(frozen=True)
class Report:
    """A whole report.

    Attributes
    ----------
    facts
        Name and value of what holds for all of it: direction, thresholds, numbers of samples.
    marks
        Warnings that stand above everything: simulated, naive and unanchored.
    link
        The address of the page that shows the same.
    """

    kind: str
    title: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    sources: pl.DataFrame
    marks: Sequence[str] = field(default_factory=tuple)
    link: str = ""


def report_html(report: Report, reader: Reader, build: Build | None) -> bytes:
    """Return a report as one HTML file: styles and figures inside, no request to anyone."""
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    text = template.render(report=report, release=reader.release, build=build, most=MOST_ROWS)
    return text.encode()


def sources_of(reader: Reader, mart: str, subjects: Sequence[str]) -> pl.DataFrame:
    """Return the sources of some subjects of a mart, one row each, as the page's menu has them."""
    found = [
        reader.rows(PROVENANCE, {"mart": mart, "subject": subject}).with_columns(
            pl.lit(subject).alias("subject")
        )
        for subject in subjects
    ]
    return pl.concat(found, how="vertical_relaxed") if found else pl.DataFrame()
