"""What a download says of itself: simulated data, and the filters it was made with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
import pytest

from app.web.components import export
from app.web.components.export import ChartBuilder, figure_spec, file_name
from app.web.components.frame import SIMULATED_COLUMN, simulated_words
from tests.app.conftest import OpenPage, words_of
from warehouse.home import Home

LEN = "small-imid.lenalidomide_vs_dmso"


@dataclass
class Offers:
    """The downloads of a page by the key of their menu."""

    names: dict[str, str] = field(default_factory=dict)
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    notes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    subtitles: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture
def offers(monkeypatch: pytest.MonkeyPatch) -> Offers:
    seen = Offers()

    def table(
        frame: pl.DataFrame,
        release: str,
        what: str,
        filters: Mapping[str, Sequence[str]],
        key: str,
        notes: Mapping[str, str],
    ) -> None:
        seen.names[key] = file_name(release, what, filters, "csv")
        seen.tables[key], seen.notes[key] = frame, notes

    def figure(
        build: ChartBuilder, release: str, what: str, filters: Mapping[str, Sequence[str]], key: str
    ) -> None:
        seen.names[key] = file_name(release, what, filters, "svg")
        seen.subtitles[key] = figure_spec(build)["title"]["subtitle"]

    monkeypatch.setattr(export, "table_download", table)
    monkeypatch.setattr(export, "figure_download", figure)
    return seen


# Pages with what they offer of documents and trials, in which nothing is simulated.
MEASURED = {
    "adverse_events": {
        "safety_figure",
        "safety_download",
        "cells_download",
        "guide_download",
        "statement_download",
        "findings_download",
        "finding_kinds_download",
    },
    "compare_drugs": set(),
    "compare_regimens": {
        "regimen_figure",
        "regimen_download",
        "within_figure",
        "within_download",
    },
    "contrast": set(),
    "gene": set(),
    "gene_sets": set(),
    "literature": {"conflicts_download"},
    "mechanism": set(),
    "overview": {"findings_download", "regimens_download"},
    "provenance": set(),
    "samples": set(),
}


@pytest.mark.parametrize("page", sorted(MEASURED))
def test_a_download_of_simulated_data_says_so_and_no_other_does(
    built_home: Home, open_page: OpenPage, offers: Offers, page: str
) -> None:
    parameters = {"provenance": {"mart": "fct_expression"}}.get(page, {})
    app = open_page(built_home, page, **parameters)
    assert not app.exception
    assert offers.names
    # Every page but the overview is reached from it.
    measured = MEASURED["overview"] | MEASURED[page]
    assert measured <= set(offers.names)
    for key, name in offers.names.items():
        is_simulated = key not in measured
        assert ("_simulated" in name) is is_simulated, name
        if key in offers.subtitles:
            assert offers.subtitles[key][0].startswith("Simulated data. ") is is_simulated, key
        else:
            assert offers.notes[key].get("Data", "").startswith("simulated: ") is is_simulated, key
            held = offers.tables[key]
            columns = {SIMULATED_COLUMN, "simulated", "is_simulated"}.intersection(held.columns)
            if is_simulated and held.height:
                (column,) = columns
                assert set(held[column].drop_nulls()) <= {"simulated", True}, key
            if not is_simulated:
                assert not columns, key


def test_the_words_tell_simulated_from_partly_simulated() -> None:
    assert simulated_words() == ""
    assert simulated_words(None, False) == ""
    assert simulated_words(True, None) == "simulated"
    assert simulated_words(True, False) == "partly simulated"


def test_the_replicates_of_a_gene_without_a_contrast_are_marked(
    built_home: Home, open_page: OpenPage, offers: Offers
) -> None:
    """As a gene counted in a study of which no contrast has been analysed."""
    from app.web.marts import gene

    kept = gene.CHANGES
    gene.CHANGES = kept.replace("where c.is_analysed", "where c.is_analysed and false")
    try:
        app = open_page(built_home, "gene", gene="IRF4")
    finally:
        gene.CHANGES = kept
    assert "no contrast of this organism has been analysed" in words_of(app)
    assert any("Simulated data" in str(warning.value) for warning in app.warning)
    assert "_simulated" in offers.names["samples_table"]


def test_a_chain_named_by_its_columns_is_marked(built_home: Home, open_page: OpenPage) -> None:
    for subject, is_simulated in (
        (f"contrast_id={LEN},gene_id=IRF4", True),
        ("adverse_event_id=003-T1-r1-c3", False),
    ):
        mart = "fct_differential_expression" if is_simulated else "fct_adverse_event"
        app = open_page(built_home, "provenance", mart=mart, id=subject)
        assert not app.exception
        marked = [str(w.value) for w in app.warning if "Simulated data" in str(w.value)]
        assert bool(marked) is is_simulated
        chain = "\n".join(str(code.value) for code in app.code)
        assert ("simulated study small-imid" in chain) is is_simulated, chain


def test_a_result_of_sql_says_what_of_the_release_is_simulated(
    built_home: Home, open_page: OpenPage
) -> None:
    said = "This release holds simulated data"
    for query, is_said in (
        ("select 1 as one", True),
        ("select study_id, is_simulated from dim_study", False),
        # as the sentence advises
        (
            "select r.gene_id, c.is_simulated from fct_differential_expression as r "
            "join dim_contrast as c on r.contrast_id = c.contrast_id limit 9",
            False,
        ),
        (
            "select e.gene_id, s.is_simulated from fct_expression as e "
            "join dim_study as s on e.study_id = s.study_id limit 9",
            False,
        ),
    ):
        app = open_page(built_home, "sql")
        app.text_area[0].set_value(query).run()
        app.button(key="sql_run").click().run()
        assert not app.exception
        assert (said in words_of(app)) is is_said


def test_what_literature_offers_is_filtered_as_its_name_says(
    built_home: Home, open_page: OpenPage, offers: Offers
) -> None:
    app = open_page(built_home, "literature", verdict="not significant", level="mRNA")
    assert not app.exception
    said = words_of(app)
    assert said.count("Not filtered by *Verdict*.") == 2
    assert "verdict-not-significant" in offers.names["literature_claims_download"]
    assert "verdict-not-significant" in offers.names["potency_download"]
    assert set(offers.tables["potency_download"]["verdict"]) == {"not significant"}
    for key in ("standing_download", "conflicts_download"):
        assert "verdict" not in offers.names[key]
        assert "level-mRNA" in offers.names[key]


def test_the_disagreements_are_those_of_the_claims_asked_for(
    built_home: Home, open_page: OpenPage, offers: Offers
) -> None:
    open_page(built_home, "literature")
    every = offers.tables["conflicts_download"]
    open_page(built_home, "literature", level="activity")
    some = offers.tables["conflicts_download"]
    assert 0 < some.height < every.height
    assert set(some["target"]) == {"NF-κB pathway"}


def test_findings_and_assays_say_that_no_filter_of_the_events_reaches_them(
    built_home: Home, open_page: OpenPage, offers: Offers
) -> None:
    app = open_page(built_home, "adverse_events", term="Neutropenia", regimen="R2")
    assert words_of(app).count("Not filtered by *Events* nor *Regimens*.") == 2
    assert "term-Neutropenia_regimen-R2" in offers.names["safety_download"]
    for key in ("findings_download", "curve_download", "colony_download"):
        assert "Neutropenia" not in offers.names[key]
        assert "R2" not in offers.names[key]
    app = open_page(built_home, "adverse_events")
    assert "Not filtered by" not in words_of(app)


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("about", {"column": "no_such_column"}),
        ("sql", {"find": "no_such_column"}),
        ("provenance", {"id": "no_such_column"}),
    ],
    ids=["about", "sql", "provenance"],
)
def test_a_search_in_vain_is_shown_as_it_was_typed(
    built_home: Home, open_page: OpenPage, page: str, parameters: dict[str, str]
) -> None:
    said = words_of(open_page(built_home, page, **parameters))
    # Escaped once for Markdown, which shows no backslash.
    assert r"no\_such\_column" in said
    assert "\\\\" not in said


def test_the_overlaps_have_the_same_heading_in_a_file(
    built_home: Home, open_page: OpenPage, offers: Offers
) -> None:
    app = open_page(built_home, "compare_drugs", compare="several contrasts")
    shown = next(t.value for t in app.dataframe if "called in exactly" in t.value)
    held = offers.tables["overlap_download"]
    assert held.drop(SIMULATED_COLUMN).columns == list(shown.columns)
    assert held["genes"].sum() == shown["genes"].sum() > 0
