"""A box dragged on a chart: its ranges in data units, kept in the URL."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.typing import VegaLiteState

from app.web.charts.genes import BRUSH
from app.web.components.state import UrlState

Box = tuple[float, float, float, float]

_PARAMETER = "box"
_VIEW = "box_view"
_LEFT = "box_left"
_LIVE = "box_live"
_ROUND = "box_round"


def turn_to_view(view: str, chosen: str) -> None:
    """Bring the box of the view shown into the URL, and keep that of the view just left.

    A box is in the units of one view's axes and of one contrast, so no other view reads it, and
    what was kept is dropped with its contrast.

    Parameters
    ----------
    chosen
        The contrast shown.
    """
    before: tuple[str, str] = st.session_state.get(_VIEW, (view, chosen))
    st.session_state[_VIEW] = (view, chosen)
    if before[1] != chosen:
        # A box in the URL came with the link, or is held against the next contrast on purpose.
        st.session_state.pop(_LEFT, None)
    elif before[0] != view:
        boxes: dict[str, str | None] = st.session_state.setdefault(_LEFT, {})
        boxes[before[0]] = st.query_params.pop(_PARAMETER, None)
        box = boxes.get(view)
        if box is not None:
            st.query_params[_PARAMETER] = box
    if before[0] != view:
        st.session_state.pop(_LIVE, None)


def box_from_url(state: UrlState) -> Box | None:
    """Return the box that came with the link; a broken one is named in the banner."""
    raw = st.query_params.get(_PARAMETER)
    if raw is None:
        return None
    try:
        numbers = [float(part) for part in raw.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(math.isfinite(value) for value in numbers):
        state.note_refused(
            _PARAMETER, "Box", raw, "four numbers x0,x1,y0,y1 are expected; no box is applied"
        )
        return None
    return _ordered(numbers[:2], numbers[2:])


def box_text(box: Box) -> str:
    """Return a box as the URL and every link hold it."""
    return ",".join(f"{value:.6g}" for value in box)


def drawn_box(linked: Box | None) -> Box | None:
    """Return the box to outline on the chart: the link's, unless a person's own brush is there."""
    return None if st.session_state.get(_LIVE) else linked


def settle_box(event: VegaLiteState, linked: Box | None) -> Box | None:
    """Return the box in force: the brush just drawn, else the link's, else none.

    A drawn brush is written into the URL; a brush taken away again takes the URL's box with it.
    """
    ranges: Any = event.selection.get(BRUSH)
    if ranges and len(ranges.get("x", ())) == 2 and len(ranges.get("y", ())) == 2:
        box = _ordered(ranges["x"], ranges["y"])
        if st.query_params.get(_PARAMETER) != box_text(box):
            st.query_params[_PARAMETER] = box_text(box)
        st.session_state[_LIVE] = True
        return box
    if st.session_state.pop(_LIVE, False):
        st.query_params.pop(_PARAMETER, None)
        return None
    return linked


def clear_box() -> None:
    """Forget the box, in the URL and on the chart."""
    st.query_params.pop(_PARAMETER, None)
    st.session_state.pop(_LIVE, None)
    st.session_state[_ROUND] = box_round() + 1


def box_round() -> int:
    """Return how often a box was dropped; part of the chart's key, so that its brush goes too."""
    return int(st.session_state.get(_ROUND, 0))


def _ordered(x: Sequence[float], y: Sequence[float]) -> Box:
    (x0, x1), (y0, y1) = sorted(x), sorted(y)
    rounded = (float(f"{value:.6g}") for value in (x0, x1, y0, y1))
    return next(rounded), next(rounded), next(rounded), next(rounded)
