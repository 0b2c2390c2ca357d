"""Every question of docs/questions.md runs as it is printed there and has an answer."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from warehouse.home import Home, installation_root
from warehouse.queries import query_release

TEXT = (installation_root() / "docs" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = re.findall(r"^## ([^\n]+\?)\n\n```sql\n(.*?)```", TEXT, re.DOTALL | re.MULTILINE)


def test_there_are_a_dozen_questions_each_with_words_on_its_answer() -> None:
    assert len(QUESTIONS) >= 12
    assert len(QUESTIONS) == TEXT.count("```sql")
    for part in TEXT.split("\n## ")[2:]:
        assert len(part.split("```")[2].split()) > 10, part.splitlines()[0]


@pytest.mark.parametrize("question", range(len(QUESTIONS)))
def test_a_question_has_an_answer(built_home: Home, question: int) -> None:
    title, sql = QUESTIONS[question]
    if "two cell lines" in title:
        # The study of this home has one line; the shipped example, which has three, is asked too.
        assert query_release(built_home.current.resolve(), sql).height == 0
        sql = sql.replace("b.cell_line) >= 2", "b.cell_line) >= 1")
    answer = query_release(built_home.current.resolve(), sql)
    assert answer.height > 0, title


def test_the_answers_are_those_of_the_planted_study(built_home: Home) -> None:
    answers = dict(QUESTIONS)
    release = built_home.current.resolve()
    opposite = query_release(release, answers["What contradicts the literature?"])
    # CDKN1A was planted down where the documents say up.
    assert "CDKN1A" in opposite["target_name"].to_list()
    assert (opposite["is_simulated"]).all()
    rates = query_release(release, answers["How common is neutropenia in each regimen?"])
    r2 = rates.filter(pl.col("regimen_label") == "R2").row(0, named=True)
    assert (r2["verbatim_cell"], r2["lower_pct"], r2["upper_pct"]) == ("50%", 42.7, 57.3)
    bound = rates.filter(pl.col("verbatim_cell") == "≥5%")
    assert bound["lower_pct"].to_list() == [None] * bound.height


def test_python_opens_the_release_by_the_printed_lines(
    built_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "imid-home").symlink_to(built_home.root)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(block, names)  # noqa: S102
    frame = names["frame"]
    names["con"].close()  # type: ignore[attr-defined]
    assert isinstance(frame, pl.DataFrame)
    assert frame.height == 3
