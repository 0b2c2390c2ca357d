"""The kept pictures: few colours, and among them those that carry meaning."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.web.components.look import DARK, LIGHT, Look
from benchmarks.palette import furthest, look_colours, lost_colours, reduced


def page_with_marks(look: Look) -> Image.Image:
    """A page of greys with a few marks in the look's colours, each with its blended rim."""
    grey = np.add.outer(np.arange(300), np.arange(400)) // 3
    page = np.stack([grey, grey + 3, 255 - grey], axis=2).astype(np.uint8)
    for place, colour in enumerate(look_colours(look)):
        own = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
        for rim in range(10):
            blended = own + (255 - own) * rim // 12
            page[20 * place : 20 * place + 4, 30 * rim : 30 * rim + 4] = blended
    return Image.fromarray(page)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_a_picture_keeps_the_look_s_colours(look: Look) -> None:
    shot, wanted = page_with_marks(look), look_colours(look)
    small = reduced(shot, wanted)
    assert len(small.convert("RGB").getcolors(512) or []) <= 256
    assert lost_colours(shot, small, wanted) == []
    assert furthest(shot, small) <= 20
    # A palette cut at the median is what loses them.
    cut = shot.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    assert look.up in lost_colours(shot, cut, wanted)
    assert furthest(shot, cut) > furthest(shot, small)


def test_a_picture_of_few_colours_stays_what_it_is() -> None:
    shot = Image.fromarray(np.full((4, 5, 3), 7, dtype=np.uint8))
    small = reduced(shot, ["#D55E00"], 16)
    assert furthest(shot, small) == 0
    assert lost_colours(shot, small, ["#D55E00"]) == []
