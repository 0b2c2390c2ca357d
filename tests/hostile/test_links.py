"""Every parameter of every page with values that nobody wrote in good faith."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from app.web.components.provenance import plain
from tests.app.conftest import PAGES, OpenPage, empty_home, markdown_of, open_page, words_of
from tests.app.test_pages import HOSTILE
from warehouse.home import Home, installation_root

__all__ = ["empty_home", "open_page"]

VALUES = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markdown": "[x](javascript:alert(1)) ![y](http://127.0.0.1/z) $\\frac{1}{0}$ :red[w]",
    "quotes": "' or 1=1; attach '/etc/passwd' as x; select '\"`",
    "ten-kilobytes": "a" * 10_000,
    "right-to-left": "\u202e\u2066gpj\u2069\u200f\ufeff",
    "nul": "a\0b\r\nc\x1b[31m",
    "numbers": "-1e308",
    "not-a-number": "nan",
    "huge-number": "9" * 400,
    "path": "../../../../etc/passwd",
    "template": "{{7*7}}${7*7}%s%n{0.__class__}",
    "regex": "(a+)+$|[",
    "emoji": "\U0001f9ec" * 50,
    "empty": "",
}
WEB = installation_root() / "app" / "web"
KEYS = sorted(
    set(HOSTILE)
    | {
        key
        for path in WEB.rglob("*.py")
        for key in re.findall(
            r"state\.(?:choice|segment|many|number|text|lines|toggle)\(\s*\"[^\"]*\",\s*\"(\w+)\"",
            path.read_text(encoding="utf-8"),
        )
    }
)


@pytest.mark.parametrize("page", PAGES)
def test_no_value_of_any_parameter_breaks_a_page(
    built_home: Home, open_page: OpenPage, page: str
) -> None:
    """Each run gives every parameter another value; over the runs each gets them by turns."""
    values = list(VALUES.values())
    start = PAGES.index(page)
    for turn in (start, start + len(values) // 2):
        given = {key: [values[(turn + i) % len(values)]] * 2 for i, key in enumerate(KEYS)}
        app = open_page(built_home, page, **given)
        assert not app.exception, given
        assert "root:" not in words_of(app)
        html = "\n".join(str(element.value) for element in app.markdown if element.allow_html)
        assert "<script" not in html
        assert "onerror" not in html


# Each is a live link, a picture or bold wherever Markdown reads it.
MARKUP = " ".join(
    [
        "[click here](http://evil.example/x)",
        "![picture](http://evil.example/p.png)",
        "**bold**",
        "http://evil.example/bare www.evil.example someone@evil.example",
        "http&colon;//evil.example/entity",
    ]
)
CODE_SPAN = re.compile(r"\\.|`[^`]*`")
LIVE = ("](http", "**bold**", "://evil", "www.evil", "someone@evil", "p&colon;")


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        *((page, KEYS) for page in PAGES),
        # By itself, so that no other parameter hides the section that shows it.
        ("about", ["column"]),
        ("contrast", ["hl"]),
        ("gene", ["gene"]),
        ("gene_sets", ["genes"]),
        ("overview", ["q"]),
        ("provenance", ["id"]),
        ("sql", ["find"]),
    ],
    ids=lambda given: given if isinstance(given, str) else given[0] if len(given) == 1 else "all",
)
def test_no_word_of_a_link_is_read_as_markdown(
    built_home: Home, open_page: OpenPage, page: str, keys: list[str]
) -> None:
    app = open_page(built_home, page, **dict.fromkeys(keys, MARKUP))
    assert not app.exception
    texts = markdown_of(app)
    assert any("evil" in text for text in texts)
    # What stands as code is never read; an escaped backtick begins none.
    texts = [CODE_SPAN.sub(lambda m: m[0] if m[0][0] == "\\" else "", text) for text in texts]
    for live in LIVE:
        assert not [text for text in texts if live in text], live


@pytest.mark.parametrize(
    "text",
    [
        "Seen in IGH@ and TRA@ loci, k. A. @home",
        "As at https://doi.org/10.1016/j.x_(2014)_*a*, and (www.site.example). Ask a_b@c.example!",
        "`http://a`b.example` and x`me@site.example`",
        "http:// www. http://... www.`x` a@b.example+c@d.example,e@f.example",
        MARKUP,
        "a" * 10_000 + "@",
    ],
    ids=["locus", "reference", "backtick", "bare", "markup", "long"],
)
def test_an_address_is_shown_and_copied_as_it_was_written(text: str) -> None:
    (inline,) = MarkdownIt("commonmark").parseInline(plain(text))
    pieces = inline.children or []
    assert {piece.type for piece in pieces} <= {"text", "text_special", "code_inline"}
    assert "".join(piece.content for piece in pieces) == text
    # Across a code span nothing is joined to an address; in the rest there is none.
    for piece in pieces:
        if piece.type != "code_inline":
            assert not re.search(r"https?://[-.\w]|www\.|[-.\w+]@[-\w]+\.\w", piece.content)
