"""The files of a study: found, hashed, and told apart by their role."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingest.limits import file_beneath
from ingest.study.definition import StudyDefinition
from ingest.study.forms.base import FormOptions
from warehouse.errors import DataError
from warehouse.ledger import SourceFile, content_hash

_PATTERN: Final = frozenset("*?[")


@dataclass(frozen=True)
class CountFiles:
    """A study's count files and how they are to be read."""

    paths: list[Path]
    options: FormOptions


def count_files(path: Path, definition: StudyDefinition) -> CountFiles:
    """Find the count files that ``study.yaml`` names.

    Raises
    ------
    DataError
        If one is missing or a pattern finds none.
    """
    counts = definition.counts or ()
    by_file: dict[Path, str] = {}
    if isinstance(counts, dict):
        by_file = {_existing(path, "counts", name): sample for sample, name in counts.items()}
        if len(by_file) < len(counts):
            raise DataError("one count file is named for two samples.", path, column="counts")
        paths = list(by_file)
    else:
        names = [counts] if isinstance(counts, str) else counts
        paths = [found for name in names for found in _matching(path, name)]
    if definition.counts is not None and not paths:
        raise DataError("no count file is named.", path, column="counts")
    tx2gene = _existing(path, "tx2gene", definition.tx2gene) if definition.tx2gene else None
    options = FormOptions(
        gene_id_column=definition.gene_id_column,
        ignore_columns=definition.ignore_columns,
        sample_files=by_file,
        sample_names=definition.sample_names,
        strandedness=definition.strandedness,
        tx2gene=tx2gene,
        transcript_counts=definition.transcript_counts,
        layer=definition.layer,
        unit=definition.unit,
    )
    return CountFiles(list(dict.fromkeys(paths)), options)


def _matching(study: Path, name: str) -> list[Path]:
    if not _PATTERN & set(name) or file_beneath(study, name, "counts").is_file():
        return [_existing(study, "counts", name)]
    if Path(name).is_absolute():
        raise DataError(
            f"the pattern {name} must be relative to study.yaml.", study, column="counts"
        )
    try:
        found = sorted(p for p in study.parent.glob(name) if p.is_file())
    except (ValueError, NotImplementedError, OSError) as error:
        raise DataError(f"the pattern {name} cannot be used.", study, column="counts") from error
    if not found:
        raise DataError(f"no file matches {name}.", study, column="counts")
    return found


def _existing(study: Path, role: str, name: str) -> Path:
    file = file_beneath(study, name, role)
    if not file.is_file():
        raise DataError(f"the {role} file of {study} is missing.", file)
    return file


def source_files(
    path: Path, definition: StudyDefinition, counts: CountFiles, companions: Sequence[Path]
) -> list[SourceFile]:
    """Hash every file that decides what a study's load holds."""
    named = [("study", path)]
    if definition.samples is not None:
        named.append(("samples", _existing(path, "samples", definition.samples)))
    named += [("counts", file) for file in counts.paths]
    named += [("companion", file) for file in companions]
    if counts.options.tx2gene is not None:
        named.append(("tx2gene", counts.options.tx2gene))
    named += [("results", _existing(path, "results", r.file)) for r in definition.de_results]
    return [SourceFile.read(role, file) for role, file in named]


def counts_hash(files: Sequence[SourceFile], definition: StudyDefinition) -> str:
    """Return one hash over what decides a study's counts: the files and how they are read."""
    deciding = [f for f in files if f.role in {"counts", "tx2gene"}]
    reading = definition.model_dump(
        mode="json",
        include={
            "counts",
            "format",
            "gene_id_column",
            "ignore_columns",
            "layer",
            "sample_names",
            "strandedness",
            "transcript_counts",
            "unit",
        },
        exclude_defaults=True,
    )
    if len(deciding) == 1 and set(reading) == {"counts"}:
        return deciding[0].sha256
    return content_hash(deciding, json.dumps(reading, sort_keys=True))
