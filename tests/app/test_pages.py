"""Every page: as it opens, on an empty warehouse, without a release, and with a hostile link."""

from __future__ import annotations

import pytest

from app.web.reader import Reader
from tests.app.conftest import PAGES, OpenPage, metric_of, words_of
from warehouse.connections import current_release
from warehouse.home import Home
from warehouse.queries import query_release

HOSTILE = {
    "contrast": ["'; drop table marts.dim_contrast; --"],
    "gene": ["<script>alert(1)</script>"],
    "fdr": ["1e999"],
    "lfc": ["nan"],
    "labels": ["-5"],
    "view": ["../../etc/passwd"],
    "list": ["%00"],
    "box": ["1,2,inf"],
    "hl": ["a" * 5000],
    "term": ["nothing like it", "Neutropenia"],
    "regimen": ["X"],
    "grade": ["9"],
    "min": ["many"],
    "silent": ["perhaps"],
    "drug": ["aspirin"],
    "verdict": ["maybe"],
    "level": ["x"],
    "document": ["x"],
    "against": ["x"],
    "q": ["\u202e%_'\"\\"],
    "study": ["x"],
}


def rows(home: Home, sql: str) -> list[tuple[object, ...]]:
    release = home.current.resolve()
    return Reader(release.stem, str(release)).bulk(sql).rows()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_and_says_which_release_it_shows(
    built_home: Home, open_page: OpenPage, page: str
) -> None:
    app = open_page(built_home, page)
    assert not app.exception
    assert not app.error
    said = words_of(app)
    assert built_home.current.resolve().stem in said
    assert "tests passed" in said
    assert "cannot be used here" not in said
    assert app.code[0].value.startswith("/")


@pytest.mark.parametrize("page", [page for page in PAGES if page not in {"about", "sql"}])
def test_an_empty_warehouse_shows_an_empty_state(
    empty_home: Home, open_page: OpenPage, page: str
) -> None:
    app = open_page(empty_home, page)
    assert not app.exception
    assert not app.error
    assert "in this release" in words_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_warehouse_without_a_release_says_what_to_do(
    home: Home, open_page: OpenPage, page: str
) -> None:
    app = open_page(home, page)
    assert not app.exception
    assert "imid run" in words_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_link_breaks_nothing_and_is_answered_with_a_banner(
    built_home: Home, open_page: OpenPage, page: str
) -> None:
    app = open_page(built_home, page, **HOSTILE)
    assert not app.exception
    assert not app.error
    said = "\n".join(str(warning.value) for warning in app.warning)
    assert "cannot be used here" in said or "does not read" in said


@pytest.mark.parametrize(
    "page",
    [
        "overview",
        "samples",
        "contrast",
        "compare_drugs",
        "mechanism",
        "gene_sets",
        "gene",
        "literature",
        "provenance",
    ],
)
def test_simulated_data_is_marked(built_home: Home, open_page: OpenPage, page: str) -> None:
    app = open_page(built_home, page)
    assert any("Simulated data" in str(warning.value) for warning in app.warning)


def test_the_contrast_counts_are_those_of_the_mart(built_home: Home, open_page: OpenPage) -> None:
    contrast = "small-imid.pomalidomide_vs_dmso"
    app = open_page(built_home, "contrast", contrast=contrast)
    ((up, down, same, untested),) = rows(
        built_home,
        "select n_up, n_down, n_not_significant, n_not_tested from marts.dim_contrast "
        f"where contrast_id = '{contrast}'",
    )
    shown = [metric_of(app, label) for label in ("Up", "Down", "Not significant", "Not tested")]
    assert shown == [str(up), str(down), str(same), str(untested)]
    assert len(app.dataframe[0].value) == int(str(up)) + int(str(down))
    assert "positive = higher after pomalidomide than after DMSO" in words_of(app)


def test_other_thresholds_classify_anew(built_home: Home, open_page: OpenPage) -> None:
    contrast = "small-imid.pomalidomide_vs_dmso"
    app = open_page(built_home, "contrast", contrast=contrast, lfc="2.9")
    ((up, down),) = rows(
        built_home,
        "select count(*) filter (log2_fold_change > 2.9), count(*) filter (log2_fold_change < -2.9)"
        f" from marts.fct_differential_expression where contrast_id = '{contrast}' and padj < 0.05",
    )
    assert (metric_of(app, "Up"), metric_of(app, "Down")) == (str(up), str(down))
    assert 0 < int(str(up)) < 18


