"""Cells coloured by a change, and the colour of text that can be read on them."""

from __future__ import annotations

from app.web.components.look import DARK, Look

# What WCAG 2.1 asks for between text and what it stands on.
READABLE = 4.5
_BLACK, _WHITE = "#000000", "#FFFFFF"


def middle(look: Look) -> str:
    """Return the colour of no change."""
    return look.faint if look.text == DARK.text else "#F3F6F8"


def cell_colour(value: float | None, limit: float, look: Look) -> str:
    """Return the colour of a change as the charts draw it: from down over the middle to up.

    Parameters
    ----------
    value
        The change; None is drawn as none.
    limit
        The change of the strongest colour; what lies beyond has the same.
    """
    share = max(-1.0, min(1.0, (value or 0.0) / limit))
    ends = _channels(middle(look)), _channels(look.up if share > 0 else look.down)
    mixed = (round(low + (high - low) * abs(share)) for low, high in zip(*ends, strict=True))
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def ink_on(cell: str, look: Look) -> str:
    """Return the colour for text on a cell: the look's own where it can be read.

    Else the better of black and white, one of which has a contrast of 4.58 to any colour.
    """
    if contrast(look.text, cell) >= READABLE:
        return look.text
    return max((_BLACK, _WHITE), key=lambda ink: contrast(ink, cell))


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.1)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of an sRGB colour, from 0 to 1 (WCAG 2.1)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
