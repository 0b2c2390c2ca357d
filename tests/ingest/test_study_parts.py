"""``study.yaml``, sample sheets and designs: what is read, and what is refused and where."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.study.definition import read_definition
from ingest.study.design import plan_contrasts
from ingest.study.samples import read_sample_sheet
from warehouse.errors import DataError

STUDY = """\
id: s
title: A study
organism: Homo sapiens
samples: samples.csv
counts: counts.csv
design: ~ batch + drug
contrasts:
  - {factor: drug, numerator: len, denominator: DMSO}
"""
SHEET = """\
sample_id,drug,batch,dose
a,len,1,0
b,len,2,1
c,len,3,2.5
d,DMSO,1,3
e,DMSO,2,4
f,DMSO,3,5
"""


@pytest.fixture
def define(tmp_path):
    def define(text):
        path = tmp_path / "study.yaml"
        path.write_text(text, encoding="utf-8")
        return read_definition(path)

    return define


@pytest.fixture
def sheet(tmp_path):
    def sheet(text, **options):
        path = tmp_path / "samples.csv"
        path.write_text(text, encoding="utf-8")
        return read_sample_sheet(path, **options)

    return sheet


@pytest.fixture
def plan(define, sheet):
    def plan(study=STUDY, samples=SHEET):
        return plan_contrasts(Path("study.yaml"), define(study), sheet(samples))

    return plan


def test_definition_with_its_defaults(define):
    study = define(STUDY)
    assert (study.organism, study.simulated, study.cell_context) == ("human", False, "unstated")
    assert study.contrasts[0].slug() == "len_vs_dmso"


@pytest.mark.parametrize("level", ["no", "1.0", "08", "2020-01-02", "null", "1e3", "0x10", "1_0"])
def test_a_level_is_what_is_written(define, level):
    study = define(STUDY.replace("numerator: len", f"numerator: {level}"))
    assert study.contrasts[0].numerator == level


def test_an_empty_key_is_as_if_it_were_not_there(define):
    assert define(STUDY + "source:\nurl: ''\n").source is None


@pytest.mark.parametrize(
    ("change", "problem", "column", "row"),
    [
        (("title: A study\n", ""), "required", "title", None),
        (("title:", "tittle:"), "required", "title", None),
        (("title: A study", "title: A study\ncolour: red"), "not known", "colour", None),
        (("title: A study", "title: A study\ndesing: x"), "Did you mean design", "desing", None),
        (("title: A study", "title: A study\ntitle: B"), "title stands twice", None, 3),
        (("id: s", "id: a b"), "should match pattern", "id", None),
        (("factor: drug", "facto: drug"), "required", "contrasts.0.factor", None),
        (("contrasts:\n  - {factor", "contrasts: []\ntitel: {factor"), "title", "titel", None),
        (("title: A", "title: 'A"), "not YAML", None, None),
        (("title: A study", "\ttitle: A"), "not YAML", None, 2),
        (("organism: Homo", "simulated: perhaps\norganism: Homo"), "boolean", "simulated", None),
        (("organism: Homo", "cell_context: liver\norganism: Homo"), "liver", "cell_context", None),
    ],
)
def test_definitions_refused(define, change, problem, column, row):
    with pytest.raises(DataError, match=problem) as caught:
        define(STUDY.replace(*change))
    assert caught.value.column == column
    if row:
        assert caught.value.row == row


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just text", "null", "!!python/object:os.x {}"])
def test_what_is_no_mapping_is_refused(define, text):
    with pytest.raises(DataError):
        define(text)


def test_definition_files_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read_definition(tmp_path / "none.yaml")
    with pytest.raises(DataError, match="folder"):
        read_definition(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"id: M\xfcller\n")
    with pytest.raises(DataError, match="UTF-8"):
        read_definition(tmp_path / "latin.yaml")


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet="ab:{}[]-&*!|>'\"# \n\t0", max_size=60))
def test_fuzz_definitions_are_read_or_refused(define, text):
    with pytest.raises(DataError):
        define(text)
    with contextlib.suppress(DataError):
        define(STUDY + text)


def test_known_columns_are_typed_and_all_are_kept(sheet):
    read = sheet(
        "sample_id,Drug,RIN,concentration_um,reads,donor\na,len,9.1,10,20000000,x\nb,DMSO,8,,,\n"
    )
    assert read.typed.rows(named=True)[0] == {
        "sample_id": "a",
        "sample_position": 1,
        "drug": "len",
        "concentration_um": 10.0,
        "rin": 9.1,
        "reads": 20_000_000,
    }
    assert read.columns == ["Drug", "RIN", "concentration_um", "reads", "donor"]
    assert ("b", "donor", None) in read.long().rows()
    assert read.lines == {"a": 2, "b": 3}


def test_a_column_called_line_is_kept(sheet):
    read = sheet("sample_id,line\na,MM.1S\nb,U266\n")
    assert read.attributes["line"].to_list() == ["MM.1S", "U266"]


@pytest.mark.parametrize(
    ("text", "options", "problem", "row", "column"),
    [
        ("id,x\na,1\n", {}, "no column sample_id", 1, None),
        ("sample_id,x\na,1\n,2\n", {}, "id is empty", 3, "sample_id"),
        ("sample_id,x\na,1\nb,1\na,2\n", {}, "stands twice .first on line 2", 4, "sample_id"),
        ("sample_id,x\na1,1\nA1,2\n", {}, "differs from a1 in case", 3, "sample_id"),
        ("sample_id,x\nGene_ID,1\n", {}, "no sample can be called", 2, "sample_id"),
        ("sample_id,rin\na,9\nb,good\n", {}, "'good' is not a number", 3, "rin"),
        ("sample_id,rin\na,nan\n", {}, "not a number", 2, "rin"),
        ("sample_id,reads\na,1.5\n", {}, "not a whole number", 2, "reads"),
        (
            "sample_id,id\na,1\n",
            {"sample_id_column": "id"},
            "needs another name",
            1,
            "sample_id",
        ),
    ],
)
def test_sheets_refused(sheet, text, options, problem, row, column):
    with pytest.raises(DataError, match=problem) as caught:
        sheet(text, **options)
    assert (caught.value.row, caught.value.column) == (row, column)


def test_a_plan_names_the_samples_of_each_arm(plan):
    (contrast,) = plan()
    assert contrast.contrast_id == "s.len_vs_dmso"
    arms = dict(contrast.samples.rows())
    assert [s for s, arm in arms.items() if arm == "numerator"] == ["a", "b", "c"]
    assert [s for s, arm in arms.items() if arm == "denominator"] == ["d", "e", "f"]


def test_a_subset_leaves_the_others_out(plan):
    samples = SHEET + "g,pom,1,0\nh,len,4,1\n"
    study = STUDY.replace(
        "denominator: DMSO}", "denominator: DMSO, where: {batch: 1}, design: ~drug}"
    )
    with pytest.raises(DataError, match="nothing is left to estimate variation"):
        plan(study, SHEET)
    (contrast,) = plan(study, samples + "i,len,1,2\n")
    assert dict(contrast.samples.rows()) == {
        "a": "numerator",
        "d": "denominator",
        "g": "other",
        "i": "numerator",
    }


@pytest.mark.parametrize(
    ("study", "samples", "problem", "column"),
    [
        (("batch +", "batsh +"), None, "no column batsh.*Did you mean batch", "design"),
        (("factor: drug", "factor: dose"), None, "not in the design", "contrasts"),
        (("numerator: len", "numerator: lenn"), None, "drug = lenn.*Did you mean len", "contrasts"),
        (("numerator: len", "numerator: DMSO"), None, "both DMSO", "contrasts"),
        (("~ batch + drug", "~ batch + + drug ~"), None, "not a formula", "design"),
        (("~ batch + drug", "~ drug + open('x')"), None, "not a formula", "design"),
        (("~ batch + drug", "~ drug + np.log(dose)"), None, "not a formula", "design"),
        (("~ batch + drug", "~ drug + {print(1)}"), None, "not a formula", "design"),
        (("~ batch + drug", "~ (drug"), None, "not a formula", "design"),
        (("~ batch + drug", "~ drug.name"), None, "rename one with a dot", "design"),
        (("~ batch + drug", "~ `drug.name`"), None, "rename one with a dot", "design"),
        (("~ batch + drug", "~ batch * drug"), None, "nothing is left", "design"),
        (None, ("len,3", "len,"), "cell is empty", "batch"),
        (None, ("1,3\ne,DMSO,2,4\nf,DMSO,3", "4,3\ne,DMSO,5,4\nf,DMSO,6"), "rank", "design"),
    ],
)
def test_designs_refused(plan, study, samples, problem, column):
    text = STUDY.replace(*study) if study else STUDY
    rows = SHEET.replace(*samples) if samples else SHEET
    with pytest.raises(DataError, match=problem) as caught:
        plan(text, rows)
    assert caught.value.column == column


def test_a_column_name_with_a_space_stands_in_backticks(plan):
    study = STUDY.replace("~ batch + drug", '"~ `plate no` + drug"')
    (contrast,) = plan(study, SHEET.replace("batch", "plate no"))
    assert contrast.design == "~ `plate no` + drug"


def test_a_confounded_design_names_the_column(plan):
    samples = "sample_id,drug,batch\n" + "".join(
        f"{name},{drug},{batch}\n"
        for name, drug, batch in zip("abcdef", ["len"] * 3 + ["DMSO"] * 3, "111222", strict=True)
    )
    with pytest.raises(DataError, match=r"not of full rank: drug.*confounded"):
        plan(STUDY, samples)


def test_a_factor_that_does_not_vary_is_named(plan):
    samples = SHEET.replace(",2,", ",1,").replace(",3,", ",1,")
    with pytest.raises(DataError, match="batch is 1 in every sample"):
        plan(STUDY, samples)


def test_continuous_variables_are_numbers(plan):
    study = STUDY.replace("~ batch + drug", "~ dose + drug\ncontinuous: [dose]")
    assert plan(study)
    with pytest.raises(DataError, match="'high' is not a number") as caught:
        plan(study, SHEET.replace("len,2,1", "len,2,high"))
    assert (caught.value.row, caught.value.column) == (3, "dose")
    with pytest.raises(DataError, match="is continuous; a contrast compares levels"):
        plan(study.replace("factor: drug", "factor: dose"))


def test_two_contrasts_of_one_name_are_refused(plan):
    twice = STUDY + "  - {factor: drug, numerator: len, denominator: DMSO}\n"
    with pytest.raises(DataError, match="two contrasts are called"):
        plan(twice)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from("123"), min_size=6, max_size=6))
def test_fuzz_a_batch_column_fits_or_is_refused_as_numpy_says(plan, batches):
    drugs = [1] * 3 + [0] * 3
    levels = sorted(set(batches))
    matrix = np.array(
        [[1, d, *(b == level for level in levels[1:])] for d, b in zip(drugs, batches, strict=True)]
    )
    rows, columns = matrix.shape
    fits = np.linalg.matrix_rank(matrix) == columns < rows and len(levels) > 1
    samples = "sample_id,drug,batch\n" + "".join(
        f"{name},{'len' if d else 'DMSO'},{b}\n"
        for name, d, b in zip("abcdef", drugs, batches, strict=True)
    )
    if fits:
        assert plan(STUDY, samples)
    else:
        with pytest.raises(DataError):
            plan(STUDY, samples)
