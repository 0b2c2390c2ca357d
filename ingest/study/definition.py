"""``study.yaml``: what a person writes about an expression study."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ingest.messages import first_validation_error
from warehouse.errors import DataError

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
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


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


class StudyDefinition(_Strict):
    """One expression study.

    Attributes
    ----------
    counts, samples
        Paths, relative to ``study.yaml``.
    design
        A formula over columns of the sample sheet, such as ``~ celltype + dex``. Every variable
        in it is a factor unless it is listed under ``continuous``.
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
    samples: str
    counts: str
    sample_id_column: str = "sample_id"
    gene_id_column: str | None = None
    ignore_columns: tuple[str, ...] = ()
    design: str
    continuous: tuple[str, ...] = ()
    engine: Literal["default", "pydeseq2"] = "default"
    contrasts: Annotated[tuple[ContrastDefinition, ...], Field(min_length=1)]

    @field_validator("organism")
    @classmethod
    def _plain_organism(cls, value: str) -> str:
        return {"homo sapiens": "human", "mus musculus": "mouse"}.get(value.lower(), value.lower())


def read_definition(path: Path) -> StudyDefinition:
    """Read and check ``study.yaml``.

    Raises
    ------
    DataError
        If the file is missing, is no YAML mapping, or lacks or misspells a key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DataError("there is no such file.", path) from None
    except IsADirectoryError:
        raise DataError("this is a folder; name its study.yaml.", path) from None
    except UnicodeDecodeError as error:
        raise DataError("this is not UTF-8 text.", path) from error
    try:
        content: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it cannot be parsed"
        raise DataError(
            f"this is not YAML: {problem}.", path, mark.line + 1 if mark else None
        ) from error
    if not isinstance(content, dict):
        raise DataError("a mapping with id, title, samples, counts ... was expected.", path)
    try:
        return StudyDefinition.model_validate(content)
    except ValidationError as error:
        key, problem = first_validation_error(error)
        raise DataError(problem, path, column=key) from error


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
