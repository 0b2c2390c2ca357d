"""The table of an assay, long or wide, as one typed row per well or per dish and colony type."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ingest.assay.definition import COLONY_FORMING, CYTOTOXICITY, AssayDefinition
from ingest.messages import near_miss
from ingest.study.units import HOURS, MICROMOLAR, in_unit
from ingest.textfiles import read_records
from warehouse.errors import DataError
from warehouse.ledger import RejectedRow

# Other names of the columns, as people write them.
_ALIASES: Final[Mapping[str, str]] = {
    "drug": "treatment",
    "compound": "treatment",
    "conc": "concentration",
    "dose": "concentration",
    "concentration_unit": "unit",
    "rep": "replicate",
    "cell_line": "cells",
    "colonies": "count",
    "colony": "colony_type",
    "time": "time_h",
}
_SHARED: Final = ("treatment", "concentration", "unit", "replicate", "cells", "time_h")
_KNOWN: Final[Mapping[str, tuple[str, ...]]] = {
    CYTOTOXICITY: (*_SHARED, "plate", "well"),
    COLONY_FORMING: (*_SHARED, "donor", "cells_plated"),
}
# What a long table has that a wide one spreads over columns.
_LONG: Final[Mapping[str, tuple[str, ...]]] = {
    CYTOTOXICITY: ("signal",),
    COLONY_FORMING: ("colony_type", "count"),
}
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    CYTOTOXICITY: ("treatment", "concentration"),
    COLONY_FORMING: ("treatment", "donor"),
}
_NO_VALUE: Final = frozenset({"", "na", "n/a", "nan", "-"})
_UNIT_IN_NAME: Final = re.compile(r"concentration[ _(\[]+([pnuµμm]?m)[)\]]?", re.I)

Record = Mapping[str, str]


@dataclass(frozen=True)
class AssayRows:
    """The rows of an assay's table, those refused, and how the table is laid out."""

    rows: list[dict[str, Any]]
    rejected: list[RejectedRow]
    layout: str


def read_assay_table(path: Path, definition: AssayDefinition) -> AssayRows:
    """Read the table that an ``assay.yaml`` names.

    Parameters
    ----------
    path
        The table: delimited text with a header.

    Returns
    -------
    AssayRows
        One dict per measured value: ``measurement_id, line, treatment, role`` (``vehicle``,
        ``blank`` or ``treated``), ``concentration_as_given, concentration_um, replicate, cells,
        time_h`` and, by kind, ``plate, well, signal`` or ``donor, colony_type, colonies,
        cells_plated``. A measured value that is empty is refused with its line, not read as 0.

    Raises
    ------
    DataError
        Naming line and column of the first cell that is not as it must be.
    """
    header, records = read_records(path)
    names = {given: _plain(given) for given in header}
    layout = _layout(path, names, definition)
    unit = definition.concentration_unit or _unit_of_column(header)
    rows: list[dict[str, Any]] = []
    rejected: list[RejectedRow] = []
    for line, given in records:
        record = {names[name]: text for name, text in given.items()}
        shared = _shared(path, line, record, definition, unit)
        for position, (label, text) in enumerate(
            _values(record, given, names, layout, definition), start=1
        ):
            if text.strip().lower() in _NO_VALUE:
                rejected.append(
                    RejectedRow(path, line, f"no value under {label}", f"{shared['treatment']}")
                )
                continue
            measured = _measured(path, line, label, text, record, layout, definition)
            rows.append(
                {
                    "measurement_id": f"{definition.id}-{line:05d}-{position:02d}",
                    "line": line,
                    **shared,
                    **measured,
                }
            )
    _check_vehicle(path, rows, definition)
    return AssayRows(rows, rejected, layout)


def _plain(name: str) -> str:
    plain = re.sub(r"[ .]+", "_", name.strip().lower())
    if _UNIT_IN_NAME.fullmatch(plain):
        return "concentration"
    return _ALIASES.get(plain, plain)


def _unit_of_column(header: Sequence[str]) -> str | None:
    for name in header:
        if match := _UNIT_IN_NAME.fullmatch(name.strip().lower()):
            return match[1]
    return None


def _layout(path: Path, names: Mapping[str, str], definition: AssayDefinition) -> str:
    present = list(names.values())
    for name in present:
        if present.count(name) > 1:
            raise DataError(f"two columns mean {name}.", path, 1, name)
    for name in _NEEDED[definition.kind]:
        if name not in present:
            raise DataError(
                f"the column {name} is missing.{near_miss(name, present)}", path, 1, name
            )
    long = _LONG[definition.kind]
    layout = definition.layout
    if layout == "auto":
        layout = "long" if long[-1] in present else "wide"
    spread = [n for n in present if n not in _KNOWN[definition.kind]]
    if layout == "long":
        for name in long:
            if name not in present:
                raise DataError(f"a long table needs the column {name}.", path, 1, name)
        for name in spread:
            if name not in long:
                known = [*_KNOWN[definition.kind], *long]
                raise DataError(
                    f"this column is not known; the columns are {', '.join(known)}."
                    f"{near_miss(name, known)}",
                    path,
                    1,
                    name,
                )
    elif not spread:
        what = "replicate" if definition.kind == CYTOTOXICITY else "colony type"
        raise DataError(f"a wide table needs a column for each {what}.", path, 1)
    return layout


