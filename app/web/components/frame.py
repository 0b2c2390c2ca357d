"""What stands on every page: title, release and date, marks, the link to the view, banners."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.web.charts.base import Figure, with_marks
from app.web.components import export
from app.web.components.empty import nothing_published
from app.web.components.look import Look
from app.web.components.provenance import plain
from app.web.components.state import UrlState
from app.web.reader import PAGE_STANDS, Build, Reader, ReadError, published_reader
from app.web.reports.document import Report, report_html

SIMULATED_NOTE = (
    "Simulated data: made by a random number generator to show how the product works. "
    "Nothing in it is biology."
)

# What marks everything that rests on an upload, on the page and in what is downloaded from it.
SESSION_MARK: Final = "your upload, this session only"
SESSION_COLUMN: Final = "upload"

# What marks everything that rests on simulated data. A table that says it row by row has one of
# these columns itself.
SIMULATED_COLUMN: Final = "data"
_SAYS_ITSELF: Final = frozenset({SIMULATED_COLUMN, "simulated", "is_simulated"})

_DRAWN = "page drawn"


@dataclass
class PageFrame:
    """A page being drawn: its reader, its URL state and the places filled when it is done."""

    reader: Reader
    state: UrlState
    build: Build | None
    marks: DeltaGenerator
    banners: DeltaGenerator
    link_place: DeltaGenerator
    rests_on_upload: bool = False
    simulated: str = ""
    _is_marked: bool = False

    def mark_simulated(self, *simulated: bool | None) -> None:
        """Mark the page, and what it offers from here on, where what it shows is simulated.

        Parameters
        ----------
        simulated
            Of each thing shown, whether it is simulated; None where no data stand behind it.
        """
        self.simulated = simulated_words(*simulated)
        if self.simulated and not self._is_marked:
            self.marks.warning(SIMULATED_NOTE, icon=":material/science:")
            self._is_marked = True

    @contextmanager
    def resting_on(self, *simulated: bool | None) -> Iterator[None]:
        """Mark what is offered meanwhile, and it alone, as :meth:`mark_simulated` does."""
        before, self.simulated = self.simulated, simulated_words(*simulated)
        try:
            yield
        finally:
            self.simulated = before

    @contextmanager
    def resting_on_upload(self, rests: bool) -> Iterator[None]:
        """Mark what is drawn and offered meanwhile as resting on the upload of this session."""
        before, self.rests_on_upload = self.rests_on_upload, rests
        try:
            yield
        finally:
            self.rests_on_upload = before

    def marked_table(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return a table with columns that say it rests on an upload or on simulated data."""
        marks = []
        if self.rests_on_upload and SESSION_COLUMN not in frame.columns:
            marks.append(pl.lit(SESSION_MARK).alias(SESSION_COLUMN))
        if self.simulated and _SAYS_ITSELF.isdisjoint(frame.columns):
            marks.append(pl.lit(self.simulated).alias(SIMULATED_COLUMN))
        return frame.with_columns(marks)

    def marked_figure(self, build: export.ChartBuilder) -> export.ChartBuilder:
        """Return a figure with the marks of an upload and of simulated data below its title."""
        marks = [f"With {SESSION_MARK}."] if self.rests_on_upload else []
        if self.simulated:
            marks.append(f"{self.simulated[:1].upper()}{self.simulated[1:]} data.")
        if not marks:
            return build

        def marked(look: Look) -> Figure:
            return with_marks(build(look), marks)

        return marked

    def offer_table(
        self, frame: pl.DataFrame, what: str, key: str, filters: Collection[str] | None = None
    ) -> None:
        """Offer the table just shown for download.

        Parameters
        ----------
        filters
            Parameters of the page that the table is filtered by; all drawn so far if not given.
        """
        notes = {"Upload": f"With {SESSION_MARK}."} if self.rests_on_upload else {}
        if self.simulated:
            notes["Data"] = f"{self.simulated}: {SIMULATED_NOTE}"
        export.table_download(
            self.marked_table(frame),
            self.reader.release,
            self._named(what),
            self._applied(filters),
            key,
            notes,
        )

    def offer_figure(
        self,
        build: export.ChartBuilder,
        what: str,
        key: str,
        filters: Collection[str] | None = None,
    ) -> None:
        """Offer the figure just shown for download; ``filters`` as in :meth:`offer_table`."""
        export.figure_download(
            self.marked_figure(build),
            self.reader.release,
            self._named(what),
            self._applied(filters),
            key,
        )

    def _applied(self, filters: Collection[str] | None) -> dict[str, list[str]]:
        values = self.state.values
        return {key: values[key] for key in values if filters is None or key in filters}

    def _named(self, what: str) -> str:
        marks = [self.simulated, SESSION_MARK if self.rests_on_upload else ""]
        return "_".join([what, *filter(None, marks)])

    def offer_report(self, write: Callable[[str], Report], what: str, key: str) -> None:
        """Offer what the page shows as one HTML file to print; ``write`` is given the link."""
        reader, build, link = self.reader, self.build, self.state.link()
        st.download_button(
            "Printable report",
            data=lambda: report_html(write(link), reader, build),
            file_name=export.file_name(
                reader.release, self._named(f"report-{what}"), self.state.values, "html"
            ),
            mime="text/html",
            icon=":material/print:",
            key=key,
            on_click="ignore",
            help="One HTML file with figures, tables and sources; it needs nothing else.",
        )


