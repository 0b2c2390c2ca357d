"""The SQL page: a link fills the editor and runs nothing; answers and refusals keep the page."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from tests.app.cli.test_sql_values import QUERY, VALUES
from tests.app.conftest import OpenPage, words_of
from warehouse.home import Home, installation_root
from warehouse.queries import query_release

THREE = "select symbol, padj\nfrom fct_differential_expression\norder by gene_id limit 3"


def linked(home: Home, open_page: OpenPage, text: str) -> AppTest:
    """Open a link again on the page: the test's way there leads over another page's own ``q``."""
    app = open_page(home, "sql")
    app.query_params["q"] = text
    return app.run()


def run(app: AppTest) -> AppTest:
    return app.button(key="sql_run").click().run()


def test_a_link_carries_the_text_and_does_not_run_it(built_home: Home, open_page: OpenPage) -> None:
    app = linked(built_home, open_page, THREE)
    assert app.text_area(key="sql_q_lines").value == THREE
    assert "Nothing has been run yet" in words_of(app)
    run(app)
    assert "3 rows × 2 columns" in words_of(app)
    expected = query_release(built_home.current.resolve(), THREE)
    assert app.dataframe[-1].value["symbol"].to_list() == expected["symbol"].to_list()


def test_a_failing_query_says_so_and_keeps_the_page(built_home: Home, open_page: OpenPage) -> None:
    app = run(linked(built_home, open_page, "select nosuch from dim_gene"))
    assert not app.exception
    assert "was not answered" in words_of(app)
    assert any("nosuch" in code.value for code in app.code)
    app.text_area(key="sql_q_lines").set_value(THREE).run()
    assert any("nosuch from dim_gene" in code.value for code in app.code)
    assert "3 rows" in words_of(run(app))


def test_every_question_of_the_documentation_can_be_started_from(
    built_home: Home, open_page: OpenPage
) -> None:
    app = open_page(built_home, "sql")
    offered = app.selectbox(key="sql_example").options
    printed = (installation_root() / "docs" / "questions.md").read_text(encoding="utf-8")
    assert len(offered) == printed.count("```sql")
    app.selectbox(key="sql_example").set_value(offered[1]).run()
    text = app.text_area(key="sql_q_lines").value
    assert text.startswith("select")
    assert text in printed


def test_the_dictionary_says_what_columns_mean(built_home: Home, open_page: OpenPage) -> None:
    columns = open_page(built_home, "sql", table="fct_adverse_event").dataframe[0].value
    assert "value_pct" in columns["column"].to_list()
    assert columns["meaning"].str.len().gt(10).all()
    found = open_page(built_home, "sql", find="wilson").dataframe[0].value
    assert "mart_regimen_safety" in found["mart"].to_list()


def test_rows_are_shown_under_their_own_names_and_unrounded(
    built_home: Home, open_page: OpenPage
) -> None:
    query = (
        "select gene_id, padj, 0.0004::double as ci_lower, 1 as base_mean "
        "from fct_differential_expression order by gene_id limit 2"
    )
    shown = run(linked(built_home, open_page, query)).dataframe[-1]
    assert list(shown.value.columns) == ["gene_id", "padj", "ci_lower", "base_mean"]
    settings = json.loads(shown.proto.columns)
    assert not [s for s in settings.values() if s.get("label") or s.get("help")]
    assert {n: s["type_config"]["format"] for n, s in settings.items() if "type_config" in s} == {
        "padj": "%g",
        "ci_lower": "%g",
    }


def test_rows_of_every_type_are_shown(built_home: Home, open_page: OpenPage) -> None:
    app = run(linked(built_home, open_page, QUERY))
    assert not app.exception
    assert f"1 row × {len(VALUES)} columns" in words_of(app)
    assert app.dataframe[-1].value["interval"].to_list() == ["1 month 2 days"]
