"""One model per curated table: the columns, their types and what they may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from warehouse.organisms import HUMAN, common_name

Text = Annotated[str, Field(min_length=1)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Grade = Annotated[int, Field(ge=1, le=5)]


class Row(BaseModel):
    """A row of a curated table; an empty cell is None, an unknown column is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: ClassVar[tuple[str, ...]]
    # The table and column in which each value of a column, or of a list in it, must stand.
    refers: ClassVar[Mapping[str, tuple[str, str]]] = {}


class Document(Row):
    """A source document."""

    key = ("document_id",)
    document_id: Identifier
    file_stem: Text
    title: Text
    author: str | None = None
    published: str | None = None
    document_kind: Literal["vendor_guide", "review", "paper", "label", "registry"]
    url: str | None = None


class Reference(Row):
    """An entry of a document's reference list, as printed."""

    key = ("reference_id",)
    reference_id: Identifier
    document_id: Identifier
    position: Annotated[int, Field(ge=1)]
    citation_as_written: Text
    domain: str | None = None
    resolution: Literal["titled", "domain_only", "redirect_only", "author_year"]
    title: str | None = None
    journal: str | None = None
    year: Annotated[int, Field(ge=1800, le=2100)] | None = None
    pmid: Annotated[int, Field(ge=1)] | None = None
    doi: Annotated[str, Field(pattern=r"^10\.\d{4,9}/\S+$")] | None = None
    note: str | None = None


class Drug(Row):
    """A drug, vehicle or placebo."""

    key = ("drug_id",)
    drug_id: Identifier
    name: Text
    drug_class: Text
    is_imid: bool
    aliases: str | None = None


class GeneSet(Row):
    """A set of genes that a document speaks of as one."""

    key = ("gene_set_id",)
    gene_set_id: Identifier
    name: Text
    member_symbols: str | None = None
    documents: str | None = None
    note: str | None = None


class Regimen(Row):
    """A combination of drugs as given to patients."""

    key = ("regimen_id",)
    regimen_id: Identifier
    label: Text
    name: Text
    description: str | None = None


class RegimenComponent(Row):
    """One drug of a regimen."""

    key = ("regimen_id", "drug_id")
    regimen_id: Identifier
    drug_id: Identifier
    component_role: Literal["backbone", "partner", "placebo"]


class Trial(Row):
    """A trial or other clinical study."""

    key = ("trial_id",)
    trial_id: Identifier
    name: Text
    design: Text
    population: str | None = None
    line_of_therapy: str | None = None
    is_randomised: bool | None = None
    source: str | None = None
    nct_id: Annotated[str, Field(pattern=r"^NCT\d{8}$")] | None = None


class Arm(Row):
    """An arm of a trial, with the number at risk and where that number comes from."""

    key = ("arm_id",)
    arm_id: Identifier
    trial_id: Identifier
    regimen_id: Identifier
    label: Text
    n_at_risk: Annotated[int, Field(ge=1)] | None = None
    n_basis: str | None = None
    n_randomised: Annotated[int, Field(ge=1)] | None = None


class AdverseEvent(Row):
    """One cell of an adverse-event table, as a typed state.

    What a cell may say is decided by its state: a percentage needs a value, a bound an operator,
    and a cell that was not reported has neither value nor count. So a missing value can never
    be read as zero, nor a bound as an estimate.
    """

    key = ("adverse_event_id",)
    adverse_event_id: Identifier
    document_id: Identifier
    source_table: Text
    source_row: Annotated[int, Field(ge=1)]
    source_column: Text
    term: Text
    verbatim_cell: Text
    arm_id: Identifier
    cell_state: Literal[
        "n_of_n", "percent", "zero", "bound", "below_threshold", "not_reported", "other_source"
    ]
    value_pct: Percent | None = None
    operator: Literal["=", "<", "<=", ">", ">="] | None = None
    value_role: Literal["estimate", "listing_threshold"] | None = None
    pct_decimals: Annotated[int, Field(ge=0, le=4)] | None = None
    n_affected: Count | None = None
    n_at_risk: Annotated[int, Field(ge=1)] | None = None
    n_basis: str | None = None
    grade_lo: Grade | None = None
    grade_hi: Grade | None = None
    grade_as_written: str | None = None
    ascertainment: Text
    ctcae_version: str | None = None
    data_cut: Text
    evidence_scope: Literal["randomised_trial", "single_arm_trial", "real_world", "unstated"]
    source_id: Identifier
    verification: (
        Literal[
            "agrees",
            "agrees_wrong_frame",
            "unverified_plausible",
            "disagrees_with_header",
            "consistent_but_misleading",
            "threshold_only",
            "arithmetic_slip",
            "interim_superseded",
            "not_reported",
            "unverified",
        ]
        | None
    ) = None
    published_grade_lo: Grade | None = None
    published_grade_hi: Grade | None = None
    published_value: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _state_and_values_agree(self) -> Self:
        state = self.cell_state
        if state in {"percent", "bound", "other_source"} and self.value_pct is None:
            raise ValueError(f"a cell of state {state} needs a value_pct")
        if state == "n_of_n" and (self.n_affected is None or self.n_at_risk is None):
            raise ValueError("a cell of state n_of_n needs n_affected and n_at_risk")
        if state == "zero" and (self.n_affected or self.value_pct):
            raise ValueError("a cell of state zero cannot hold another number")
        if state == "not_reported" and (
            self.value_pct is not None or self.n_affected is not None or self.operator
        ):
            raise ValueError("a cell that is not reported has no value, count or operator")
        if state in {"bound", "below_threshold"} and self.operator in {None, "="}:
            raise ValueError(f"a cell of state {state} needs an operator such as >=")
        if state == "bound" and self.n_affected is not None:
            raise ValueError("a bound has no count")
        if state == "other_source" and self.n_at_risk is not None:
            raise ValueError("a number from another source does not belong to this arm's n")
        if self.grade_lo and self.grade_hi and self.grade_lo > self.grade_hi:
            raise ValueError("grade_lo is above grade_hi")
        if (
            self.n_affected is not None
            and self.n_at_risk is not None
            and self.n_affected > self.n_at_risk
        ):
            raise ValueError("n_affected is above n_at_risk")
        return self