def simulated_words(*simulated: bool | None) -> str:
    """Return ``simulated`` or ``partly simulated`` as the data are, nothing where none is."""
    known = [one for one in simulated if one is not None]
    if not any(known):
        return ""
    return "simulated" if all(known) else "partly simulated"


def data_words() -> pl.Expr:
    """Return ``is_simulated`` of each row in words: simulated, measured, or nothing where null."""
    return (
        pl.col("is_simulated")
        .replace_strict({True: "simulated", False: "measured"}, return_dtype=pl.String)
        .alias(SIMULATED_COLUMN)
    )


@contextmanager
def page_frame(title: str, path: str, lead: str, reads: Sequence[str] = ()) -> Iterator[PageFrame]:
    """Draw a page's head, then its body, then what depends on the body.

    A query that fails shows a sentence and leaves the rest of the page.

    Parameters
    ----------
    reads
        All parameters of the URL that the page has a filter for, drawn at the moment or not.
    """
    st.session_state[PAGE_STANDS] = st.session_state.get(_DRAWN) == title
    head = st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"
    )
    head.title(title, anchor=False, width="content")
    link_place = head.container(width="content")
    st.markdown(lead)
    reader = published_reader()
    if reader is None:
        nothing_published()
        st.stop()
    try:
        build = reader.build()
    except ReadError:
        build = None
    st.caption(build_line(reader, build))
    frame = PageFrame(
        reader=reader,
        state=UrlState(path, reads),
        build=build,
        marks=st.container(),
        banners=st.container(),
        link_place=link_place,
    )
    frame.state.arrive()
    try:
        yield frame
        # A run that is broken off leaves nothing to stand.
        st.session_state[_DRAWN] = title
    except ReadError as error:
        st.error(str(error), icon=":material/error:")
    finally:
        _finish(frame)


@contextmanager
def section() -> Iterator[None]:
    """Keep the rest of a page where one section's query fails."""
    try:
        yield
    except ReadError as error:
        st.error(str(error), icon=":material/error:")


def build_line(reader: Reader, build: Build | None) -> str:
    """Return the line that says which release is shown and when it was built."""
    line = f"Release {reader.release}"
    if build is None:
        return line
    passed = f"{build.tests_passed} tests passed"
    warned = f", {build.tests_warned} warned" if build.tests_warned else ""
    when = f"{build.finished_at:%-d %B %Y, %H:%M} UTC"
    return f"{line} · built {when} · {passed}{warned}"


def _finish(frame: PageFrame) -> None:
    sentences: Sequence[str] = frame.state.refusals()
    unknown = frame.state.unknown_parameters()
    if unknown:
        names = ", ".join(f"“{name[:40]}”" for name in unknown[:5])
        sentences = [*sentences, f"The link holds {names}, which this page does not read."]
    if sentences:
        # The words of a link are anyone's: no markup, and above all no picture from elsewhere.
        said = "\n\n".join(plain(sentence) for sentence in sentences)
        frame.banners.warning(said, icon=":material/link_off:")
    with frame.link_place, st.popover("Copy link", icon=":material/link:", key="copy_link"):
        st.caption("The address of this view with all its filters.")
        st.code(frame.state.link(), language=None, wrap_lines=True)
