"""Downloads: exactly what is shown, with the release and the filters in the file's name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.components.look import FONT, PAPER, Look
from app.web.components.table_files import MOST_SHEET_ROWS, table_bytes

ChartBuilder = Callable[[Look], Figure]

_LONGEST_NAME = 180
_EXPORT_WIDTH = 860
_TABLE_FORMS = {
    "csv": ("CSV", "text/csv"),
    "parquet": ("Parquet", "application/octet-stream"),
    "xlsx": ("Excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
_FIGURE_FORMS = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}


def file_name(release: str, what: str, filters: Mapping[str, Sequence[str]], ending: str) -> str:
    """Return a file name such as ``imid_wh_20261120_volcano_contrast-x_fdr-0.05.csv``."""
    parts = [f"{key}-{'+'.join(values)}" for key, values in filters.items() if values]
    stem = "_".join(_safe(part) for part in ["imid", release, what, *parts] if part)
    return f"{stem[:_LONGEST_NAME].rstrip('_.-')}.{ending}"


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+_-]+", "-", text).strip("-")


def figure_bytes(build: ChartBuilder, ending: str) -> bytes:
    """Return a chart as SVG, PNG or PDF, drawn on white by vl-convert, offline."""
    import vl_convert

    spec = figure_spec(build)
    if ending == "svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
    if ending == "pdf":
        return bytes(vl_convert.vegalite_to_pdf(spec))
    return bytes(vl_convert.vegalite_to_png(spec, scale=2))


def figure_spec(build: ChartBuilder) -> dict[str, Any]:
    """Return the self-contained Vega-Lite specification of a chart, as drawn on paper."""
    chart = build(PAPER)
    spec: dict[str, Any] = json.loads(chart.to_json(validate=False))
    if "width" not in spec and "facet" not in spec:
        spec["width"] = _EXPORT_WIDTH
    spec["config"] = {
        "background": "white",
        "font": FONT,
        "axis": {"labelFontSize": 12, "titleFontSize": 13, "gridColor": "#E6EBEF"},
        "legend": {"labelFontSize": 12, "titleFontSize": 12},
        "title": {"fontSize": 16, "anchor": "start", "subtitleFontSize": 12, "offset": 12},
        "view": {"stroke": None},
        **spec.get("config", {}),
    }
    return spec


def table_download(
    frame: pl.DataFrame,
    release: str,
    what: str,
    filters: Mapping[str, Sequence[str]],
    key: str,
    notes: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Draw a *Download* menu for the table just shown.

    Parameters
    ----------
    notes
        What a workbook says of the table beside release and filters.
    """
    kept = {name: ", ".join(values) for name, values in filters.items()}
    about = {"Release": release, **kept, **notes}
    with st.popover("Download", icon=":material/download:", key=f"{key}_menu"):
        st.caption(f"{frame.height:,} rows, exactly as shown.")
        for ending, (label, mime) in _TABLE_FORMS.items():
            is_too_long = ending == "xlsx" and frame.height > MOST_SHEET_ROWS
            st.download_button(
                label,
                data=partial(table_bytes, frame, ending, about),
                file_name=file_name(release, what, filters, ending),
                mime=mime,
                key=f"{key}_{ending}",
                on_click="ignore",
                width="stretch",
                disabled=is_too_long,
                help=f"A sheet holds {MOST_SHEET_ROWS:,} rows." if is_too_long else None,
            )
        st.caption("Excel keeps gene names such as SEPT1 and MARCH1 from turning into dates.")


def figure_download(
    build: ChartBuilder, release: str, what: str, filters: Mapping[str, Sequence[str]], key: str
) -> None:
    """Draw a *Download* menu for the figure just shown."""
    with st.popover("Download figure", icon=":material/download:", key=f"{key}_menu"):
        for ending, mime in _FIGURE_FORMS.items():
            st.download_button(
                ending.upper(),
                data=partial(figure_bytes, build, ending),
                file_name=file_name(release, what, filters, ending),
                mime=mime,
                key=f"{key}_{ending}",
                on_click="ignore",
                width="stretch",
            )
