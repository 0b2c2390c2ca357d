"""Count matrices: the exact integers or a refusal that names the cell."""

import contextlib
import csv
import io
from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.study.counts import LARGEST_COUNT
from ingest.study.forms.base import FormOptions
from ingest.study.forms.delimited import read_count_matrix
from ingest.textfiles import read_records
from warehouse.errors import DataError

SAMPLES = ("s1", "s2")


@pytest.fixture
def read(tmp_path):
    def read(content, samples=SAMPLES, **options):
        path = tmp_path / "counts.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_count_matrix(path, samples, FormOptions(**options))

    return read


def counts_of(reading):
    return reading.matrix.counts.rows()


def features_of(reading):
    return reading.matrix.features.rows()


@pytest.mark.parametrize(
    "content",
    [
        "gene_id,s1,s2\ng1,1,2\ng2,3,4\n",
        "gene_id\ts1\ts2\ng1\t1\t2\ng2\t3\t4",
        "gene_id;s1;s2\r\ng1;1;2\r\ng2;3;4\r\n",
        '"","s1","s2"\n"g1",1,2\n"g2",3,4\n',
        '"s1" "s2"\n"g1" 1 2\n"g2" 3 4\n',
        "s1\ts2\ng1\t1\t2\ng2\t3\t4\n",
        "s2,gene_id,s1\n2,g1,1\n4,g2,3\n",
        '"","gene","s1","s2"\n"1","g1",1,2\n"2","g2",3,4\n',
        ",gene_id,s1,s2\n0,g1,1,2\n1,g2,3,4\n",
        "symbol,entrez_id,s1,s2\nA,g1,1,2\nB,g2,3,4\n",
        "symbol,s2,gene_id,s1,description\nA,2,g1,1,x\nB,4,g2,3,y\n",
        "\ufeffgene_id,s1,s2\ng1,1,2\n\n\ng2,3,4\n\n",
        "gene_id,s1,s2\ng1, 1 ,2.0\ng2,3e0,4.\n",
        "#gene_id,s1,s2\ng1,1,2\ng2,3,4\n",
        "# made by hand\ngene_id,s1,s2\ng1,1,2\ng2,3,4\n",
        'gene_id,s1,s2,description\ng1,1,2,"5"" end, or so"\ng2,3,4,y\n',
    ],
)
def test_the_same_matrix_however_it_is_written(read, content):
    assert counts_of(read(content)) == [("g1", 1, 2), ("g2", 3, 4)]


@pytest.mark.parametrize(
    ("text", "number"),
    [("12.0", 12), ("1e+05", 100_000), ("1.5E1", 15), ("+7", 7), ("-0", 0), ("0.000", 0)],
)
def test_whole_numbers_however_written(read, text, number):
    assert counts_of(read(f"gene_id,s1,s2\ng1,{text},2\n")) == [("g1", number, 2)]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("-3", "negative"),
        ("-3.0", "negative"),
        ("2.5", "not a whole number"),
        ("4.0000000000000000001", "not a whole number"),
        ("1e-400", "not a whole number"),
        ("", "empty"),
        (" ", "empty"),
        ("NA", "is NA"),
        ("nan", "is nan"),
        ("inf", "not a finite number"),
        ("abc", "not a number"),
        ("1_000", "not a whole number|not a number"),
        ("٣", "not a whole number|not a number"),
        ("0x10", "not a number"),
        ("1'000", "thousands separator"),
        ("1.000", "one or a thousand"),
        (str(LARGEST_COUNT + 1), "too large"),
        ("99999999999999999999999", "too large"),
        ("1e300", "too large"),
    ],
)
def test_a_cell_that_is_no_count_is_refused_with_its_place(read, cell, problem):
    with pytest.raises(DataError, match=problem) as caught:
        read(f"gene_id,s1,s2\ng1,1,2\n\ng2,3,{cell}\n")
    assert (caught.value.row, caught.value.column) == (4, "s2")


def test_a_thousands_separator_in_quotes_is_refused(read):
    with pytest.raises(DataError, match="thousands separator"):
        read('gene_id,s1,s2\ng1,"1,234",2\n')


def test_three_decimals_are_decimals_where_a_zero_shows_it(read):
    assert counts_of(read("gene_id,s1,s2\ng1,1.000,0.000\n")) == [("g1", 1, 0)]


def test_the_first_fault_by_line_is_named(read):
    with pytest.raises(DataError) as caught:
        read("gene_id,s1,s2\ng1,1,x\ng2,y,2\n")
    assert (caught.value.row, caught.value.column) == (2, "s2")


