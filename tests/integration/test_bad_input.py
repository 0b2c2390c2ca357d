"""Bad studies through the real command: refused in words, and the warehouse as it was."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from app.cli.main import run_command
from warehouse.home import Home
from warehouse.tables import OPS, RAW, quoted

IMID = Path(sys.executable).parent / "imid"
SAMPLES = [f"{arm}_{i}" for arm in ("len", "dmso") for i in (1, 2, 3)]
STUDY = """\
id: bad
title: A study that goes wrong
organism: human
samples: samples.csv
counts: counts.csv
design: ~ batch + drug
contrasts:
  - {factor: drug, numerator: lenalidomide, denominator: DMSO}
"""
SHEET = "sample_id,drug,batch\n" + "".join(
    f"{s},{'lenalidomide' if s.startswith('len') else 'DMSO'},b{s[-1]}\n" for s in SAMPLES
)
GENES = ["ENSG00000000003.14", "ENSG00000000005.6", "ENSG00000000419.13", "ENSG00000000457.14"]


def matrix(samples: list[str] = SAMPLES, genes: list[str] = GENES) -> list[list[str]]:
    rows = [["gene_id", *samples]]
    return rows + [
        [gene, *(str(10 * i + j) for j in range(1, len(samples) + 1))]
        for i, gene in enumerate(genes, start=1)
    ]


def text(rows: list[list[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


def with_cell(row: int, column: int, value: str) -> str:
    rows = matrix()
    rows[row][column] = value
    return text(rows)


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(**files: str | bytes) -> Path:
        folder = tmp_path / "study"
        folder.mkdir(exist_ok=True)
        content = {"study.yaml": STUDY, "samples.csv": SHEET, "counts.csv": text(matrix())}
        content |= {name.replace("_", "."): data for name, data in files.items()}
        for name, data in content.items():
            (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return folder / "study.yaml"

    return write


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A warehouse that holds the study, rightly written."""
    folder = tmp_path_factory.mktemp("loaded")
    for name, data in {
        "study.yaml": STUDY,
        "samples.csv": SHEET,
        "counts.csv": text(matrix()),
    }.items():
        (folder / name).write_text(data)
    home = Home(folder / "home")
    study = str(folder / "study.yaml")
    assert run_command(["--home", str(home.root), "ingest", "study", study]) == 0
    return home


def rows_of_every_table(home: Home) -> dict[str, int]:
    with duckdb.connect(str(home.working), read_only=True) as con:
        return {
            table: con.execute(f"select count(*) from {quoted(table)}").fetchall()[0][0]
            for table in (*RAW, *OPS)
        }


def refused(home: Home, study: Path, capsys: pytest.CaptureFixture[str]) -> str:
    before = rows_of_every_table(home)
    landed = sorted(home.landed.iterdir())
    capsys.readouterr()
    code = run_command(["--home", str(home.root), "ingest", "study", str(study)])
    said = capsys.readouterr()
    assert code == 1
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert "Traceback" not in said.err
    sentences = re.findall(r"[.?](?= [A-Z]|$)", said.err.strip())
    assert 1 <= len(sentences) <= 3, said.err
    assert len(said.err) < 700
    assert rows_of_every_table(home) == before
    assert sorted(home.landed.iterdir()) == landed
    assert before["raw.counts"] == len(SAMPLES) * len(GENES)
    return said.err


BAD_COUNTS: dict[str, tuple[str | bytes, list[str]]] = {
    "negative": (with_cell(2, 3, "-4"), ["line 3", "column len_3", "'-4' is negative"]),
    "fractional": (with_cell(2, 3, "4.5"), ["line 3", "column len_3", "'4.5' is not a whole"]),
    "empty": (with_cell(4, 6, ""), ["line 5", "column dmso_3", "is empty"]),
    "NA": (with_cell(4, 6, "NA"), ["line 5", "column dmso_3", "is NA"]),
    "non-numeric": (with_cell(1, 1, "many"), ["line 2", "column len_1", "'many' is not a number"]),
    "duplicate gene": (
        with_cell(3, 0, GENES[0]),
        ["line 4", "column gene_id", f"{GENES[0]} stands twice", "line 2"],
    ),
    "duplicate gene after its version": (
        with_cell(3, 0, "ENSG00000000003.2"),
        ["line 4", "column gene_id", "as ENSG00000000003.14", "versions are removed"],
    ),
    "missing sample": (text(matrix(SAMPLES[:-1])), ["line 1", "dmso_3 has no column"]),
    "sample that the sheet has not": (
        text(matrix([*SAMPLES, "extra"])),
        ["line 1", "column extra", "neither in the sample sheet"],
    ),
    "duplicate sample": (text(matrix([*SAMPLES, "len_1"])), ["line 1", "column len_1", "twice"]),
    "ragged": (text([*matrix(), ["g9", "1", "2"]]), ["line 6", "3 fields; 7 were expected"]),
    "truncated gzip": (gzip.compress(text(matrix()).encode())[:-9], ["truncated or damaged"]),
    "empty file": (b"", ["the file is empty"]),
    "empty gzip": (gzip.compress(b""), ["the file is empty"]),
    "binary": (bytes(range(256)) * 4, ["binary file"]),
    "header only": (text(matrix()[:1]), ["no rows"]),
    "Excel workbook": (b"PK\x03\x04\x14\0\6\0rest", ["Excel workbook"]),
}


