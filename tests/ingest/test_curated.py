"""Curated rows: what a cell may say, and how a file that says something else is refused."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ingest.curated.kinds import KINDS
from ingest.curated.load import ingest_curated, polars_type, read_rows, rows_to_frame
from ingest.curated.models import AdverseEvent, Arm, Claim, Drug
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import installation_root
from warehouse.tables import RAW

EVENT = {
    "adverse_event_id": "e1",
    "document_id": "d",
    "source_table": "Table 1",
    "source_row": "1",
    "source_column": "c",
    "term": "Anemia",
    "verbatim_cell": "4.7%",
    "arm_id": "arm",
    "cell_state": "percent",
    "value_pct": "4.7",
    "operator": "=",
    "ascertainment": "unstated",
    "data_cut": "unstated",
    "evidence_scope": "unstated",
    "source_id": "trial",
}
CLAIM = {
    "claim_id": "c1",
    "document_id": "d",
    "source_location": "Table 1",
    "drug_id": "lenalidomide",
    "claim_kind": "single_drug",
    "target_as_written": "IRF4",
    "target_type": "gene",
    "gene_symbol": "IRF4",
    "effect": "down",
    "molecular_level": "mrna",
    "level_basis": "stated",
    "cell_context": "myeloma_cells",
    "species": "human",
    "verbatim": "Downregulated",
    "reference_status": "none_given",
}
DRUGS = "drug_id,name,drug_class,is_imid\nlen,Lenalidomide,IMiD,true\npom,Pomalidomide,IMiD,true\n"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"cell_state": "n_of_n", "value_pct": None, "n_affected": "3", "n_at_risk": "10"},
        {"cell_state": "zero", "value_pct": "0", "n_affected": "0", "n_at_risk": "10"},
        {"cell_state": "zero", "value_pct": None},
        {"cell_state": "bound", "operator": ">="},
        {"cell_state": "below_threshold", "operator": "<", "value_pct": "5"},
        {"cell_state": "not_reported", "value_pct": None, "operator": None},
        {"cell_state": "other_source"},
        {"grade_lo": "3", "grade_hi": "4"},
    ],
)
def test_states_that_a_cell_may_have(change):
    AdverseEvent.model_validate({**EVENT, **change})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"value_pct": None}, "needs a value_pct"),
        ({"value_pct": "101"}, "less than or equal to 100"),
        ({"value_pct": "nan"}, "finite|greater than or equal"),
        ({"value_pct": "-1"}, "greater than or equal to 0"),
        ({"cell_state": "unknown"}, "cell_state"),
        ({"cell_state": "n_of_n"}, "needs n_affected and n_at_risk"),
        ({"cell_state": "zero"}, "cannot hold another number"),
        ({"cell_state": "not_reported"}, "no value, count or operator"),
        ({"cell_state": "not_reported", "value_pct": None}, "no value, count or operator"),
        ({"cell_state": "bound"}, "needs an operator such as >="),
        ({"cell_state": "bound", "operator": ">=", "n_affected": "1"}, "a bound has no count"),
        ({"cell_state": "other_source", "n_at_risk": "81"}, "does not belong to this arm"),
        ({"grade_lo": "4", "grade_hi": "3"}, "grade_lo is above grade_hi"),
        ({"grade_lo": "6"}, "less than or equal to 5"),
        ({"n_affected": "11", "n_at_risk": "10"}, "n_affected is above n_at_risk"),
        ({"n_affected": "1.5"}, "n_affected"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_cells_that_contradict_themselves(change, problem):
    with pytest.raises(ValidationError, match=problem):
        AdverseEvent.model_validate({**EVENT, **change})


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"gene_symbol": None}, "needs a gene_symbol"),
        ({"target_type": "gene_set"}, "needs a gene_set_id"),
        ({"claim_kind": "comparative"}, "needs comparator_drug_id"),
        ({"comparator_drug_id": "pom", "comparison": "stronger"}, "comparative claim"),
        ({"reference_status": "given"}, "do not agree"),
        ({"reference_ids": "r1"}, "do not agree"),
        ({"effect": "downwards"}, "effect"),
        ({"molecular_level": "rna"}, "molecular_level"),
    ],
)
def test_claims_that_contradict_themselves(change, problem):
    Claim.model_validate(CLAIM)
    with pytest.raises(ValidationError, match=problem):
        Claim.model_validate({**CLAIM, **change})


def test_an_arm_has_at_least_one_patient_or_none_stated():
    arm = {"arm_id": "a", "trial_id": "t", "regimen_id": "r", "label": "A"}
    assert Arm.model_validate(arm).n_at_risk is None
    with pytest.raises(ValidationError):
        Arm.model_validate({**arm, "n_at_risk": "0"})


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_model_and_its_table_have_the_same_columns(kind):
    columns = set(RAW[kind.table]) - {"load_id"} - ({"line"} if kind.keeps_line else set())
    assert columns == set(kind.model.model_fields)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_shipped_file_fits_its_model_and_types(kind):
    path = installation_root() / "ingest" / "curated" / f"{kind.name.replace('-', '_')}.csv"
    rows = read_rows(path, kind.model)
    frame = rows_to_frame(rows, kind.table, keeps_line=kind.keeps_line)
    assert frame.height == len(rows) > 0
    declared = {c: polars_type(t) for c, t in RAW[kind.table].items() if c != "load_id"}
    assert dict(frame.schema) == declared


@pytest.fixture
def write(tmp_path):
    def write(text, name="drugs.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("text", "problem", "row", "column"),
    [
        (DRUGS.replace("is_imid", "is_imd"), "Did you mean is_imid", 1, "is_imd"),
        ("drug_id,name,drug_class\na,b,c\n", "is_imid is missing", 1, None),
        (DRUGS + "len,Again,IMiD,true\n", "len stands twice .first on line 2", 4, "drug_id"),
        (DRUGS + "x,,IMiD,true\n", "valid string", 4, "name"),
        (DRUGS + "x,X,IMiD,perhaps\n", "boolean.*'perhaps'", 4, "is_imid"),
        (DRUGS + "a b,X,IMiD,true\n", "pattern", 4, "drug_id"),
        (DRUGS + "x,X,IMiD\n", "3 fields; the header has 4", 4, None),
    ],
)
def test_files_refused(write, text, problem, row, column):
    with pytest.raises(DataError, match=problem) as caught:
        read_rows(write(text), Drug)
    assert (caught.value.row, caught.value.column) == (row, column)


def test_loading_again_is_a_no_op_and_a_change_replaces(write, home):
    kind = KINDS["drugs"]
    path = write(DRUGS)
    with write_lock(home, "test"), open_working(home) as con:
        first = ingest_curated(con, kind, path)
        again = ingest_curated(con, kind, path)
        write(DRUGS + "thal,Thalidomide,IMiD,true\n")
        changed = ingest_curated(con, kind, path)
        drugs = con.execute("select drug_id, load_id from raw.drugs order by all").fetchall()
    assert [o.action for o in (first, again, changed)] == ["loaded", "unchanged", "replaced"]
    assert again.load_id == first.load_id
    assert drugs == [(d, changed.load_id) for d in ("len", "pom", "thal")]


def test_two_files_of_one_kind_stand_side_by_side(write, home):
    kind = KINDS["drugs"]
    with write_lock(home, "test"), open_working(home) as con:
        ingest_curated(con, kind, write(DRUGS, "one.csv"))
        ingest_curated(con, kind, write(DRUGS.replace("len,", "x,"), "two.csv"))
        assert con.execute("select count(*) from raw.drugs").fetchall() == [(4,)]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet='len,pom\n"\r;true 1é', max_size=60))
def test_fuzz_curated_files_are_read_or_refused(write, text):
    for content in (text, DRUGS + text):
        try:
            rows = read_rows(write(content), Drug)
        except DataError:
            continue
        assert len({row.drug_id for _, row in rows}) == len(rows)