@pytest.mark.parametrize(
    ("content", "problem", "row"),
    [
        ("gene_id,s1,s2\ng1,1,2\ng1,3,4\n", "stands twice", 3),
        ("gene_id,s1,s2\nENSG00000000003.1,1,2\nENSG00000000003.14,3,4\n", "versions", 3),
        ("gene_id,s1,s2\ng1,1,2\n,3,4\n", "gene id is empty", 3),
        ("gene_id,s1,s2\ng1,1,2\ng\x1f2,3,4\n", "control character", 3),
        ("gene_id,s1\ng1,1\n", "s2 has no column", 1),
        ("gene_id,s1,s2,s3\ng1,1,2,3\n", "neither in the sample sheet", 1),
        ("gene_id,s1,s1\ng1,1,2\n", "stands twice", 1),
        ("gene_id,s1,s2,\ng1,1,2,3\n", "no name", 1),
        ("gene_id,s1,s2\ng1,1,2\ng2,3\n", "2 fields; 3 were expected", 3),
        ("gene_id,s1,s2\ng1,1,2\ng2,3,4,5\n", "4 fields; 3 were expected", 3),
        ("s1,s2,description\n1,2,x\n3,4\n", "2 fields", 3),
        ("gene_id,s1,s2\n", "no rows", None),
        ('gene_id,s1,s2\ng1,1,2\n"g2,3,4\n', "quote", 3),
        ('gene_id,s1,s2\n"g1"x,1,2\n', "quote", 2),
    ],
)
def test_tables_refused(read, content, problem, row):
    with pytest.raises(DataError, match=problem) as caught:
        read(content)
    assert caught.value.row == row


def test_versions_are_removed_and_what_was_written_is_kept(read):
    reading = read("gene_id,symbol,s1,s2\nENSG00000000003.14,TSPAN6,1,2\nFBgn0001.2,,3,4\n")
    assert features_of(reading) == [
        ("ENSG00000000003", "ENSG00000000003.14", "TSPAN6", 2),
        ("FBgn0001.2", "FBgn0001.2", None, 3),
    ]


def test_entrez_ids_as_row_names_are_no_row_numbers(read):
    content = ",s1,s2\n1,1,2\n2,3,4\n9,5,6\n"
    assert [f[0] for f in features_of(read(content))] == ["1", "2", "9"]


def test_a_matrix_of_numbered_rows_has_no_genes(read):
    with pytest.raises(DataError, match="no gene id column"):
        read(",s1,s2\n1,1,2\n2,3,4\n3,5,6\n")


@pytest.mark.parametrize(
    ("heading", "cells"),
    [("gene", "14"), ("symbol", "14"), ("Geneid", "11"), ("id", ("1.5", "2")), ("entrez", "00")],
)
def test_a_header_that_lost_a_later_name_shifts_nothing(read, heading, cells):
    """R leaves the row names' column without a name; not so where ``gene`` would head numbers."""
    one, other = cells
    with pytest.raises(DataError, match="name every column"):
        read(f"{heading},s1,s2\nENSG01,{one},2,3\nENSG02,{other},5,6\n")


@pytest.mark.parametrize(
    ("heading", "cell"),
    [("symbol", "IRF4"), ("entrez", "3662"), ("GeneID", "3662"), ("ID", "3662")],
)
def test_row_names_beside_another_name_of_the_gene_are_read(read, heading, cell):
    reading = read(f"{heading},s1,s2\nENSG01,{cell},1,2\n")
    assert [f[0] for f in features_of(reading)] == ["ENSG01"]
    assert counts_of(reading)[0][1:] == (1, 2)


def test_the_par_y_copy_is_a_gene_of_its_own(read):
    reading = read("gene_id,s1,s2\nENSG00000002586.20,1,2\nENSG00000002586.20_PAR_Y,3,4\n")
    assert [f[0] for f in features_of(reading)] == ["ENSG00000002586", "ENSG00000002586_PAR_Y"]


def test_lines_are_those_of_the_file(read):
    reading = read("\n# note\ngene_id,s1,s2\n\ng1,1,2\n\n\ng2,3,4\n")
    assert [f[3] for f in features_of(reading)] == [5, 8]


def test_options(read):
    content = "name,id,a,s2,note\nx,g1,1,2,n\n"
    reading = read(content, gene_id_column="id", ignore_columns=("note",), sample_names={"a": "s1"})
    assert counts_of(reading) == [("g1", 1, 2)]


