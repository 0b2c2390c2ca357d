"""Row models of the curated clinical tables beside adverse events: outcomes, guides, terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ingest.curated.models import Count, Identifier, Row, Text

Position = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Sign = Literal["=", "<", "<=", ">", ">="]


class Outcome(Row):
    """A statement of a document about how well an arm did, as a typed state."""

    key = ("outcome_id",)
    outcome_id: Identifier
    document_id: Identifier
    source_location: Text
    source_row: Position
    verbatim: Text
    trial_id: Identifier
    arm_id: Identifier
    comparator_arm_id: Identifier | None = None
    endpoint: Identifier
    endpoint_as_written: Text
    measure: Literal["percent", "median_months", "months", "count", "qualitative"]
    state: Literal["reported", "not_estimable", "not_reported"]
    value: Annotated[float, Field(ge=0)] | None = None
    decimals: Annotated[int, Field(ge=0, le=4)] | None = None
    operator: Sign | None = None
    n_affected: Count | None = None
    n_at_risk: Position | None = None
    n_basis: str | None = None
    ci_level: Annotated[float, Field(gt=0, lt=100)] | None = None
    ci_lower: float | None = None
    ci_upper: float | None = None
    p_operator: Sign | None = None
    p_value: Share | None = None
    follow_up_months: Annotated[float, Field(ge=0)] | None = None
    criteria: str | None = None
    population: str | None = None
    verification: (
        Literal[
            "agrees",
            "unverified",
            "unverified_plausible",
            "seed_typo",
            "interim_superseded",
            "not_reported",
        ]
        | None
    ) = None
    published_value: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _state_and_values_agree(self) -> Self:
        if self.state != "reported" and (self.value is not None or self.n_affected is not None):
            raise ValueError(f"an outcome that is {self.state} has neither value nor count")
        if self.measure == "percent" and self.value is not None and self.value > 100:
            raise ValueError("a percentage is at most 100")
        if self.measure == "qualitative" and self.value is not None:
            raise ValueError("a qualitative outcome has no value")
        if (
            self.ci_lower is not None
            and self.ci_upper is not None
            and self.ci_lower > self.ci_upper
        ):
            raise ValueError("ci_lower is above ci_upper")
        if (self.p_operator is None) != (self.p_value is None):
            raise ValueError("a p-value needs its sign, and a sign its p-value")
        if (
            self.n_affected is not None
            and self.n_at_risk is not None
            and self.n_affected > self.n_at_risk
        ):
            raise ValueError("n_affected is above n_at_risk")
        return self


class PrintedComparison(Row):
    """Two adverse-event figures that a document sets against each other, with its p-value."""

    key = ("printed_comparison_id",)
    refers: ClassVar[Mapping[str, tuple[str, str]]] = {
        "document_id": ("raw.documents", "document_id"),
        "adverse_event_id": ("raw.adverse_events", "adverse_event_id"),
        "comparator_adverse_event_id": ("raw.adverse_events", "adverse_event_id"),
    }
    printed_comparison_id: Identifier
    document_id: Identifier
    source_location: Text
    source_row: Position
    verbatim: Text
    term: Text
    adverse_event_id: Identifier
    comparator_adverse_event_id: Identifier
    p_state: Literal["printed", "not_printed"]
    p_operator: Sign | None = None
    p_value: Share | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _state_and_p_value_agree(self) -> Self:
        printed = self.p_state == "printed"
        if printed != (self.p_value is not None) or printed != (self.p_operator is not None):
            raise ValueError("a printed p-value needs its sign and number, and no other has them")
        if self.adverse_event_id == self.comparator_adverse_event_id:
            raise ValueError("a figure is not compared with itself")
        return self


class Pharmacokinetic(Row):
    """A pharmacokinetic or dosing statement of a document."""

    key = ("pk_id",)
    pk_id: Identifier
    document_id: Identifier
    source_location: Text
    source_row: Position
    verbatim: Text
    drug_id: Identifier
    parameter: Identifier
    value_lo: float | None = None
    value_hi: float | None = None
    unit: str | None = None
    qualitative: str | None = None
    population: str | None = None
    study_as_cited: str | None = None
    n_patients: Position | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.value_lo is None and self.value_hi is None and self.qualitative is None:
            raise ValueError("the row has neither a value nor words")
        if (
            self.value_lo is not None
            and self.value_hi is not None
            and self.value_lo > self.value_hi
        ):
            raise ValueError("value_lo is above value_hi")
        return self


class OngoingTrial(Row):
    """A row of a document's table of ongoing trials."""

    key = ("ongoing_trial_id",)
    ongoing_trial_id: Identifier
    document_id: Identifier
    source_table: Text
    source_row: Position
    agent: Text
    phase: Text
    patient: Text
    combination_regimen_id: Identifier | None = None
    note: str | None = None


class ToxicityGuideStep(Row):
    """A step of a document's troubleshooting guide."""

    key = ("guide_step_id",)
    guide_step_id: Identifier
    document_id: Identifier
    guide: Text
    adverse_event_class: Literal["haematological", "cutaneous", "thrombosis"]
    terms: Text
    suspected_mechanism: str | None = None
    step_kind: Literal["investigation", "management"]
    step_position: Position
    step_name: Text
    summary: Text
    assay_id: Identifier | None = None


class Assay(Row):
    """A laboratory assay that a document describes."""

    key = ("assay_id",)
    assay_id: Identifier
    document_id: Identifier
    name: Text
    objective: Text
    cells: str | None = None
    treatment_times: str | None = None
    read_out: Text
    analysis: Text
    note: str | None = None


class SafetyStatement(Row):
    """A statement about a toxicity that gives no figure."""

    key = ("statement_id",)
    statement_id: Identifier
    document_id: Identifier
    source_location: Text
    source_row: Position
    verbatim: Text
    drug_ids: str | None = None
    regimen_id: Identifier | None = None
    term: Text
    direction: Literal["increased", "reduced", "not_observed", "associated"]
    compared_with: str | None = None
    mechanism: str | None = None
    reference_ids: str | None = None
    note: str | None = None


class CrosswalkTerm(Row):
    """A posted adverse-event term and what it is called here; no MedDRA code or hierarchy."""

    key = ("term_key",)
    term_key: Annotated[str, Field(pattern=r"^\S.*\S$")]
    harmonised_term: Text
    ctcae_term: str | None = None
    category: str | None = None
    status: Literal["exact", "mapped", "broader", "unmapped"]
    note: str | None = None

    @model_validator(mode="after")
    def _status_and_term_agree(self) -> Self:
        if self.term_key != self.term_key.lower():
            raise ValueError("a term_key is in lower case")
        if self.status == "exact" and self.term_key != (self.ctcae_term or "").lower():
            raise ValueError("an exact term is CTCAE's own name")
        if self.status == "mapped" and not self.ctcae_term:
            raise ValueError("a mapped term needs a ctcae_term")
        if self.status == "unmapped" and self.ctcae_term:
            raise ValueError("an unmapped term has no ctcae_term")
        return self


class CtcaeTerm(Row):
    """A term of the Common Terminology Criteria for Adverse Events (NCI, public domain)."""

    key = ("ctcae_term",)
    ctcae_version: Text
    ctcae_term: Text
    system_organ_class: Text
    grade_1: str | None = None
    grade_2: str | None = None
    grade_3: str | None = None
    grade_4: str | None = None
    grade_5: str | None = None
    definition: str | None = None
