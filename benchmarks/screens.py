"""Pictures of every page of the web app, light and dark, taken in headless Chromium.

Each picture is of the whole page, however long, up to a limit, with its colours reduced to a
palette that holds those of the app's look, so that the set stays small enough to be kept beside
the documentation and shows what the app shows.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from app.web.components.look import DARK, LIGHT
from benchmarks.pages import CHROMIUM, FLAGS, free_port, served
from benchmarks.palette import furthest, look_colours, lost_colours, reduced

ROOT = Path(__file__).resolve().parent.parent
# Name of the picture, and the view it is of.
VIEWS = {
    "overview": "",
    "samples": "samples",
    "samples-distances": "samples?figure=distances",
    "contrast": "contrast",
    "contrast-ma": "contrast?view=MA+plot",
    "contrast-p-values": "contrast?view=p-values",
    "compare-drugs": "compare_drugs",
    "compare-drugs-several": "compare_drugs?compare=several+contrasts",
    "mechanism": "mechanism",
    "gene-sets": "gene_sets",
    "gene": "gene?gene=IRF4",
    "literature": "literature",
    "adverse-events": "adverse_events",
    "compare-regimens": "compare_regimens",
    "provenance": "provenance",
    "your-data": "your_data",
    "sql": "sql?q=select+symbol%2C+log2_fold_change%2C+padj%0Afrom+fct_differential_expression%0A"
    "where+direction+%3D+%27down%27%0Aorder+by+padj+nulls+last%0Alimit+10",
    "about": "about",
}
THEMES = {"light": "", "dark": "-dark"}
_LOOKS = {"light": look_colours(LIGHT), "dark": look_colours(DARK)}
_PATIENCE_MS = 180_000
# A page is taken when it has been as tall in so many looks, 0.8 s apart.
_STANDS = 3
_RUNS = '[data-testid="stApp"][data-test-script-state="notRunning"]'
_CONTENT = "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"


def picture(
    browser: Browser, url: str, theme: str, width: int, longest: int, colours: int
) -> tuple[bytes, str]:
    """Return a page as PNG, and what is to be said of it.

    Parameters
    ----------
    theme
        ``light`` or ``dark``.
    width, longest
        Of the picture, in pixels.
    colours
        Of the palette.

    Raises
    ------
    SystemExit
        The picture has lost a colour of the look.
    """
    context = browser.new_context(viewport={"width": width, "height": 1200})
    page = context.new_page()
    page.set_default_timeout(_PATIENCE_MS)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(url)
    page.get_by_text("tests passed").first.wait_for()
    height, stood = 0, 0
    # What stands further down is drawn once it comes into sight, and the page may grow.
    while stood < _STANDS:
        page.wait_for_selector(_RUNS)
        page.wait_for_timeout(800)
        grown = min(longest, int(page.evaluate(_CONTENT)))
        stood = stood + 1 if grown == height else 0
        if not stood:
            height = grown
            page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(700)
    wide = bool(
        page.evaluate(
            "(() => { const e = document.querySelector('[data-testid=stMain]');"
            " return e.scrollWidth > e.clientWidth + 1; })()"
        )
    )
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    small = reduced(shot, _LOOKS[theme], colours)
    if lost := lost_colours(shot, small, _LOOKS[theme]):
        raise SystemExit(f"{url} ({theme}): the palette lost {', '.join(lost)}")
    kept = io.BytesIO()
    small.save(kept, format="PNG", optimize=True)
    remark = f"colours off by {furthest(shot, small)} of 255 at most"
    return kept.getvalue(), f"{remark}, wider than the window" if wide else remark


def main() -> None:
    """Take the pictures and print their sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("imid-home"))
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screens")
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--longest", type=int, default=4000, help="height to cut a page at")
    parser.add_argument("--colours", type=int, default=256)
    parser.add_argument("--themes", nargs="+", choices=list(THEMES), default=list(THEMES))
    parser.add_argument("--only", nargs="+", choices=list(VIEWS), default=list(VIEWS))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    imid = str(Path(sys.executable).parent / "imid")
    port = free_port()
    command = [imid, "--home", str(options.home), "app", "--port", str(port)]
    total = 0
    with (
        sync_playwright() as playwright,
        served(command, port, {"PYTHONPATH": str(ROOT)}) as address,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in options.only:
            for theme in options.themes:
                png, remark = picture(
                    browser,
                    f"{address}/{VIEWS[name]}",
                    theme,
                    options.width,
                    options.longest,
                    options.colours,
                )
                (options.out / f"{name}{THEMES[theme]}.png").write_bytes(png)
                total += len(png)
                said = f"{len(png) / 1000:.0f} kB  {remark}"
                print(f"{name}{THEMES[theme]}.png  {said}", flush=True)
        browser.close()
    print(f"{total / 1e6:.2f} MB in {options.out}")


if __name__ == "__main__":
    main()
