"""Downloads: exactly what is shown, with the release and the filters in the file's name."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from app.web.charts.base import Figure
from app.web.components.look import FONT, PAPER, Look

ChartBuilder = Callable[[Look], Figure]

_LONGEST_NAME = 180
_EXPORT_WIDTH = 860


def file_name(release: str, what: str, filters: Mapping[str, Sequence[str]], ending: str) -> str:
    """Return a file name such as ``imid_wh_20261120_volcano_contrast-x_fdr-0.05.csv``."""
    parts = [f"{key}-{'+'.join(values)}" for key, values in filters.items() if values]
    stem = "_".join(_safe(part) for part in ["imid", release, what, *parts] if part)
    return f"{stem[:_LONGEST_NAME].rstrip('_.-')}.{ending}"


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.+_-]+", "-", text).strip("-")


def table_bytes(frame: pl.DataFrame, ending: str) -> bytes:
    """Return a frame as CSV or Parquet."""
    if ending == "csv":
        return frame.write_csv().encode()
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def figure_bytes(build: ChartBuilder, ending: str) -> bytes:
    """Return a chart as SVG or PNG, drawn on white by vl-convert, offline."""
    import vl_convert

    spec = figure_spec(build)
    if ending == "svg":
        return str(vl_convert.vegalite_to_svg(spec)).encode()
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
    frame: pl.DataFrame, release: str, what: str, filters: Mapping[str, Sequence[str]], key: str
) -> None:
    """Draw a *Download* menu for the table just shown."""
    with st.popover("Download", icon=":material/download:", key=f"{key}_menu"):
        st.caption(f"{frame.height:,} rows, exactly as shown.")
        for ending, mime in (("csv", "text/csv"), ("parquet", "application/octet-stream")):
            st.download_button(
                ending.upper() if ending == "csv" else "Parquet",
                data=partial(table_bytes, frame, ending),
                file_name=file_name(release, what, filters, ending),
                mime=mime,
                key=f"{key}_{ending}",
                on_click="ignore",
                width="stretch",
            )


def figure_download(
    build: ChartBuilder, release: str, what: str, filters: Mapping[str, Sequence[str]], key: str
) -> None:
    """Draw a *Download* menu for the figure just shown."""
    with st.popover("Download figure", icon=":material/download:", key=f"{key}_menu"):
        for ending, mime in (("svg", "image/svg+xml"), ("png", "image/png")):
            st.download_button(
                ending.upper(),
                data=partial(figure_bytes, build, ending),
                file_name=file_name(release, what, filters, ending),
                mime=mime,
                key=f"{key}_{ending}",
                on_click="ignore",
                width="stretch",
            )
