"""``assay.yaml``: what a person writes about a cytotoxicity or colony-forming assay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ingest.messages import first_validation_error, near_miss
from ingest.study.units import MICROMOLAR
from ingest.yamlfile import read_yaml_mapping
from warehouse.errors import DataError

_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"

CYTOTOXICITY: Final = "cytotoxicity"
COLONY_FORMING: Final = "colony-forming"

AssayKind = Literal["cytotoxicity", "colony-forming"]
Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class AssayDefinition(BaseModel):
    """One assay: a table of wells or of colony counts, and what it needs to be read.

    Attributes
    ----------
    kind
        ``cytotoxicity`` for signals of wells that fall as cells die, ``colony-forming`` for
        numbers of colonies.
    table
        Path of the table relative to ``assay.yaml``.
    layout
        ``long`` has a row per well or per dish and colony type; ``wide`` has a column per
        replicate (cytotoxicity) or per colony type (colonies). By default the header decides.
    vehicle
        What the treatment column calls the cultures that got the solvent only.
    blank
        What it calls wells without cells, whose mean signal is taken off their plate.
    concentration_unit
        Unit of bare numbers in the concentration column; everything is kept in micromolar.
    treatments
        For a treatment's name the drug, or the drugs of a combination, by id.
    cells_plated
        Cells plated in each dish, where the table has no column of that name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=_ID)
    title: str = Field(min_length=1)
    kind: AssayKind
    table: str = Field(min_length=1)
    layout: Literal["auto", "long", "wide"] = "auto"
    vehicle: str = Field(min_length=1)
    blank: str | None = None
    concentration_unit: str | None = None
    treatments: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    cells_plated: Amount | None = None
    cells: str | None = None
    time_h: Amount | None = None
    read_out: str | None = None
    source: str | None = None
    url: str | None = None
    note: str | None = None
    simulated: bool = False
    simulation_note: str | None = None

    @field_validator("treatments", mode="before")
    @classmethod
    def _one_drug_as_a_list(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: [drugs] if isinstance(drugs, str) else drugs for name, drugs in value.items()}

    @field_validator("concentration_unit")
    @classmethod
    def _known_unit(cls, value: str | None) -> str | None:
        if value is not None and value.strip().lower() not in MICROMOLAR:
            raise ValueError("a molar unit such as nM or uM was expected")
        return value

    @model_validator(mode="after")
    def _keys_fit_the_kind(self) -> AssayDefinition:
        if self.kind == CYTOTOXICITY and self.cells_plated is not None:
            raise ValueError("cells_plated belongs to a colony-forming assay")
        if self.kind == COLONY_FORMING and self.blank is not None:
            raise ValueError("blank belongs to a cytotoxicity assay")
        if self.simulated != (self.simulation_note is not None):
            raise ValueError("a simulated assay needs a simulation_note, and no other has one")
        return self


def read_assay_definition(path: Path) -> AssayDefinition:
    """Read and check ``assay.yaml``.

    Raises
    ------
    DataError
        If the file is missing, is no YAML mapping, or lacks or misspells a key.
    """
    content = read_yaml_mapping(path, "assay.yaml", "id, title, kind, table")
    content = {key: value for key, value in content.items() if value != ""}
    try:
        return AssayDefinition.model_validate(content)
    except ValidationError as error:
        key, problem = first_validation_error(error)
        if error.errors()[0]["type"] == "extra_forbidden" and "." not in key:
            problem += near_miss(key, AssayDefinition.model_fields)
        raise DataError(problem, path, column=key or None) from error
