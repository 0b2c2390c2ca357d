"""A page's own parameters: it knows all of them, whichever of its filters are drawn just now."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from app.web.components.state import UrlState
from tests.app.conftest import PAGES, OpenPage
from warehouse.home import Home

CONTRAST = "small-imid.pomalidomide_vs_dmso"
OTHER_CONTRAST = "small-imid.lenalidomide_vs_dmso"
PAIR = "small-imid.lenalidomide_vs_dmso | small-imid.pomalidomide_vs_dmso"
BOX = "-0.5,0.5,0,0.8"


def banner(app: AppTest) -> str:
    return "\n".join(str(warning.value) for warning in app.warning)


def view_of(app: AppTest, label: str) -> AppTest:
    """The page after a click on another of its views."""
    segments = [group for group in app.button_group if label in group.options]
    return segments[0].set_value(label).run()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_declares_every_filter_it_draws(
    built_home: Home, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    undeclared: set[str] = set()
    counted = UrlState.unknown_parameters

    def noting(state: UrlState) -> list[str]:
        undeclared.update(set(state.values) - set(state.reads))
        return counted(state)

    monkeypatch.setattr(UrlState, "unknown_parameters", noting)
    open_page(built_home, page)
    if page == "compare_drugs":
        open_page(built_home, page, compare="several contrasts")
    assert undeclared == set()


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("contrast", {"view": "p-values", "box": BOX}),
        ("contrast", {"box": BOX, "list": "not tested"}),
        ("literature", {"drug": "thalidomide", "verdict": "opposite", "matrix": "all"}),
        ("gene", {"gene": "IRF44", "study": "small-imid"}),
        ("compare_drugs", {"compare": "several contrasts", "pair": PAIR, "class": "neither"}),
        ("gene_sets", {"set": "x", "contrast": CONTRAST}),
    ],
    ids=["box", "list", "matrix", "study", "pair", "set"],
)
def test_a_page_never_calls_its_own_parameter_unread(
    built_home: Home, open_page: OpenPage, page: str, parameters: dict[str, str]
) -> None:
    assert "does not read" not in banner(open_page(built_home, page, **parameters))
    assert "“nonsense”, which this page does not read" in banner(
        open_page(built_home, page, **parameters, nonsense="1")
    )


def test_the_pair_leaves_the_address_with_its_view_and_comes_back_with_it(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "compare_drugs", pair=PAIR, difference="shared")
    several = view_of(app, "several contrasts")
    assert not set(several.query_params) & {"pair", "difference"}
    assert "pair=" not in several.code[0].value
    two = view_of(several, "two drugs")
    assert two.selectbox[1].value == "shared"
    assert two.query_params["difference"] == "shared"


def test_components_leave_the_address_with_their_figure(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "samples", pcx="PC2", pcy="PC3")
    distances = view_of(app, "distances")
    assert not set(distances.query_params) & {"pcx", "pcy"}
    pca = view_of(distances, "PCA")
    assert (pca.query_params["pcx"], pca.query_params["pcy"]) == ("PC2", "PC3")


def test_a_box_waits_for_its_view(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "contrast", contrast=CONTRAST, box=BOX)
    (said,) = [str(m.value) for m in app.markdown if "genes in the box" in str(m.value)]
    for other in ("p-values", "MA plot"):
        app = view_of(app, other)
        assert "box" not in app.query_params
        assert not any("genes in the box" in str(m.value) for m in app.markdown)
    app = view_of(app, "volcano")
    assert app.query_params["box"] == BOX
    assert said in [str(m.value) for m in app.markdown]


def test_a_box_is_not_carried_to_another_contrast(built_home: Home, open_page: OpenPage) -> None:
    app = view_of(open_page(built_home, "contrast", contrast=CONTRAST, box=BOX), "MA plot")
    app.selectbox[0].set_value(OTHER_CONTRAST).run()
    app = view_of(app, "volcano")
    assert app.selectbox[0].value == OTHER_CONTRAST
    assert "box" not in app.query_params
    app.selectbox[0].set_value(CONTRAST).run()
    assert "box" not in view_of(view_of(app, "MA plot"), "volcano").query_params


def test_the_copied_link_holds_the_very_box_that_is_listed(
    built_home: Home, open_page: OpenPage
) -> None:
    box = "-1.23457,2.98765,0.123457,100.123"
    app = open_page(built_home, "contrast", contrast=CONTRAST, box=box)
    assert parse_qs(urlsplit(app.code[0].value).query)["box"] == [box]