def test_two_columns_of_one_sample_are_refused_unless_one_is_ignored(read):
    content = "gene_id,start,s1,s2\ng1,5,1,2\n"
    named = {"start": "s1"}
    with pytest.raises(DataError, match="sample s1 is recognised in two columns, start and s1"):
        read(content, sample_names=named)
    reading = read(content, sample_names=named, ignore_columns=("s1",))
    assert counts_of(reading) == [("g1", 5, 2)]


def test_rows_of_statistics_are_no_genes(read):
    reading = read("gene_id,s1,s2\ng1,1,2\n__no_feature,30,40\n__ambiguous,5,6\n")
    assert counts_of(reading) == [("g1", 1, 2)]
    assert reading.statistics.select("sample_id", "statistic", "reads").rows() == [
        ("s1", "__no_feature", 30),
        ("s1", "__ambiguous", 5),
        ("s2", "__no_feature", 40),
        ("s2", "__ambiguous", 6),
    ]


CELLS = st.one_of(
    st.integers(0, 10**6).map(str),
    st.integers(-5, 10**20).map(str),
    st.floats(allow_nan=True).map(str),
    st.sampled_from(["", " 7", "7 ", "12.0", "1e3", "NA", "1,234", "1.000", '"5"', '"', "0.000"]),
    st.text(max_size=5),
)
NAMES = st.one_of(
    st.sampled_from(["g1", "g2", "ENSG00000000003.1", "ENSG00000000003", "1-Mar", "", "a b", '"']),
    st.text(max_size=6),
)
TABLES = st.lists(st.tuples(NAMES, CELLS, CELLS), min_size=1, max_size=6)
FUZZ = settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def exact_value(text):
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return int(value) if value.is_finite() and value == value.to_integral_value() else None


def with_quotes(rows, delimiter, ending, quoting):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=quoting).writerows(rows)
    return out.getvalue().encode("utf-8", errors="ignore")


@FUZZ
@given(
    rows=TABLES,
    order=st.permutations([0, 1, 2]),
    delimiter=st.sampled_from(",\t;"),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    bom=st.booleans(),
)
@example([("g1", "1.000", "0.000")], [0, 1, 2], ",", "\n", csv.QUOTE_ALL, False)
def test_fuzz_the_exact_table_or_a_refusal(read, rows, order, delimiter, ending, quoting, bom):
    table = [["gene_id", *SAMPLES], *rows]
    table = [[row[i] for i in order] for row in table]
    content = (b"\xef\xbb\xbf" if bom else b"") + with_quotes(table, delimiter, ending, quoting)
    try:
        reading = read(content)
    except DataError:
        return
    expected = [(exact_value(a), exact_value(b)) for _, a, b in rows]
    assert [row[1:] for row in counts_of(reading)] == expected
    assert [f[1] for f in features_of(reading)] == [name.strip() for name, _, _ in rows]


@FUZZ
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode()))
@example(b'gene_id,s1,s2\n"g1\n",1,2\n')
@example(b"gene_id,s1,s2\ng1,1\rg2,3,4\n")
@example(b"#\n#\n")
@example(b'"\n')
@example(b"0;\n0")
def test_fuzz_any_bytes_are_a_table_or_a_refusal(read, content):
    for prefix in (b"", b"gene_id,s1,s2\ng0,1,2\n"):
        with contextlib.suppress(DataError):
            read(prefix + content)


@FUZZ
@given(content=st.binary(max_size=120) | st.text(alphabet='ab,"\n\r;\t#1', max_size=80))
def test_fuzz_records_are_as_the_csv_module_reads_them_or_refused(tmp_path, content):
    path = tmp_path / "records.csv"
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(data)
    try:
        header, records = read_records(path)
    except DataError:
        return
    assert len(set(header)) == len(header)
    assert all(list(record) == header for _, record in records)
    lines = [line for line, _ in records]
    assert lines == sorted(set(lines))


def test_huge_counts_sum_without_overflow(read):
    rows = "".join(f"g{i},{LARGEST_COUNT},0\n" for i in range(1000))
    total = read(f"gene_id,s1,s2\n{rows}").matrix.counts["s1"].sum()
    assert total == 1000 * LARGEST_COUNT
    assert 10_000 * 1000 * LARGEST_COUNT > 2**63 > 1_000 * 1000 * LARGEST_COUNT