@pytest.mark.parametrize("fault", BAD_COUNTS)
def test_bad_counts(
    loaded: Home, write: Write, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    content, expected = BAD_COUNTS[fault]
    said = refused(loaded, write(counts_csv=content), capsys)
    for words in ["counts.csv", *expected]:
        assert words in said


BAD_SHEETS: dict[str, tuple[str, list[str]]] = {
    "duplicate": (SHEET + "len_1,DMSO,b1\n", ["line 8", "column sample_id", "len_1 stands twice"]),
    "missing id column": (SHEET.replace("sample_id", "sample"), ["line 1", "no column sample_id"]),
    "no id": (SHEET.replace("len_2,", ","), ["line 3", "column sample_id", "id is empty"]),
    "bad number": (
        SHEET.replace("batch", "rin").replace(",b2", ",x").replace(",b", ","),
        ["line 3", "column rin", "'x' is not a number"],
    ),
    "ragged": (SHEET + "len_4\n", ["line 8", "1 fields; the header has 3"]),
    "empty": ("", ["the file is empty"]),
}


@pytest.mark.parametrize("fault", BAD_SHEETS)
def test_bad_sample_sheets(
    loaded: Home, write: Write, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    content, expected = BAD_SHEETS[fault]
    said = refused(loaded, write(samples_csv=content), capsys)
    for words in ["samples.csv", *expected]:
        assert words in said


CONFOUNDED = re.sub(r"DMSO,b\d", "DMSO,b2", re.sub(r"mide,b\d", "mide,b1", SHEET))

BAD_DESIGNS: dict[str, tuple[dict[str, str], list[str]]] = {
    "missing column": (
        {"study_yaml": STUDY.replace("batch + drug", "bach + drug")},
        ["study.yaml", "column design", "no column bach", "Did you mean batch?"],
    ),
    "confounded": (
        {"samples_csv": CONFOUNDED},
        ["study.yaml", "column design", "not of full rank", "drug", "confounded"],
    ),
    "empty cell": (
        {"samples_csv": SHEET.replace("lenalidomide,b2", "lenalidomide,")},
        ["samples.csv", "line 3", "column batch", "empty"],
    ),
    "level that does not exist": (
        {"study_yaml": STUDY.replace("numerator: lena", "numerator: Lena")},
        ["study.yaml", "column contrasts", "drug = Lenalidomide", "Did you mean lenalidomide?"],
    ),
    "too few samples": (
        {"study_yaml": STUDY.replace("batch + drug", "batch * drug")},
        ["study.yaml", "column design", "replicates are needed"],
    ),
    "code in the formula": (
        {"study_yaml": STUDY.replace("batch + drug", "drug + open('/etc/passwd')")},
        ["study.yaml", "column design", "is not a formula"],
    ),
    "unknown key": (
        {"study_yaml": STUDY + "colour: red\n"},
        ["study.yaml", "column colour", "not known"],
    ),
    "missing key": (
        {"study_yaml": STUDY.replace("organism: human\n", "")},
        ["study.yaml", "column organism", "required"],
    ),
    "key twice": (
        {"study_yaml": STUDY + "id: other\n"},
        ["study.yaml", "line 9", "id stands twice"],
    ),
    "no YAML": (
        {"study_yaml": STUDY.replace("title: A", "title: [A")},
        ["study.yaml", "line", "not YAML"],
    ),
    "empty YAML": ({"study_yaml": "\n"}, ["study.yaml", "mapping"]),
    "unknown format": (
        {"study_yaml": STUDY + "format: matriks\n"},
        ["study.yaml", "column format", "Did you mean matrix?"],
    ),
    "missing counts": (
        {"study_yaml": STUDY.replace("counts.csv", "other.csv")},
        ["other.csv", "missing"],
    ),
    "pattern that finds nothing": (
        {"study_yaml": STUDY.replace("counts.csv", "quant/*.sf")},
        ["study.yaml", "no file matches quant/*.sf"],
    ),
}


@pytest.mark.parametrize("fault", BAD_DESIGNS)
def test_bad_definitions(
    loaded: Home, write: Write, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    files, expected = BAD_DESIGNS[fault]
    said = refused(loaded, write(**files), capsys)
    for words in expected:
        assert words in said


def test_the_right_study_still_loads_afterwards(loaded: Home, write: Write) -> None:
    assert run_command(["--home", str(loaded.root), "ingest", "study", str(write())]) == 0


def imid(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(IMID), *arguments], capture_output=True, text=True)


def test_the_installed_command_refuses_without_a_traceback(home: Home, write: Write) -> None:
    study = write(counts_csv=with_cell(2, 3, "-4"))
    outcome = imid("--home", str(home.root), "ingest", "study", str(study))
    assert outcome.returncode == 1
    counts = study.parent / "counts.csv"
    assert outcome.stderr.startswith(f"error: {counts}, line 3, column len_3: the count '-4'")
    assert len(outcome.stderr.splitlines()) == 1
    as_json = imid("--home", str(home.root), "ingest", "study", str(study), "--json")
    assert as_json.returncode == 1
    assert as_json.stdout.startswith('{"error": ')
    assert as_json.stderr == outcome.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["ingest"],
        ["ingest", "study"],
        ["ingest", "nothing", "x"],
        ["ingest", "study", "x", "--colour", "red"],
        ["unknown"],
    ],
)
def test_wrong_usage_exits_with_2(
    home: Home, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["--home", str(home.root), *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err
