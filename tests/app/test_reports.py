"""Printable reports: the numbers of their page, one file, nothing asked of anyone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from app.web.components.methods import method_in_words, samples_in_words
from app.web.marts import contrast as contrast_marts
from app.web.marts import regimens as regimen_marts
from app.web.reader import Reader
from app.web.reports.contrast import contrast_report
from app.web.reports.document import Column, Report, report_html
from app.web.reports.regimens import regimens_report
from tests.app.conftest import OpenPage, metric_of, words_of
from warehouse.home import Home

CONTRAST = "small-imid.pomalidomide_vs_dmso"


@pytest.fixture
def reader(built_home: Home) -> Reader:
    release = built_home.current.resolve()
    return Reader(release.stem, str(release))


class _Text(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def of_contrast(reader: Reader, lfc: float = 1.0) -> Report:
    contrasts = reader.rows(contrast_marts.CONTRASTS)
    about = next(row for row in contrasts.iter_rows(named=True) if row["contrast_id"] == CONTRAST)
    values = {"contrast": CONTRAST, "fdr": 0.05, "lfc": lfc}
    return contrast_report(reader, about, values, [], "http://x/contrast?contrast=y")


def of_arms(reader: Reader, first: str, second: str) -> Report:
    arms = {row["arm_id"]: row for row in reader.rows(regimen_marts.ARMS).iter_rows(named=True)}
    return regimens_report(reader, arms[first], arms[second], "")


def written(report: Report, reader: Reader) -> str:
    return report_html(report, reader, reader.build()).decode()


def test_a_contrast_says_how_it_came_about() -> None:
    fitted = {
        "origin": "fitted",
        "design": "~ batch + drug",
        "engine": "pydeseq2",
        "engine_version": "0.5.4",
        "normalisation": "lengths",
    }
    assert method_in_words(fitted) == (
        "design ~ batch + drug; fitted by the engine pydeseq2 0.5.4; "
        "counts divided by a factor each, from transcript lengths and depth"
    )
    assert "not recorded" in method_in_words(fitted | {"normalisation": None})
    given = {"origin": "given", "result_form": "edgeR", "result_test": None}
    assert method_in_words(given | {"result_correction": "BH"}) == (
        "results given with the study, not fitted here; read as edgeR; adjusted by BH"
    )
    assert samples_in_words({"n_numerator": 3, "n_denominator": 4}) == "3 samples against 4"
    assert "not given" in samples_in_words({"n_numerator": None, "n_denominator": None})


def test_a_contrast_s_report_has_the_page_s_numbers(
    built_home: Home, open_page: OpenPage, reader: Reader
) -> None:
    page = open_page(built_home, "contrast", contrast=CONTRAST, lfc="2.9")
    report = of_contrast(reader, 2.9)
    facts = dict(report.facts)
    assert facts["Up"].startswith(f"{metric_of(page, 'Up')} genes higher after pomalidomide")
    assert facts["Down"].startswith(f"{metric_of(page, 'Down')} genes lower")
    assert facts["Thresholds"] == "adjusted p below 0.05, log2 fold change beyond 2.9"
    assert facts["Method"].startswith("design ~ drug; fitted by the engine vectorised ")
    assert facts["Method"].endswith("; counts divided by size factors, one per sample")
    said = words_of(page).replace("\\", "")
    assert f"{facts['Samples']}; {facts['Method']}." in said
    genes = next(s.rows for s in report.sections if s.rows is not None)
    assert genes["gene"].to_list() == page.dataframe[0].value["gene"].to_list()
    text = written(report, reader)
    assert "positive = higher after pomalidomide than after DMSO" in text
    assert "Simulated data" in text
    assert reader.release in text
    assert re.search(r"[0-9a-f]{64}", text)


def test_two_arms_of_a_trial_are_compared_as_on_the_page(
    built_home: Home, open_page: OpenPage, reader: Reader
) -> None:
    page = open_page(built_home, "compare_regimens", first="augment-r2", second="augment-placebo-r")
    report = of_arms(reader, "augment-r2", "augment-placebo-r")
    tables = [section.rows for section in report.sections if section.rows is not None]
    for table, frame in zip(tables, page.dataframe, strict=True):
        assert table.rows() == [
            tuple(None if cell != cell else cell for cell in row)
            for row in frame.value.astype(object).itertuples(index=False)
        ]
    assert not report.marks
    assert "Exploratory" in written(report, reader)


def test_arms_of_two_trials_stay_side_by_side(reader: Reader) -> None:
    report = of_arms(reader, "augment-r2", "l-mind-tafa-len")
    assert "Naive, unanchored" in report.marks[0]
    assert [section.heading for section in report.sections] == [
        "Adverse events of both arms",
        "In words",
        "Anchored, indirect comparison",
    ]
    assert "risk ratio" not in written(report, reader)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("augment-placebo-r", "augment-r2", "swap the arms"),
        ("richardson-2006-15-bid", "richardson-2006-both", "has counts in both arms"),
        ("augment-r2", "l-mind-tafa-len", "No two randomised trials of this release do that"),
    ],
    ids=["turned", "no-event", "across-trials"],
)
def test_a_report_gives_the_page_s_reason_for_no_comparison(
    built_home: Home, open_page: OpenPage, reader: Reader, first: str, second: str, why: str
) -> None:
    said = words_of(open_page(built_home, "compare_regimens", first=first, second=second))
    *_, last = of_arms(reader, first, second).sections
    (reason,) = last.paragraphs
    assert why in reason
    assert reason.partition(": " if "trial" in last.heading else ". ")[2] in said.replace("\\", "")


def test_a_report_asks_nothing_of_anyone(reader: Reader) -> None:
    for report in (of_contrast(reader), of_arms(reader, "augment-r2", "augment-placebo-r")):
        parsed = _Text(written(report, reader))
        assert not {tag for tag, _ in parsed.tags} & {"script", "link", "iframe", "object", "base"}
        addresses = [
            value
            for _, attributes in parsed.tags
            for name, value in attributes.items()
            if name in {"src", "href", "xlink:href"} and value and not value.startswith("#")
        ]
        assert addresses == []


def test_what_sources_say_cannot_become_markup(reader: Reader) -> None:
    report = of_contrast(reader)
    hostile = "<script>alert(1)</script>"
    text = written(
        Report(hostile, hostile, [(hostile, hostile)], [], report.sources, (hostile,), hostile),
        reader,
    )
    assert "<script" not in text


def test_a_missing_cell_is_a_dash_and_never_zero() -> None:
    assert Column("a", "A", 2).write(None) == "–"
    assert Column("a", "A", 2).write(-0.5) == "−0.50"
    assert Column("p", "P", is_p_value=True).write(1.234e-9) == "1.2e-09"
    assert Column("a", "A").write("50%") == "50%"
