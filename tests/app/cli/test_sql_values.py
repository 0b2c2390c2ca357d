"""``imid sql`` with every type that DuckDB has: the same value in every form, or a sentence."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.cli.main import run_command
from app.cli.row_files import frame_text
from tests.support.small_home import write_small_home
from warehouse.errors import QueryError
from warehouse.home import Home
from warehouse.plain_types import taken_as
from warehouse.sandbox import Limits, Sandbox

Ask = Callable[..., tuple[int, str, str]]

_BIG = "170141183460469231731687303715884105727"
_UUID = "01234567-89ab-cdef-0123-456789abcdef"
# An expression, its value in JSON and its text in CSV.
VALUES: dict[str, tuple[str, object, str]] = {
    "nothing": ("null", None, ""),
    "truth": ("true", True, "true"),
    "whole": ("42", 42, "42"),
    "summed": ("sum(range)", 3, "3"),
    "summed_big": ("sum(range) * 10000000000000000000", "3" + "0" * 19, "3" + "0" * 19),
    "ubigint": (f"{2**64 - 1}::ubigint", str(2**64 - 1), str(2**64 - 1)),
    "uhugeint": (f"{2**128 - 1}::uhugeint", str(2**128 - 1), str(2**128 - 1)),
    "bignum": ("('9' || repeat('0', 60))::bignum", "9" + "0" * 60, "9" + "0" * 60),
    "decimal": ("1.5::decimal(10, 2)", 1.5, "1.50"),
    "decimal_whole": ("12::decimal(20, 0)", 12, "12"),
    "decimal_long": (f"'{'1' * 30}.25'::decimal(38, 2)", "1" * 30 + ".25", "1" * 30 + ".25"),
    "double": ("0.0004::double", 0.0004, "0.0004"),
    "not_a_number": ("0.0 / 0.0", None, "NaN"),
    "infinite": ("-1 / 0.0", None, "-inf"),
    "text": ("'a,\"b\"'", 'a,"b"', 'a,"b"'),
    "blob": (r"'\xAA\x00z'::blob", "aa007a", "aa007a"),
    "bit": ("'10101'::bit", "10101", "10101"),
    "uuid": (f"'{_UUID}'::uuid", _UUID, _UUID),
    "day": ("date '2026-01-02'", "2026-01-02", "2026-01-02"),
    "time": ("time '12:00:01'", "12:00:01", "12:00:01.000000000"),
    "time_ns": ("'12:00:01.000000009'::time_ns", "12:00:01.000000009", "12:00:01.000000009"),
    "time_zone": ("'12:00:01+02'::timetz", "12:00:01+02", "12:00:01+02"),
    "moment": (
        "timestamp '2026-01-02 03:04:05'",
        "2026-01-02 03:04:05",
        "2026-01-02T03:04:05.000000",
    ),
    "moment_s": (
        "'2026-01-02 03:04:05'::timestamp_s",
        "2026-01-02 03:04:05",
        "2026-01-02T03:04:05.000",
    ),
    "moment_ns": (
        "'2026-01-02 03:04:05.000000009'::timestamp_ns",
        "2026-01-02 03:04:05.000000009",
        "2026-01-02T03:04:05.000000009",
    ),
    "interval": ("interval '1 month 2 days'", "1 month 2 days", "1 month 2 days"),
    "enum": ("'a'::enum('a', 'b''c')", "a", "a"),
    "json": ("""'{"a": [1, null]}'::json""", '{"a": [1, null]}', '{"a": [1, null]}'),
    "variant": ("{'a': 1}::variant", "{'a': 1}", "{'a': 1}"),
    "geometry": ("'POINT(1 2)'::geometry", "POINT (1 2)", "POINT (1 2)"),
    "union": ("union_value(u := interval 1 day)", "1 day", "1 day"),
    "map": ("map {'k': 1}", "{k=1}", "{k=1}"),
    "histogram": ("histogram(range % 2)", "{0=2, 1=1}", "{0=2, 1=1}"),
    "list": ("[1, null]", [1, None], "[1, null]"),
    "list_empty": ("[]", [], "[]"),
    "list_of_lists": (
        "[[1.5::double], ['nan'::double], null]",
        [[1.5], [None], None],
        "[[1.5], [null], null]",
    ),
    "list_of_intervals": ("[interval 1 day, null]", ["1 day", None], '["1 day", null]'),
    "list_of_unions": ("[union_value(u := 1)]", ["1"], '["1"]'),
    "list_of_maps": ("[map {'k': interval 1 day}]", ["{k=1 day}"], '["{k=1 day}"]'),
    "list_of_hugeints": (f"[1::hugeint, {10**30}]", [1, str(10**30)], f'[1, "{10**30}"]'),
    "list_of_blobs": (r"['\xAA'::blob]", ["aa"], '["aa"]'),
    "list_of_bits": ("['101'::bit]", ["101"], '["101"]'),
    "list_of_enums": ("['a'::enum('a')]", ["a"], '["a"]'),
    "list_of_variants": ("[1::variant]", ["1"], '["1"]'),
    "list_of_moments": (
        "[timestamp '2026-01-02 03:04:05']",
        ["2026-01-02 03:04:05"],
        '["2026-01-02 03:04:05"]',
    ),
    "array": ("[1, 2]::int[2]", [1, 2], "[1, 2]"),
    "array_of_arrays": ("[[interval 1 day]]::interval[1][1]", [["1 day"]], '[["1 day"]]'),
    "struct": ("{'a': 1, 'b \"c\"': 'x'}", {"a": 1, 'b "c"': "x"}, '{"a": 1, "b \\"c\\"": "x"}'),
    "struct_of_odd": (
        "{'a': interval 1 day, 'b \"c\"': [null], 'e': 'a'::enum('a')}",
        {"a": "1 day", 'b "c"': [None], "e": "a"},
        '{"a": "1 day", "b \\"c\\"": [null], "e": "a"}',
    ),
    "tuple": (
        "row(1, interval 1 day)",
        {"element1": 1, "element2": "1 day"},
        '{"element1": 1, "element2": "1 day"}',
    ),
}
QUERY = (
    f"select {', '.join(f'{sql} as {name}' for name, (sql, *_) in VALUES.items())} from range(3)"
)
REFUSED = {
    "date 'infinity'": "infinite date or time",
    "[timestamp '-infinity']": "infinite date or time",
    "{'a': date '0044-03-15 (BC)'}": "outside the years 1 to 9999",
    "timestamp '9999-12-31' + interval 1 day": "outside the years 1 to 9999",
    "[time '24:00:00']::time[1]": "date or time",
    f"{_BIG}::hugeint": "Could not cast",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("values") / "home").create()
    write_small_home(home, releases=1)
    return home


@pytest.fixture
def ask(small: Home, capsysbinary: pytest.CaptureFixture[bytes]) -> Ask:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_command(["--home", str(small.root), "sql", *arguments])
        said = capsysbinary.readouterr()
        return code, said.out.decode(), said.err.decode()

    return run


def test_json_holds_values_that_json_has(ask: Ask) -> None:
    def refuse(word: str) -> None:
        pytest.fail(f"{word} is no JSON")

    code, out, _ = ask(QUERY, "--format", "json")
    assert code == 0
    (row,) = json.loads(out, parse_constant=refuse)
    assert row == {name: value for name, (_, value, _) in VALUES.items()}


def test_a_moment_with_its_zone_stays_the_same_moment(ask: Ask) -> None:
    """In whatever zone the machine is."""
    for fmt in ("json", "csv"):
        out = ask("select '2026-01-02 03:04:05+02'::timestamptz as x", "--format", fmt)[1]
        text = json.loads(out)[0]["x"] if fmt == "json" else out.splitlines()[1]
        assert datetime.fromisoformat(text) == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)


def test_csv_holds_every_type(ask: Ask) -> None:
    code, out, _ = ask(QUERY, "--format", "csv")
    assert code == 0
    (row,) = csv.DictReader(io.StringIO(out))
    assert row == {name: text for name, (_, _, text) in VALUES.items()}


def test_parquet_and_table_hold_every_type(ask: Ask, tmp_path: Path) -> None:
    target = tmp_path / "rows.parquet"
    assert ask(QUERY, "--format", "parquet", "--out", str(target)) == (0, "", "")
    (row,) = pl.read_parquet(target).to_dicts()
    assert row["interval"] == "1 month 2 days"
    assert row["struct_of_odd"] == {"a": "1 day", 'b "c"': [None], "e": "a"}
    assert row["blob"] == b"\xaa\x00z"
    code, out, _ = ask(QUERY)
    assert code == 0
    assert "1 month 2 days" in out


def test_rows_for_the_prompt_and_the_web_hold_every_type(small: Home) -> None:
    with Sandbox(small.current.resolve(), Limits(seconds=None)) as sandbox:
        rows = sandbox.rows(QUERY).rows
    assert rows.columns == list(VALUES)
    (row,) = csv.DictReader(io.StringIO(frame_text(rows, "csv")))
    assert row == {name: text for name, (_, _, text) in VALUES.items()}
    assert "1 month 2 days" in frame_text(rows, "table")


@pytest.mark.parametrize("expression", REFUSED, ids=range(len(REFUSED)))
def test_a_value_without_a_like_is_a_sentence(ask: Ask, expression: str) -> None:
    code, out, error = ask(f"select {expression} as x", "--format", "csv")
    assert (code, out) == (1, "")
    assert REFUSED[expression] in error
    assert len(error.splitlines()) == 1
    code, out, _ = ask(f"select cast({expression} as varchar) as x", "--format", "csv")
    assert code == 0


def test_columns_keep_their_names_and_rows_their_order(ask: Ask) -> None:
    query = (
        'select n as a, interval (n) day as a, [n::hugeint] as "b ""c" from numbers '
        "order by n desc limit 3"
    )
    code, out, _ = ask(query, "--format", "json")
    assert code == 0
    assert json.loads(out) == [
        {"a": n, "a_1": f"{n} days", 'b "c': [n]} for n in (49_999, 49_998, 49_997)
    ]


def test_what_remains_is_a_sentence() -> None:
    panic: Any = pl.exceptions.PanicException
    for error in (panic("a bug"), pl.exceptions.ComputeError("no such type"), ValueError("year 0")):
        with pytest.raises(QueryError, match="cannot be written as csv"), taken_as("csv"):
            raise error