def _values(
    record: Record,
    given: Record,
    names: Mapping[str, str],
    layout: str,
    definition: AssayDefinition,
) -> Iterator[tuple[str, str]]:
    """Yield the measured values of a row with the names of their columns."""
    if layout == "long":
        name = _LONG[definition.kind][-1]
        yield name, record[name]
        return
    for column, text in given.items():
        if names[column] not in _KNOWN[definition.kind]:
            yield column, text


def _shared(
    path: Path, line: int, record: Record, definition: AssayDefinition, unit: str | None
) -> dict[str, Any]:
    treatment = record["treatment"]
    if not treatment:
        raise DataError("every row needs a treatment.", path, line, "treatment")
    text = record.get("concentration", "")
    concentration = _concentration(path, line, text, record.get("unit") or unit)
    name = treatment.casefold()
    if definition.blank is not None and name == definition.blank.casefold():
        role, concentration = "blank", None
    elif name == definition.vehicle.casefold() or concentration == 0:
        role, concentration = "vehicle", 0.0
    else:
        role = "treated"
        if concentration is None and definition.kind == CYTOTOXICITY:
            raise DataError("a treated well needs a concentration.", path, line, "concentration")
    time_h = definition.time_h
    if record.get("time_h"):
        time_h = in_unit(record["time_h"], HOURS, "h")
        if time_h is None:
            raise DataError(
                f"a time such as 72 or 72 h was expected (found {record['time_h']!r}).",
                path,
                line,
                "time_h",
            )
    return {
        "treatment": treatment,
        "role": role,
        "concentration_as_given": text or None,
        "concentration_um": concentration,
        "replicate": record.get("replicate") or None,
        "cells": record.get("cells") or definition.cells,
        "time_h": time_h,
    }


def _concentration(path: Path, line: int, text: str, unit: str | None) -> float | None:
    if text.strip().lower() in _NO_VALUE:
        return None
    exponent = re.fullmatch(r"(\d*\.?\d+)[eE]([-+]?\d{1,2})(.*)", text.strip())
    if exponent:
        text = f"{float(f'{exponent[1]}e{exponent[2]}'):.20f}{exponent[3]}"
    value = in_unit(text, MICROMOLAR, unit)
    if value is None:
        raise DataError(
            f"a molar concentration such as 100 nM was expected (found {text!r}); give bare "
            "numbers a unit by concentration_unit or a column unit.",
            path,
            line,
            "concentration",
        )
    return value


def _measured(
    path: Path,
    line: int,
    label: str,
    text: str,
    record: Record,
    layout: str,
    definition: AssayDefinition,
) -> dict[str, Any]:
    value = _number(path, line, label, text)
    if definition.kind == CYTOTOXICITY:
        measured = {"plate": record.get("plate") or "1", "well": record.get("well") or None}
        if layout == "wide":
            measured["replicate"] = label
        return {**measured, "signal": value}
    if value < 0 or value != int(value):
        raise DataError(
            f"a number of colonies is a whole number (found {text!r}).", path, line, label
        )
    plated = record.get("cells_plated")
    cells_plated = (
        _number(path, line, "cells_plated", plated) if plated else definition.cells_plated
    )
    if cells_plated is None or cells_plated <= 0:
        raise DataError(
            "how many cells were plated is needed, in a column cells_plated or as that key of "
            "assay.yaml.",
            path,
            line,
            "cells_plated",
        )
    donor = record["donor"]
    colony_type = record["colony_type"] if layout == "long" else label
    for name, given in (("donor", donor), ("colony_type", colony_type)):
        if not given:
            raise DataError(f"every row needs a {name}.", path, line, name)
    return {
        "donor": donor,
        "colony_type": colony_type,
        "colonies": int(value),
        "cells_plated": cells_plated,
    }


def _number(path: Path, line: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(f"a number was expected (found {text!r}).", path, line, column)
    return value


def _check_vehicle(
    path: Path, rows: Sequence[Mapping[str, Any]], definition: AssayDefinition
) -> None:
    if not any(row["role"] == "vehicle" for row in rows):
        treatments = dict.fromkeys(str(row["treatment"]) for row in rows)
        raise DataError(
            f"no row is of the vehicle {definition.vehicle!r}; without it nothing can be "
            f"compared.{near_miss(definition.vehicle, treatments)}",
            path,
            column="treatment",
        )
    named = {str(row["treatment"]) for row in rows}
    for name in definition.treatments:
        if name not in named:
            raise DataError(
                f"assay.yaml names the treatment {name!r}, which the table has not."
                f"{near_miss(name, named)}",
                path,
                column="treatment",
            )
