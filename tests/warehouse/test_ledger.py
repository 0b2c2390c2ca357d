"""The ledger: a load is all or nothing, once per content, and replaces only its own rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest

from warehouse.connections import open_working, write_lock
from warehouse.frames import insert_frame, read_frame, transaction
from warehouse.home import Home
from warehouse.ledger import (
    LoadOutcome,
    LoadRequest,
    LoadWriter,
    RejectedRow,
    SourceFile,
    Validation,
    content_hash,
    current_load,
    record_load,
)
from warehouse.tables import OPS, RAW, create_tables, quoted, table_columns


@pytest.fixture
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with write_lock(home, "test"), open_working(home) as con:
        yield con


def drug(name: str) -> pl.DataFrame:
    return pl.DataFrame({"drug_id": [name], "name": [name], "drug_class": ["x"], "is_imid": [True]})


def request(path: Path, text: str, subject: str = "s", **more: object) -> LoadRequest:
    path.write_text(text)
    files = [SourceFile.read("drugs", path)]
    return LoadRequest("drugs", subject, path, files, content_hash(files), 1, **more)  # type: ignore[arg-type]


def load(con: duckdb.DuckDBPyConnection, asked: LoadRequest, name: str) -> LoadOutcome:
    return record_load(con, asked, lambda w: w.insert("raw.drugs", drug(name)))


def state(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    return {
        t: con.execute(f"select * from {quoted(t)} order by all").fetchall() for t in (*RAW, *OPS)
    }


def test_a_load_writes_rows_files_checks_and_refusals(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    check = Validation("suite", 3, "unique", "drug_id", "warning", False, "x", "k", "meaning")
    asked = request(path, "a", validations=[check], rejected=[RejectedRow(path, 7, "why", "a,b")])
    outcome = load(con, asked, "len")
    assert (outcome.action, outcome.rows_loaded, outcome.rows_refused) == ("loaded", 0, 1)
    assert outcome.warnings == (check,)
    held = state(con)
    assert [row[0] for row in held["raw.drugs"]] == [outcome.load_id]
    (loaded,) = held["ops.loads"]
    assert loaded[1:4] == ("drugs", "s", "loaded")
    assert held["ops.load_files"][0][3:] == (asked.files[0].sha256, 1)
    assert held["ops.validation_results"][0][1:7] == (
        "suite",
        3,
        "unique",
        "drug_id",
        "warning",
        False,
    )
    assert held["ops.rejected_rows"] == [(outcome.load_id, str(path), 7, "why", "a,b")]


def test_the_same_content_again_does_nothing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    asked = request(tmp_path / "a.csv", "a")
    first = load(con, asked, "len")
    before = state(con)

    def never(_: LoadWriter) -> None:
        raise AssertionError("must not write")

    again = record_load(con, asked, never)
    assert (again.action, again.load_id) == ("unchanged", first.load_id)
    assert state(con) == before


def test_changed_content_replaces_its_own_rows_only(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(con, request(tmp_path / "a.csv", "a"), "len")
    other = load(con, request(tmp_path / "b.csv", "b", subject="other"), "pom")
    changed = load(con, request(tmp_path / "a.csv", "c"), "thal")
    assert changed.action == "replaced"
    drugs = con.execute("select load_id, drug_id from raw.drugs order by 2").fetchall()
    assert drugs == [(other.load_id, "pom"), (changed.load_id, "thal")]
    assert current_load(con, "drugs", "s") == (changed.load_id, changed_hash(tmp_path / "a.csv"))
    statuses = con.execute(
        "select status, count(*) from ops.loads group by 1 order by 1"
    ).fetchall()
    assert statuses == [("loaded", 2), ("replaced", 1)]


def changed_hash(path: Path) -> str:
    return content_hash([SourceFile.read("drugs", path)])


Failure = Callable[[LoadWriter], None]


def fails_at_once(_: LoadWriter) -> None:
    raise ValueError("stop")


def fails_half_way(writer: LoadWriter) -> None:
    writer.insert("raw.drugs", drug("half"))
    raise KeyboardInterrupt


def fails_in_the_database(writer: LoadWriter) -> None:
    writer.insert("raw.drugs", drug("half"))
    writer.insert("raw.drugs", drug("none").with_columns(pl.lit(None, pl.String).alias("name")))


def fails_with_an_unknown_column(writer: LoadWriter) -> None:
    writer.insert("raw.drugs", drug("half"))
    writer.insert("raw.drugs", drug("x").with_columns(pl.lit(1).alias("colour")))


@pytest.mark.parametrize(
    "write",
    [fails_at_once, fails_half_way, fails_in_the_database, fails_with_an_unknown_column],
)
@pytest.mark.parametrize("earlier", [False, True])
def test_an_exception_inside_a_load_leaves_nothing(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, write: Failure, earlier: bool
) -> None:
    if earlier:
        load(con, request(tmp_path / "a.csv", "a"), "len")
    before = state(con)
    with pytest.raises((ValueError, KeyboardInterrupt, duckdb.Error)):
        record_load(con, request(tmp_path / "a.csv", "b"), write)
    assert state(con) == before
    assert load(con, request(tmp_path / "a.csv", "b"), "pom").rows_loaded == 1


def test_content_hash_is_of_roles_names_and_bytes_not_of_order(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_text("1")
    b.write_text("2")
    one, two = SourceFile.read("x", a), SourceFile.read("y", b)
    assert content_hash([one, two]) == content_hash([two, one])
    swapped = [SourceFile.read("y", a), SourceFile.read("x", b)]
    assert len({content_hash([one, two]), content_hash(swapped), content_hash([one])}) == 3
    assert content_hash([one], "option") != content_hash([one])


def test_counts_are_unpivoted_with_every_cell(con: duckdb.DuckDBPyConnection) -> None:
    wide = pl.DataFrame({"gene_id": ["g2", "g1"], "s1": [0, 5], "1": [7, 2**40]})
    features = pl.DataFrame(
        {"gene_id": ["g2", "g1"], "gene_id_as_given": ["g2.1", "g1.1"], "line": [2, 3]}
    )
    for load_id in ("l", "m"):
        with transaction(con):
            LoadWriter(con, load_id).insert_counts("study", features, wide, "gene_id")
    rows = read_frame(
        con, "select gene_id, sample_id, count from raw.counts where load_id = 'l'"
    ).rows()
    assert rows == [("g1", "s1", 5), ("g1", "1", 2**40), ("g2", "s1", 0), ("g2", "1", 7)]
    numbered = read_frame(con, "select distinct feature_number, load_id, gene_id from raw.counts")
    listed = read_frame(con, "select feature_number, load_id, gene_id from raw.features")
    assert sorted(numbered.rows()) == sorted(listed.rows())
    assert sorted(listed.rows()) == [(0, "l", "g1"), (1, "l", "g2"), (2, "m", "g1"), (3, "m", "g2")]


def test_unknown_tables_and_columns_are_refused(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(KeyError):
        table_columns("raw.nothing")
    with pytest.raises(ValueError, match="colour"):
        insert_frame(con, "raw.drugs", pl.DataFrame({"colour": ["red"]}))


def test_columns_of_a_later_version_are_added(con: duckdb.DuckDBPyConnection) -> None:
    load_columns = table_columns("raw.studies")
    con.execute("alter table raw.studies drop column not_analysed_reason")
    con.execute("drop table raw.abundances")
    create_tables(con)
    present = con.execute(
        "select column_name from information_schema.columns "
        "where table_schema = 'raw' and table_name = 'studies' order by ordinal_position"
    ).fetchall()
    assert [name for (name,) in present] == load_columns
    assert con.execute("select count(*) from raw.abundances").fetchall() == [(0,)]


def test_genes_of_earlier_versions_get_their_numbers(con: duckdb.DuckDBPyConnection) -> None:
    features = pl.DataFrame({"gene_id": ["g1", "g2"], "gene_id_as_given": ["g1", "g2"]})
    wide = pl.DataFrame({"gene_id": ["g1", "g2"], "s1": [1, 2], "s2": [3, 4]})
    for load_id in ("l", "m"):
        with transaction(con):
            LoadWriter(con, load_id).insert_counts(
                "study", features.with_columns(line=pl.lit(2)), wide, "gene_id"
            )
    look_up = "select load_id, gene_id, sample_id, count from raw.gene_counts('g2') order by all"
    expected = con.execute(look_up).fetchall()
    assert len(expected) == 4
    numbered = "select load_id, gene_id, feature_number from raw.features order by all"
    before = con.execute(numbered).fetchall()
    for table in ("raw.features", "raw.counts"):
        con.execute(f"alter table {table} drop column feature_number")
    con.execute("update ops.schema_versions set version = 2")
    create_tables(con)
    assert con.execute(look_up).fetchall() == expected
    assert con.execute(numbered).fetchall() == before
