"""Text files: compression by content, encodings, quotes, and where a fault stands."""

import bz2
import gzip
import lzma

import pyarrow as pa
import pytest

from ingest.textfiles import (
    delimiter_of,
    first_line_of,
    read_head,
    read_records,
    read_table_text,
    read_text,
)
from warehouse.errors import DataError

TABLE = b"gene_id,s1\ng1,5\n" * 2000


def zstd(data):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


COMPRESS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


@pytest.fixture
def write(tmp_path):
    def write(content, name="table.txt"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("name", COMPRESS)
def test_is_decompressed_by_content_whatever_its_name(write, name):
    path = write(COMPRESS[name](TABLE), "named.csv")
    assert read_text(path) == TABLE
    assert TABLE.startswith(read_head(path))


@pytest.mark.parametrize("control", [b"\x01", b"\x0b", b"\x0c", b"\x1f", b"\x7f"])
def test_a_control_character_in_a_table_is_refused_by_its_line(write, control):
    far = TABLE * 400
    for before in (TABLE, far):
        with pytest.raises(DataError, match=f"0x{control[0]:02x}") as refused:
            read_table_text(write(before + b"g1\t12" + control + b"\n"))
        assert refused.value.row == before.count(b"\n") + 1
    assert read_table_text(write(far)) == far


@pytest.mark.parametrize("name", COMPRESS)
@pytest.mark.parametrize("keep", [0.5, 0.99])
def test_a_truncated_compressed_file_is_refused(write, name, keep):
    whole = COMPRESS[name](bytes(range(1, 128)) * 3000)
    with pytest.raises(DataError, match="truncated or damaged"):
        read_text(write(whole[: int(len(whole) * keep)]))


def test_text_that_begins_like_bzip2_is_text(write):
    assert read_text(write(b"BZh9_gene,s1\ng,1\n")).startswith(b"BZh9_gene")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b"a,b\n1,\0\n", "binary"),
        (b"PK\x03\x04rest", "zip archive or an Excel workbook"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        ("a,b\nM\xfcller,2\n".encode("latin-1"), "0xfc is not UTF-8"),
    ],
)
def test_what_is_no_text_table_is_refused(write, content, problem):
    with pytest.raises(DataError, match=problem):
        read_text(write(content))


def test_the_line_of_a_wrong_byte_is_named(write):
    with pytest.raises(DataError) as caught:
        read_text(write(b"a,b\n1,2\n\xff,3\n"))
    assert caught.value.row == 3


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_text(tmp_path / "none.csv")
    with pytest.raises(DataError, match="folder"):
        read_text(tmp_path)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_line_ends_and_bom_are_made_one(write, end):
    content = b"\xef\xbb\xbf" + end.join([b"a,b", b"1,2", b""])
    assert read_text(write(content)) == b"a,b\n1,2\n"


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [("a\tb,c\td", "\t"), ("a,b", ","), ("a;b;c", ";"), ("a b c", " "), ("alone", "\t")],
)
def test_delimiter(line, delimiter):
    assert delimiter_of(line) == delimiter


def test_first_line_skips_blank_lines():
    assert first_line_of(b"\n\na,b\n1,2\n") == "a,b"


def test_records_keep_their_lines_across_blank_and_quoted_lines(write):
    header, records = read_records(write(b'a,b\n\n1,"two\nlines"\n\n3, 4 \n'))
    assert header == ["a", "b"]
    assert records == [(4, {"a": "1", "b": "two\nlines"}), (6, {"a": "3", "b": "4"})]


@pytest.mark.parametrize(
    ("content", "problem", "row"),
    [
        (b"a,b\n1\n", "1 fields; the header has 2", 2),
        (b"a,b\n1,2,3\n", "3 fields", 2),
        (b"a,\n1,2\n", "no name", 1),
        (b"a,a\n1,2\n", "stands twice", 1),
        (b"a,b\n", "no rows", None),
        (b'a,b\n1,"2\n3,4\n', "not a delimited table", None),
        (b'a,b\n"1"x,2\n', "not a delimited table", None),
    ],
)
def test_records_refused(write, content, problem, row):
    with pytest.raises(DataError, match=problem) as caught:
        read_records(write(content))
    assert caught.value.row == row


def test_a_header_broken_off_from_its_rows_is_refused(write):
    with pytest.raises(DataError, match="every row holds several cells"):
        read_records(write(b"sample_id\n,drug,note\ns1,DMSO,x\n"))
    header, rows = read_records(write(b"sample_id\ns1\ns2\n"))
    assert (header, len(rows)) == (["sample_id"], 2)


@pytest.mark.parametrize("control", ["\x0b", "\x0c", "\x1c", "\x1f"])
def test_a_control_character_at_the_edge_of_a_cell_is_refused_by_line_and_column(write, control):
    """Stripped as a blank, it would make another value of a damaged one."""
    for cell in (control + "2", "2" + control, "2 " + control + " ", control):
        with pytest.raises(DataError, match=f"0x{ord(control):02x}") as refused:
            read_records(write(f'a,b\n1,"x\ny"\n1,{cell}\n'.encode()))
        assert (refused.value.row, refused.value.column) == (4, "b")
    with pytest.raises(DataError, match="control character") as refused:
        read_records(write(f"a,b{control}\n1,2\n".encode()))
    assert (refused.value.row, refused.value.column) == (1, "2")


@pytest.mark.parametrize("control", ["\x01", "\x0b", "\x0c", "\x1f", "\x7f"])
def test_free_text_keeps_a_control_character_that_was_pasted_with_it(write, control):
    _, records = read_records(write(f"id,verbatim\nC1, IRF4 down{control}regulated \n".encode()))
    assert records == [(2, {"id": "C1", "verbatim": f"IRF4 down{control}regulated"})]


def test_the_mark_by_which_dos_ends_a_text_is_no_part_of_it(write):
    assert read_table_text(write(TABLE + b"\x1a")) == TABLE
    assert read_records(write(b"a,b\r\n1,2\r\n\x1a")) == (["a", "b"], [(2, {"a": "1", "b": "2"})])
    assert read_records(write(b"a,b\n1,2\x1a"))[1] == [(2, {"a": "1", "b": "2"})]
    with pytest.raises(DataError, match="0x1a"):
        read_table_text(write(b"a,b\n1,\x1a2\n"))
    with pytest.raises(DataError, match="empty"):
        read_text(write(b"\x1a"))
