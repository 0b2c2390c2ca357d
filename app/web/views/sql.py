"""SQL: one SELECT over the marts, run in a sandbox; a link carries the text and never runs it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

import polars as pl
import streamlit as st

from app.web.components.empty import nothing_left, nothing_loaded
from app.web.components.export import table_download
from app.web.components.frame import PageFrame, page_frame, section
from app.web.components.look import thousands
from app.web.components.provenance import plain
from app.web.components.tables import show_rows, show_table
from app.web.marts.about import COLUMNS, TABLES
from app.web.marts.simulated import SIMULATED
from warehouse.errors import QueryError
from warehouse.home import installation_root
from warehouse.sandbox import LONGEST_QUERY, Limits, SandboxedRows, run_sandboxed

_LIMITS: Final = Limits()
_KEPT: Final = "sql_answer"
_QUESTIONS: Final = installation_root() / "docs" / "questions.md"
_QUESTION: Final = re.compile(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```sql\n(.*?)^```", re.M | re.S)
_MONOSPACE: Final = """<style>
.st-key-sql_q_lines textarea { font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: 0.85rem; line-height: 1.5; }
</style>"""


def render() -> None:
    """Draw the page."""
    with page_frame(
        "SQL",
        "sql",
        "Ask the marts anything: one SELECT, read-only, in a process of its own that is stopped "
        f"after {_LIMITS.seconds:g} s. A link to this page carries the text; it runs only when "
        "someone presses Run.",
        reads=("q", "table", "find"),
    ) as frame:
        columns = frame.reader.rows(COLUMNS)
        if not columns.height:
            nothing_loaded("marts", "imid build")
            return
        st.html(_MONOSPACE)
        editor, browser = st.columns([3, 2], gap="medium")
        with editor:
            text, is_asked = _editor(frame)
        with browser:
            _dictionary(frame, columns)
        with section():
            _answer(frame, text, is_asked)


@st.cache_data(show_spinner=False)
def _questions() -> dict[str, str]:
    text = _QUESTIONS.read_text(encoding="utf-8") if _QUESTIONS.exists() else ""
    return {title: sql.strip() for title, sql in _QUESTION.findall(text)}


def _editor(frame: PageFrame) -> tuple[str, bool]:
    questions = _questions()

    def fill() -> None:
        chosen = st.session_state.get("sql_example")
        if chosen in questions:
            frame.state.fill("q", questions[chosen])

    st.selectbox(
        "Start from a question",
        list(questions),
        index=None,
        placeholder="Choose one; its text can be changed",
        key="sql_example",
        on_change=fill,
    )
    text = frame.state.lines(
        "Query",
        "q",
        placeholder="select symbol, log2_fold_change, padj\nfrom fct_differential_expression\n"
        "where direction = 'down'\norder by padj nulls last\nlimit 20",
        max_chars=LONGEST_QUERY,
        height=260,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        is_asked = st.button(
            "Run", type="primary", icon=":material/play_arrow:", key="sql_run", disabled=not text
        )
        st.caption(
            f"At most {thousands(_LIMITS.rows)} rows and {_LIMITS.memory_mb} MB. Ctrl + Enter "
            "takes the text over."
        )
    return text, is_asked


def _dictionary(frame: PageFrame, columns: pl.DataFrame) -> None:
    with st.container(border=True):
        st.markdown("**Tables and columns**")
        names = columns["mart"].unique().sort().to_list()
        first = "fct_differential_expression"
        mart = frame.state.choice(
            "Table", "table", names, default=first if first in names else names[0]
        )
        part = frame.state.text("Find a column", "find", placeholder="in any table, padj")
        if part:
            is_found = pl.any_horizontal(
                pl.col(name)
                .fill_null("")
                .str.to_lowercase()
                .str.contains(part.lower(), literal=True)
                for name in ("column", "meaning")
            )
            shown = columns.filter(is_found)
        else:
            shown = columns.filter(pl.col("mart") == mart).drop("mart")
            about = frame.reader.rows(TABLES).row(by_predicate=pl.col("mart") == mart, named=True)
            st.caption(f"{plain(about['meaning'] or mart)} {thousands(about['rows'])} rows.")
        if not shown.height:
            nothing_left("columns", [f"find a column “{part}”"])
            return
        show_table(
            shown,
            key="sql_dictionary",
            alt_text=f"Columns of {mart} with their types and meanings",
            columns={"meaning": st.column_config.TextColumn("Meaning", width="large")},
            height=300,
        )
        kept = ["find"] if part else ["table"]
        frame.offer_table(shown, "columns", "sql_dictionary_download", filters=kept)


def _answer(frame: PageFrame, text: str, is_asked: bool) -> None:
    release = frame.reader.release
    if is_asked:
        with st.spinner("Running in the sandbox"):
            st.session_state[_KEPT] = (release, text, _run(frame.reader.path, text))
    kept: tuple[str, str, SandboxedRows | str] | None = st.session_state.get(_KEPT)
    if kept is None:
        st.info("Nothing has been run yet.", icon=":material/info:")
        return
    of_release, of_text, answer = kept
    if of_text != text or of_release != release:
        st.caption("The answer below is to the text that was run last, not to the text above:")
        st.code(of_text, language="sql")
    if isinstance(answer, str):
        st.error("The query was not answered.", icon=":material/error:")
        st.code(answer, language=None, wrap_lines=True)
        return
    rows = answer.rows
    cut = (
        " **Only the first of more rows are shown**; aggregate or add a limit."
        if answer.is_cut
        else ""
    )
    st.markdown(
        f"{thousands(rows.height)} {'row' if rows.height == 1 else 'rows'} × "
        f"{rows.width} columns in {answer.seconds:.2f} s, from release `{of_release}`.{cut}"
    )
    show_rows(rows, key="sql_rows", alt_text="Rows of the query", height=420)
    notes = {"SQL": of_text}
    if said := _said_of_simulated(frame, rows):
        st.caption(plain(said))
        notes["Data"] = said
    digest = hashlib.sha256(of_text.encode()).hexdigest()[:10]
    table_download(rows, of_release, "query", {"sql": [digest]}, "sql_download", notes)


def _said_of_simulated(frame: PageFrame, rows: pl.DataFrame) -> str:
    """Return what holds of a result that does not say itself which rows are simulated."""
    if "is_simulated" in rows.columns:
        return ""
    simulated = frame.reader.rows(SIMULATED)["subject"].to_list()
    if not simulated:
        return ""
    return (
        f"This release holds simulated data ({', '.join(simulated)}), and the result may "
        "rest on them: join dim_contrast by contrast_id, or dim_study by study_id, and select "
        "is_simulated to see it row by row."
    )


def _run(path: str, text: str) -> SandboxedRows | str:
    try:
        return run_sandboxed(Path(path), text, _LIMITS)
    except QueryError as error:
        return str(error)


render()
