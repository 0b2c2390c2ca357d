"""What stands on every page: title, release and date, marks, the link to the view, banners."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.web.components import export
from app.web.components.empty import nothing_published
from app.web.components.state import UrlState
from app.web.reader import PAGE_STANDS, Build, Reader, ReadError, published_reader
from app.web.reports.document import Report, report_html

SIMULATED_NOTE = (
    "Simulated data: made by a random number generator to show how the product works. "
    "Nothing in it is biology."
)


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
    known_parameters: list[str] = field(default_factory=list)

    def mark_simulated(self, simulated: bool | None) -> None:
        """Mark the page where what it shows is simulated."""
        if simulated:
            self.marks.warning(SIMULATED_NOTE, icon=":material/science:")

    def offer_table(self, frame: pl.DataFrame, what: str, key: str) -> None:
        """Offer the table just shown for download."""
        export.table_download(frame, self.reader.release, what, self.state.values, key)

    def offer_figure(self, build: export.ChartBuilder, what: str, key: str) -> None:
        """Offer the figure just shown for download."""
        export.figure_download(build, self.reader.release, what, self.state.values, key)

    def offer_report(self, write: Callable[[str], Report], what: str, key: str) -> None:
        """Offer what the page shows as one HTML file to print; ``write`` is given the link."""
        reader, build, link = self.reader, self.build, self.state.link()
        st.download_button(
            "Printable report",
            data=lambda: report_html(write(link), reader, build),
            file_name=export.file_name(reader.release, f"report-{what}", self.state.values, "html"),
            mime="text/html",
            icon=":material/print:",
            key=key,
            on_click="ignore",
            help="One HTML file with figures, tables and sources; it needs nothing else.",
        )


@contextmanager
def page_frame(title: str, path: str, lead: str) -> Iterator[PageFrame]:
    """Draw a page's head, then its body, then what depends on the body.

    A query that fails shows a sentence and leaves the rest of the page.
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
        state=UrlState(path),
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
    unknown = frame.state.unknown_parameters(frame.known_parameters)
    if unknown:
        names = ", ".join(f"“{name[:40]}”" for name in unknown[:5])
        sentences = [*sentences, f"The link holds {names}, which this page does not read."]
    if sentences:
        frame.banners.warning("\n\n".join(sentences), icon=":material/link_off:")
    with frame.link_place, st.popover("Copy link", icon=":material/link:", key="copy_link"):
        st.caption("The address of this view with all its filters.")
        st.code(frame.state.link(), language=None, wrap_lines=True)
