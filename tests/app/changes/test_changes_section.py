"""The overview says what changed in the release it shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from app.changes import compare_releases
from app.web.components import export
from tests.app.conftest import OpenPage, words_of
from warehouse.home import Home


def test_a_first_release_has_nothing_to_compare_with(built_home: Home, open_page: OpenPage) -> None:
    assert "No earlier release to compare with" in words_of(open_page(built_home, "overview"))


def test_the_changes_that_the_build_noted_are_shown(
    built_home: Home, open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home").create()
    before = built_home.current.resolve()
    after = home.releases / "wh_20990101T000000000000Z.duckdb"
    shutil.copyfile(before, after)
    with duckdb.connect(str(after)) as con:
        con.execute("delete from marts.fct_literature_claim where claim_id = '000-T1-r01-a'")
    changes = json.dumps(compare_releases(before, after).as_dict())
    with duckdb.connect(str(after)) as con:
        con.execute(
            "insert into ops.release_changes values ($1, $2, $3)",
            [after.stem, before.stem, changes],
        )
    home.current.symlink_to(Path("releases") / after.name)
    offered: dict[str, pl.DataFrame] = {}

    def note(frame: pl.DataFrame, *rest: Any) -> None:
        offered[rest[3]] = frame

    monkeypatch.setattr(export, "table_download", note)
    page = open_page(home, "overview")
    assert not page.exception
    said = words_of(page).replace("\\", "")
    assert "gone 1 claims: 000-T1-r01-a" in said
    assert before.stem in said
    counted = next(t.value for t in page.dataframe if "changed" in t.value.columns)
    assert offered["overview_changes_download"]["kind"].to_list() == counted["kind"].to_list()
    claims = counted[counted["kind"] == "claims"].iloc[0]
    assert (claims["new"], claims["gone"], claims["changed"]) == (0, 1, 0)