class Claim(Row):
    """A statement of a document about what a drug does to a gene, a set of genes or a cell.

    ``effect`` is ``variable`` where the document calls the effect so, and
    ``direction_not_stated`` where it claims an effect (a binding, a modulation) without saying
    which way.
    """

    key = ("claim_id",)
    refers: ClassVar[Mapping[str, tuple[str, str]]] = {
        "document_id": ("raw.documents", "document_id"),
        "drug_id": ("raw.drugs", "drug_id"),
        "comparator_drug_id": ("raw.drugs", "drug_id"),
        "gene_set_id": ("raw.gene_sets", "gene_set_id"),
        "reference_ids": ("raw.references", "reference_id"),
    }
    claim_id: Identifier
    document_id: Identifier
    source_location: Text
    source_row: Annotated[int, Field(ge=1)] | None = None
    source_column: str | None = None
    drug_id: Identifier
    comparator_drug_id: Identifier | None = None
    claim_kind: Literal["single_drug", "comparative"]
    target_as_written: Text
    target_type: Literal["gene", "gene_set", "phenotype"]
    gene_symbol: str | None = None
    gene_set_id: Identifier | None = None
    effect: Literal["up", "down", "variable", "none", "direction_not_stated"]
    comparison: Literal["stronger", "weaker"] | None = None
    molecular_level: Literal[
        "mrna",
        "protein_abundance",
        "degradation",
        "activity",
        "secretion",
        "phosphorylation",
        "splicing",
        "binding",
        "phenotype",
        "unstated",
    ]
    level_basis: Literal["stated", "table_title", "prose_context"]
    magnitude_words: str | None = None
    cell_context: Text
    species: Text
    verbatim: Text
    row_label: str | None = None
    reference_ids: str | None = None
    reference_status: Literal["given", "none_given", "domain_only"]
    route: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _target_and_comparison_agree(self) -> Self:
        if self.target_type == "gene" and not self.gene_symbol:
            raise ValueError("a claim about a gene needs a gene_symbol")
        if self.target_type == "gene_set" and not self.gene_set_id:
            raise ValueError("a claim about a gene set needs a gene_set_id")
        if (self.target_type == "phenotype") != (self.molecular_level == "phenotype"):
            raise ValueError("a claim about a phenotype has the level phenotype, and no other has")
        if self.target_type == "phenotype" and (self.gene_symbol or self.gene_set_id):
            raise ValueError("a claim about a phenotype has neither gene_symbol nor gene_set_id")
        if (self.claim_kind == "comparative") != bool(self.comparator_drug_id and self.comparison):
            raise ValueError(
                "a comparative claim needs comparator_drug_id and comparison, and no other has them"
            )
        if (self.reference_status != "none_given") != bool(self.reference_ids):
            raise ValueError("reference_ids and reference_status do not agree")
        return self


class MechanismEdge(Row):
    """An arrow of the documents' map of the mechanism, and the claims it rests on.

    Without a ``source_symbol`` the arrow starts at the drug. ``loss_lowers`` and ``loss_raises``
    say what the loss of the source's protein does to the target.
    """

    key = ("edge_id",)
    refers: ClassVar[Mapping[str, tuple[str, str]]] = {"claim_ids": ("raw.claims", "claim_id")}
    edge_id: Identifier
    source_symbol: str | None = None
    target_symbol: Text
    relation: Literal["binds", "degrades", "loss_lowers", "loss_raises"]
    claim_ids: Text
    note: str | None = None


def _organism(value: object) -> object:
    return common_name(value) if isinstance(value, str) else value


class Gene(Row):
    """A gene of a curated reference."""

    key = ("gene_id",)
    gene_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:_-]*$")]
    entrez_id: Annotated[int, Field(ge=1)] | None = None
    symbol: Text
    name: str | None = None
    biotype: str | None = None
    chromosome: str | None = None
    organism: Annotated[str, BeforeValidator(_organism)] = HUMAN.name
    previous_symbols: str | None = None
    aliases: str | None = None
    documents: str | None = None
