"""``study.yaml``: what a person writes about an expression study."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.messages import first_validation_error, near_miss
from ingest.study.forms.base import Strandedness, TranscriptCounts
from ingest.yamlfile import read_yaml_mapping
from warehouse.errors import DataError
from warehouse.organisms import common_name

_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"

CellContext = Literal[
    "myeloma_cells",
    "myeloma_sensitive",
    "myeloma_resistant",
    "immune_cells",
    "mononuclear_cells",
    "other_cells",
    "unstated",
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ContrastDefinition(_Strict):
    """Numerator over denominator of one factor, on all samples or on a subset.

    Attributes
    ----------
    where
        Sample attributes that must have these values; empty means all samples.
    design
        The design for this contrast where it is not the study's.
    """

    factor: str
    numerator: str
    denominator: str
    name: str | None = Field(default=None, pattern=_ID)
    where: dict[str, str] = Field(default_factory=dict)
    design: str | None = None

    def slug(self) -> str:
        """Return the contrast's name, made from its levels and subset where none is given."""
        if self.name:
            return self.name
        parts = [f"{_slug(self.numerator)}_vs_{_slug(self.denominator)}"]
        parts += [_slug(value) for value in self.where.values()]
        return ".".join(parts)


class ResultsDefinition(_Strict):
    """A table of differential expression that was computed elsewhere.

    Attributes
    ----------
    columns
        The file's column for each of the contract's names, where its form is not recognised.
    test, correction
        How p-values were computed and adjusted, where the form does not say it.
    direction
        Which way the file's fold changes run; they are stored as numerator over denominator.
    excerpt
        Whether rows were chosen from a larger table, so that nothing may be adjusted or ranked
        over them.
    """

    file: str
    factor: str
    numerator: str
    denominator: str
    name: str | None = Field(default=None, pattern=_ID)
    columns: dict[str, str] = Field(default_factory=dict)
    test: str | None = None
    correction: str | None = None
    direction: Literal["numerator_over_denominator", "denominator_over_numerator"] = (
        "numerator_over_denominator"
    )
    excerpt: bool = False
    note: str | None = None

    def slug(self) -> str:
        """Return the contrast's name, made from its levels where none is given."""
        return self.name or f"{_slug(self.numerator)}_vs_{_slug(self.denominator)}"


class StudyDefinition(_Strict):
    """One expression study: counts to compare, results computed elsewhere, or both.

    Attributes
    ----------
    counts
        One path or pattern relative to ``study.yaml``, several, or a path for each sample id.
    format
        The form of the count files; by default it is recognised by what is in them.
    sample_names
        Sample id by column or file name, where the count files call the samples otherwise.
    strandedness
        Which column of STAR's ``ReadsPerGene.out.tab`` is counted.
    tx2gene
        A table of transcript and gene ids, for counts of transcripts.
    transcript_counts
        How counts of transcripts become counts of genes.
    layer
        The layer of an ``.h5ad`` file that holds the counts.
    unit
        The unit of values that are no counts, such as ``TPM``.
    design
        A formula over columns of the sample sheet, such as ``~ celltype + dex``. Every variable
        in it is a factor unless it is listed under ``continuous``.
    normalisation
        What counts are divided by: ``size_factors``, or ``lengths``: a factor for each count, from
        the mean transcript lengths that the count files state.
    contrasts
        What is compared; a study without any is loaded and visible, and nothing is computed.
    cell_context
        The kind of cells, against which literature claims are tested.
    """

    id: str = Field(pattern=_ID)
    title: str = Field(min_length=1)
    organism: str = Field(min_length=1)
    source: str | None = None
    url: str | None = None
    simulated: bool = False
    simulation_note: str | None = None
    cell_context: CellContext = "unstated"
    samples: str | None = None
    counts: str | tuple[str, ...] | dict[str, str] | None = None
    format: str | None = None
    sample_id_column: str = "sample_id"
    sample_names: dict[str, str] = Field(default_factory=dict)
    gene_id_column: str | None = None
    ignore_columns: tuple[str, ...] = ()
    strandedness: Strandedness = "auto"
    tx2gene: str | None = None
    transcript_counts: TranscriptCounts = "sum"
    layer: str | None = None
    unit: str | None = None
    design: str = ""
    continuous: tuple[str, ...] = ()
    engine: Literal["default", "pydeseq2"] = "default"
    normalisation: Literal["size_factors", "lengths"] = "size_factors"
    contrasts: tuple[ContrastDefinition, ...] = ()
    de_results: tuple[ResultsDefinition, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _without_empty_keys(cls, content: dict[str, object]) -> dict[str, object]:
        return {key: value for key, value in content.items() if value != ""}

    @field_validator("organism")
    @classmethod
    def _plain_organism(cls, value: str) -> str:
        return common_name(value)

    def missing_key(self) -> str | None:
        """Return a key that is required by the others and is not there."""
        if self.de_results and not self.counts and not self.contrasts:
            return None
        required = ("counts", "samples", "design") if self.contrasts else ("counts", "samples")
        return next((k for k in required if not getattr(self, k)), None)


def read_definition(path: Path) -> StudyDefinition:
    """Read and check ``study.yaml``.

    Raises
    ------
    DataError
        If the file is missing, is no YAML mapping, or lacks or misspells a key.
    """
    content = read_yaml_mapping(path, "study.yaml", "id, title, samples, counts")
    try:
        study = StudyDefinition.model_validate(content)
    except ValidationError as error:
        key, problem = first_validation_error(error)
        if error.errors()[0]["type"] == "extra_forbidden" and "." not in key:
            problem += near_miss(key, StudyDefinition.model_fields)
        raise DataError(problem, path, column=key) from error
    if missing := study.missing_key():
        raise DataError("this key is required.", path, column=missing)
    return study


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
