"""The form of *Your data*: files, and what a study.yaml would say of them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import polars as pl
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile as Sent

from app.uploads.results import LARGEST_SHEET, LARGEST_UPLOAD
from app.uploads.run import UploadedFile
from app.web.components.provenance import plain
from ingest.study.samples import SampleSheet, read_sample_sheet
from ingest.textfiles import is_compressed
from warehouse.errors import DataError

CELLS: Final = {
    "unstated": "not stated",
    "myeloma_cells": "myeloma cells",
    "myeloma_sensitive": "myeloma cells, sensitive",
    "myeloma_resistant": "myeloma cells, resistant",
    "immune_cells": "immune cells",
    "mononuclear_cells": "mononuclear cells",
    "other_cells": "other cells",
}
_COLUMNS: Final = ("gene_id", "log2_fold_change", "p_value", "padj")
_MEGABYTES: Final = LARGEST_UPLOAD // 2**20


@dataclass(frozen=True)
class Upload:
    """Files by their role, and the rest of the study's definition."""

    files: dict[str, UploadedFile]
    definition: dict[str, Any] = field(default_factory=dict)


def results_form(drugs: pl.DataFrame) -> Upload | None:
    """Draw the form for a table of differential expression; None until it is complete."""
    sent = _uploader("Table of differential expression", "upload_results")
    left, middle, right = st.columns(3)
    with left:
        numerator = _named("Drug", drugs, "upload_numerator", vehicle=False)
    with middle:
        denominator = _named("Compared with", drugs, "upload_denominator", vehicle=True)
    with right:
        cells = _cells()
    is_turned = st.toggle(
        "The table's changes run the other way (vehicle over drug)", key="upload_turned"
    )
    with st.expander("Columns, where they are not recognised"):
        st.caption("DESeq2, edgeR and limma tables and plain names are recognised by themselves.")
        places = st.columns(len(_COLUMNS))
        typed = {
            name: place.text_input(name, key=f"upload_column_{name}").strip()
            for name, place in zip(_COLUMNS, places, strict=True)
        }
    if sent is None or not numerator or not denominator:
        return None
    results: dict[str, Any] = {
        "factor": "treatment",
        "numerator": numerator,
        "denominator": denominator,
        "direction": ("denominator_over_numerator" if is_turned else "numerator_over_denominator"),
    }
    if columns := {name: column for name, column in typed.items() if column}:
        results["columns"] = columns
    return Upload({"results": sent}, _about(cells) | {"de_results": [results]})


def counts_form() -> Upload | None:
    """Draw the form for counts with a sample sheet; None until it is complete."""
    left, right = st.columns(2)
    with left:
        counts = _uploader("Counts, genes in rows", "upload_counts")
    with right:
        sheet = _uploader("Sample sheet with a column sample_id", "upload_samples")
    if sheet is None:
        return None
    try:
        samples = _read_sheet(sheet)
    except DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    definition = _contrast(samples)
    if counts is None:
        return None
    return Upload({"counts": counts, "samples": sheet}, definition)


def _contrast(samples: SampleSheet) -> dict[str, Any]:
    long = samples.long()
    levels: Mapping[str, list[str]] = {
        str(name): sorted(part["value"].drop_nulls().unique().to_list())
        for (name,), part in long.group_by("attribute", maintain_order=True)
    }
    factors = [name for name, values in levels.items() if len(values) > 1]
    first = factors.index("drug") if "drug" in factors else None
    places = st.columns(3)
    factor = places[0].selectbox(
        "Compare levels of", factors, index=first, placeholder="Quality only", key="upload_factor"
    )
    cells = _cells()
    if factor is None:
        return _about(cells)
    chosen = [
        place.selectbox(label, levels[factor], index=index, key=key)
        for place, label, index, key in (
            (places[1], "Numerator", 1, "upload_level_a"),
            (places[2], "over denominator", 0, "upload_level_b"),
        )
    ]
    design = st.text_input(
        "Design", value=f"~ {factor}", key=f"upload_design_{factor}", help="Such as ~ batch + drug"
    )
    contrast = {"factor": factor, "numerator": chosen[0], "denominator": chosen[1]}
    return _about(cells) | {"design": design, "contrasts": [contrast]}


def _about(cells: str) -> dict[str, Any]:
    return {"title": "Uploaded in this session", "organism": "human", "cell_context": cells}


def _cells() -> str:
    return st.selectbox(
        "Cells",
        list(CELLS),
        format_func=lambda code: CELLS[code],
        key="upload_cells",
        help="A claim is tested only in its kind of cells.",
    )


def _named(label: str, drugs: pl.DataFrame, key: str, *, vehicle: bool) -> str:
    names = drugs.filter(pl.col("is_vehicle") == vehicle)["name"].to_list()
    chosen = st.selectbox(
        label,
        names,
        index=names.index("DMSO") if "DMSO" in names else None,
        placeholder="Choose or type",
        accept_new_options=True,
        key=key,
    )
    return str(chosen or "").strip()


def _uploader(label: str, key: str) -> UploadedFile | None:
    sent: Sent | None = st.file_uploader(label, key=key, help=f"At most {_MEGABYTES} MB.")
    if sent is None:
        return None
    if sent.size > LARGEST_UPLOAD:
        st.error(f"{plain(sent.name)} has more than {_MEGABYTES} MB.", icon=":material/error:")
        return None
    return UploadedFile(sent.name, sent.getvalue())


def _read_sheet(sheet: UploadedFile) -> SampleSheet:
    """Read a sample sheet as ingest does, from a folder that is gone at once.

    Raises
    ------
    DataError
        Naming line and column of the first fault.
    """
    named = Path(sheet.safe_name)
    if len(sheet.content) > LARGEST_SHEET:
        raise DataError(f"a sample sheet may have {LARGEST_SHEET // 2**20} MB.", named)
    if is_compressed(sheet.content):
        raise DataError("a sample sheet is uploaded as it is, not compressed.", named)
    with tempfile.TemporaryDirectory(prefix="imid-sheet-") as folder:
        path = Path(folder) / sheet.safe_name
        path.write_bytes(sheet.content)
        try:
            return read_sample_sheet(path, "sample_id")
        except DataError as error:
            raise DataError(error.message, named, error.row, error.column) from None