def test_a_contrast_without_a_significant_gene_is_no_error(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "contrast", contrast="small-imid.pomalidomide_vs_lenalidomide")
    assert not app.exception
    said = words_of(app)
    assert "No gene passes both thresholds" in said
    assert "log2 fold change beyond 1" in said


def test_genes_without_an_adjusted_p_are_listed_with_their_reason(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(
        built_home,
        "contrast",
        contrast="small-imid.pomalidomide_vs_dmso",
        list="not tested",
    )
    listed = app.dataframe[0].value
    assert listed["gene"].to_list() == ["IL2"]
    assert listed["not_tested_reason"].to_list() == ["no counts at all"]


def test_a_box_in_the_link_lists_every_gene_in_it(built_home: Home, open_page: OpenPage) -> None:
    contrast = "small-imid.pomalidomide_vs_dmso"
    app = open_page(built_home, "contrast", contrast=contrast, box="-0.5,0.5,0,0.8")
    ((expected,),) = rows(
        built_home,
        "select count(*) from marts.fct_differential_expression "
        f"where contrast_id = '{contrast}' and log2_fold_change between -0.5 and 0.5 "
        "and -log10(padj) between 0 and 0.8",
    )
    assert len(app.dataframe[0].value) == expected
    assert int(str(expected)) > 100


def test_a_gene_is_found_by_any_name(built_home: Home, open_page: OpenPage) -> None:
    for typed in ("p21", "CDKN1A", "ENSG00000124762", "ensg00000124762.14", " cdkn1a "):
        app = open_page(built_home, "gene", gene=typed)
        assert not app.exception
        assert [header.value for header in app.header] == ["CDKN1A"], typed
    assert "another name of CDKN1A" in words_of(open_page(built_home, "gene", gene="p21"))


def test_an_unknown_gene_offers_names_that_begin_alike(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "gene", gene="IRF44")
    assert not app.header
    assert "IRF44 is no name known here" in words_of(app)
    assert any("IRF4" in button.label for button in app.button)


def test_an_untested_gene_keeps_its_row_in_the_forest(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "gene", gene="IL2")
    changes = app.dataframe[0].value
    assert len(changes) == 3
    assert set(changes["call"]) == {"not tested"}
    assert set(changes["remark"]) == {"not tested: no counts at all"}
    assert changes["log2_fold_change"].isna().all()


def test_a_simulated_id_has_no_outside_page(built_home: Home, open_page: OpenPage) -> None:
    assert not open_page(built_home, "gene", gene="SIMG00000001").link_button
    links = open_page(built_home, "gene", gene="IRF4").link_button
    assert [link.url for link in links] == [
        "https://www.ensembl.org/id/ENSG00000137265",
        "https://www.ncbi.nlm.nih.gov/gene/3662",
    ]


def test_previous_and_next_walk_the_list(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "gene", gene="CDKN1A")
    app.button(key="gene_next").click().run()
    after = app.header[0].value
    assert after != "CDKN1A"
    app.button(key="gene_previous").click().run()
    assert app.header[0].value == "CDKN1A"


def test_names_that_lead_to_no_gene_are_listed(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "samples")
    (listed,) = rows(
        built_home, "select count(*) from marts.mart_unresolved_gene where study_id = 'small-imid'"
    )
    assert [e.label for e in app.expander if "lead to no single gene" in e.label] == [
        f"{listed[0]} names that lead to no single gene"
    ]
    tables = [t.value for t in app.dataframe if "why" in t.value.columns]
    assert [(len(t), set(t["why"])) for t in tables] == [(listed[0], {"unknown"})]


def test_adverse_event_cells_stay_what_they_are(built_home: Home, open_page: OpenPage) -> None:
    table = open_page(built_home, "adverse_events", silent="true").dataframe[0].value
    by_term = table.assign(term=table["term"].str.lower()).set_index("term")
    assert by_term.loc["neutropenia", "R2 (AUGMENT)"] == "50% (n = 176) [42.7–57.3 %]"
    assert by_term.loc["neutropenia", "D-Rd (Part 2)"] == "≥5% (listing threshold)"
    assert by_term.loc["anemia", "Tafa-Len (real-world study)"] == "14% (other source)"
    assert by_term.loc["neutropenia", "Placebo + Rd (study not stated)"] == "not reported"
    assert by_term.loc["febrile neutropenia", "R2 (AUGMENT)"] == "not in the source"
    assert not by_term.isna().any().any()
    assert not (by_term == "0").any().any()


def test_a_filter_that_empties_a_page_is_named(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "adverse_events", term="Neutropenia", min="100")
    said = words_of(app)
    assert "events Neutropenia" in said
    assert "events that reach at least 100 %" in said
    app = open_page(built_home, "literature", drug="thalidomide", verdict="opposite")
    assert "drug thalidomide" in words_of(app)
    assert "verdict opposite" in words_of(app)


def test_a_verdict_and_its_quote(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "literature", drug="lenalidomide", verdict="opposite")
    claims = app.dataframe[0].value
    assert set(claims["target"]) == {"CDKN1A"}
    assert set(claims["verdict"]) == {"opposite"}
    assert claims["verbatim"].str.len().gt(0).all()


def test_rows_of_one_claim_are_told_apart_by_what_stands_beside_the_verdict(
    built_home: Home, open_page: OpenPage
) -> None:
    for page, parameters in (("literature", {"level": "mRNA"}), ("gene", {"gene": "IRF4"})):
        app = open_page(built_home, page, **parameters)
        assert not app.exception
        assert "cannot be used here" not in words_of(app)
        (claims,) = (t.value for t in app.dataframe if "verbatim" in t.value and "place" in t.value)
        columns = claims.columns.to_list()
        at = columns.index("verdict")
        assert columns[at + 1 : at + 5] == ["contrast", "log2_fold_change", "padj", "reason"]
        assert "mRNA" in set(claims["level"])
        assert not claims["level"].str.contains("mrna|_").any()


def test_an_empty_page_names_the_level_in_words(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(
        built_home, "literature", level="mRNA", drug="dexamethasone", verdict="opposite"
    )
    assert "molecular level mRNA" in words_of(app)


def test_methods_tell_of_the_comparison_across_trials(
    built_home: Home, open_page: OpenPage
) -> None:
    said = words_of(open_page(built_home, "about"))
    assert "Bucher" in said
    assert "only stand side by side" not in said


def test_a_search_finds_a_drug_by_its_brand(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "overview", q="Revlimid")
    said = words_of(app)
    assert "**lenalidomide**" in said
    assert any("claims of documents" in link.value for link in app.page_link)


def test_two_drugs_agree_as_the_mart_says(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "compare_drugs")
    ((share, spearman),) = rows(
        built_home, "select sign_agreement, spearman from marts.mart_contrast_concordance"
    )
    assert metric_of(app, "Same sign") == f"{100 * float(str(share)):.1f} %"
    assert metric_of(app, "Spearman") == f"{float(str(spearman)):.3f}"


def test_which_drug_changes_more_is_said_with_doses_and_interval(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "compare_drugs")
    ((slope, lower, upper, sentence),) = rows(
        built_home,
        "select responsive_slope, responsive_slope_lower, responsive_slope_upper, dose_sentence "
        "from marts.mart_contrast_concordance",
    )
    said = words_of(app).replace("\\", "")
    named = "lenalidomide at 5 uM", "pomalidomide at 1 uM"
    assert metric_of(app, "Slope of pomalidomide") == f"{slope:.2f}"
    assert f"95 % {lower:.2f} to {upper:.2f} by bootstrap" in said
    assert str(sentence)[1:] in said
    assert "the concentrations are unequal" in said
    assert app.selectbox[0].options[0].startswith(" and ".join(named))
    specs = [str(chart.proto.spec) for chart in app.get("vega_lite_chart")]
    specs += [str(chart.proto.spec) for chart in app.get("arrow_vega_lite_chart")]
    for name in named:
        assert f"log2 fold change, {name} over the vehicle" in specs[0]
        assert f"stronger after {name}" in app.selectbox[1].options
    assert "the concentrations are unequal" in specs[0]


def test_genes_of_two_drugs_are_filtered_by_the_tested_difference(
    built_home: Home, open_page: OpenPage
) -> None:
    pair, expected = query_release(
        current_release(built_home),
        "select pair_id, count(*) from mart_drug_comparison where comparison_class = 'both_up' "
        "and difference_class = 'shared' group by pair_id order by pair_id limit 1",
    ).row(0)
    app = open_page(
        built_home, "compare_drugs", pair=pair, **{"class": "both_up"}, difference="shared"
    )
    assert not app.exception
    table = app.dataframe[0].value
    assert len(table) == expected > 0
    assert set(table["difference_class"]) == {"shared: no difference found"}
    assert set(table["difference_method"]) == {"one model, shared vehicle accounted for"}


def test_arms_of_one_trial_are_compared(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "compare_regimens", first="augment-r2", second="augment-placebo-r")
    within = app.dataframe[1].value.set_index("term").loc["Neutropenia"]
    # 50 % of 176 against 13 % of 180: 23 or 24 of 180 print as 13 %.
    assert within["risk_difference_lo"] == pytest.approx(100 * (88 / 176 - 24 / 180))
    assert within["risk_difference_hi"] == pytest.approx(100 * (88 / 176 - 23 / 180))
    assert within["newcombe_upper"] == pytest.approx(45.606, abs=0.01)
    assert not any("Naive" in str(warning.value) for warning in app.warning)


def test_arms_of_two_trials_only_stand_side_by_side(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "compare_regimens", first="augment-r2", second="l-mind-tafa-len")
    assert any("Naive, unanchored" in str(warning.value) for warning in app.warning)
    assert len(app.dataframe) == 1
    assert "Within the trial" not in words_of(app)


def test_a_cell_leads_back_to_its_line_and_words(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "provenance", mart="fct_adverse_event", id="003-T1-r1-c3")
    said = words_of(app)
    assert "“50%”" in said
    assert "adverse_events.csv" in said
    assert "sha256" in said


def test_a_pasted_list_is_labelled_and_the_rest_is_named(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(
        built_home,
        "contrast",
        contrast="small-imid.pomalidomide_vs_dmso",
        hl="p21 IRF4 NOSUCHGENE, IL-2",
    )
    said = words_of(app)
    assert "NOSUCHGENE is no name of a gene here" in said
    assert "IL2 was not tested in this contrast" in said


def test_an_event_leads_to_what_the_documents_would_investigate(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "adverse_events", term="Neutropenia", regimen="R2")
    tables = [table.value for table in app.dataframe]
    (guides,) = [table for table in tables if "what to do" in table.columns]
    assert set(guides["step is"]) == {"investigation", "management"}
    assert guides["events"].str.contains("Neutropenia").all()
    colonies = guides.set_index("step").loc["In Vitro Hematotoxicity Assessment"]
    assert colonies["suspected_mechanism"] == "direct toxicity to blood-forming progenitors"
    assert colonies["assay"] == "Colony-Forming Cell (CFC) Assay for Hematotoxicity"
    (statements,) = [table for table in tables if "compared_with" in table.columns]
    assert "increased" in set(statements[statements["under"] == "R2"]["direction"])


def test_an_event_without_a_guide_has_no_section(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "adverse_events", term="Hypercalcemia")
    assert "From the event to its mechanism" not in words_of(app)


def test_assays_show_bounds_as_bounds_and_are_marked_simulated(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "adverse_events")
    assert any("Simulated data" in str(warning.value) for warning in app.warning)
    tables = [table.value for table in app.dataframe]
    (curves,) = [table for table in tables if "absolute IC50 (uM)" in table.columns]
    shown = curves.set_index("treatment")["absolute IC50 (uM)"]
    assert shown["thalidomide"] == "> 30"
    assert shown["pomalidomide"].startswith("0.3")
    assert curves["simulated"].all()
    (colonies,) = [table for table in tables if "ratio to vehicle" in table.columns]
    assert set(colonies["colony_type"]) == {"CFU-GM", "BFU-E", "CFU-GEMM"}
