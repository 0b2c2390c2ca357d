"""A picture with few colours that keeps those that carry meaning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.web.components.look import Look

# Of a palette of 256, so many go to the colours that most pixels have.
_COMMON = 64
_PLACES = np.array([1 << 16, 1 << 8, 1])

Codes = NDArray[np.int64]


def look_colours(look: Look) -> list[str]:
    """Return the colours of a look, each once, as ``#RRGGBB``."""
    named = (look.up, look.down, look.neutral, look.faint, look.text, look.muted, look.accent)
    return list(dict.fromkeys([*named, look.warning, *look.series]))


def reduced(shot: Image.Image, kept: Sequence[str], colours: int = 256) -> Image.Image:
    """Return an RGB picture in a palette that holds all of ``kept`` that occur in it.

    The rest of the palette are the commonest colours and, for what is left, colours spread over
    all that occur; each pixel takes the nearest. A palette cut at the median of the pixels would
    give a page's few coloured marks the mean of their neighbours.
    """
    codes = _codes(shot)
    present, where, counts = np.unique(codes, return_inverse=True, return_counts=True)
    common = present[np.argsort(-counts, kind="stable")][:_COMMON].tolist()
    wanted = [code for code in _hex_codes(kept) if code in set(present.tolist())]
    exact = list(dict.fromkeys([*wanted, *common]))[:colours]
    palette = np.array([_channels(code) for code in exact])
    if colours > len(exact):
        spread = shot.quantize(
            colours - len(exact), method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        ).getpalette()
        palette = np.vstack([palette, np.array(spread or []).reshape(-1, 3)])[:colours]
    there = np.array([_channels(code) for code in present.tolist()])
    nearest = ((there[:, None, :] - palette[None]) ** 2).sum(axis=2).argmin(axis=1)
    small = Image.fromarray(nearest[where].astype(np.uint8).reshape(shot.height, shot.width))
    small.putpalette(palette.astype(np.uint8).tobytes())
    return small


def lost_colours(shot: Image.Image, small: Image.Image, kept: Sequence[str]) -> list[str]:
    """Return those of ``kept`` that the shot has and the small picture has not in their place."""
    before, after = _codes(shot), _codes(small.convert("RGB"))
    return [
        colour
        for colour, code in zip(kept, _hex_codes(kept), strict=True)
        if (after[before == code] != code).any()
    ]


def furthest(shot: Image.Image, small: Image.Image) -> int:
    """Return by how much, of 255, a channel of some pixel differs at most."""
    before, after = (np.asarray(one.convert("RGB"), dtype=np.int16) for one in (shot, small))
    return int(np.abs(before - after).max())


def _codes(shot: Image.Image) -> Codes:
    codes: Codes = np.asarray(shot, dtype=np.int64).reshape(-1, 3) @ _PLACES
    return codes


def _hex_codes(colours: Sequence[str]) -> list[int]:
    return [int(colour.removeprefix("#"), 16) for colour in colours]


def _channels(code: int) -> tuple[int, int, int]:
    return code >> 16, code >> 8 & 255, code & 255
