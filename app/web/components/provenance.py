"""The way from a number to its source: load, file, sha256, and document, table, row and words."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from app.lineage import trace
from app.web.marts.provenance import PROVENANCE
from app.web.reader import Reader
from warehouse.errors import ImidError

# What Markdown makes a link of, escaped or not.
_ADDRESS = re.compile(
    r"((?:https?://|www\.)[^\s`*<>\[\]]*|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+[\w.+@-]*)",
    re.IGNORECASE,
)
# What ends a sentence or bracket and not the address in it.
_CLOSING = ".,;:!?)]}>\"'”’"
# The mart's own words, once their brackets are plain.
_FILE_HASH = re.compile(r" \\\(sha256 ([0-9a-f]{64})\\\)")


def source_menu(reader: Reader, mart: str, subject: str, key: str, label: str = "Source") -> None:
    """Draw a small menu with where a subject's numbers come from."""
    with st.popover(label, icon=":material/account_tree:", key=key):
        source_text(reader, mart, subject)


def source_text(reader: Reader, mart: str, subject: str) -> None:
    """Write where a subject's numbers come from."""
    found = reader.rows(PROVENANCE, {"mart": mart, "subject": subject})
    if not found.height:
        st.markdown(f"No source is recorded for `{subject}`.")
        return
    for row in found.iter_rows(named=True):
        st.markdown(source_markdown(row))


def whole_chain(reader: Reader, mart: str, key: list[str]) -> bool:
    """Write the chain from one row to models, fits, loads and files, as ``imid trace`` does.

    Returns whether the row rests on simulated data.
    """
    try:
        found = trace(reader.release, mart, key, reader.rows)
    except ImidError as error:
        st.markdown(plain(str(error)))
        return False
    st.code("\n".join(found.source_lines()), language=None, wrap_lines=True)
    return found.is_simulated


def source_markdown(row: dict[str, Any]) -> str:
    """Return one provenance row as lines of Markdown."""
    lines: list[str] = []
    if row["document_title"]:
        place = ", ".join(
            part
            for part in (
                plain(row["source_location"]) if row["source_location"] else None,
                f"row {row['source_row']}" if row["source_row"] is not None else None,
                f"column “{plain(row['source_column'])}”" if row["source_column"] else None,
            )
            if part
        )
        lines.append(f"**{plain(row['document_title'])}** ({place})")
    if row["verbatim"]:
        lines.append(f"Verbatim: “{plain(row['verbatim'])}”")
    line = f", line {row['source_line']}" if row["source_line"] is not None else ""
    files = (row["files"] or "").split("; ")
    if len(files) > 1:
        lines.append("\n".join(f"- {_file_markdown(file)}" for file in files))
    else:
        lines.append(f"File `{row['file_name']}`{line}")
        lines.append(f"sha256 `{row['file_sha256']}`")
    if row["fit_id"]:
        lines.append(f"Fit `{row['fit_id']}`")
    lines.append(
        f"Loaded {row['loaded_at']:%-d %B %Y, %H:%M} UTC by imid-warehouse {row['imid_version']}, "
        f"load `{row['load_id']}`, traced from `{row['mart']}`"
    )
    return "\n\n".join(lines)


def _file_markdown(file: str) -> str:
    """Return one of a load's files, as the mart writes it, with its hash set off."""
    return _FILE_HASH.sub(r", sha256 `\1`", plain(file))


def plain(text: str) -> str:
    """Return words of a document or of a link so that Markdown shows them as they are.

    An address or e-mail stands as code, of which Markdown makes no link.
    """
    parts = _ADDRESS.split(text)
    for place in range(1, len(parts), 2):
        address = parts[place].rstrip(_CLOSING)
        parts[place + 1] = parts[place][len(address) :] + parts[place + 1]
        parts[place] = f"`{address}`"
    parts[::2] = [_escaped(part) for part in parts[::2]]
    return "".join(parts)


def _escaped(text: str) -> str:
    for mark in "\\`*_{}[]<>()#+|~$:&":
        text = text.replace(mark, f"\\{mark}")
    return text
