"""What an upload gives, and how it travels from its process to the app."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

_ANSWER: Final = "answer.json"
_TABLES: Final = (
    "validations",
    "rejected",
    "profiles",
    "contrasts",
    "features",
    "genes",
    "concordance",
    "verdicts",
)
_WORDS: Final = (
    "refusal",
    "recognised",
    "release",
    "comparison_model",
    "contrasts_left_out",
)
STUDY_ID: Final = "uploaded"
LARGEST_UPLOAD: Final = 64 * 2**20
# A sheet is read in the app itself, where no process of its own bounds what it may take.
LARGEST_SHEET: Final = 2 * 2**20


@dataclass(frozen=True)
class UploadRequest:
    """Where an upload lies and what it is held against.

    Attributes
    ----------
    definition
        The ``study.yaml`` beside the uploaded files.
    release
        Real path of the release.
    fdr, abs_lfc
        The thresholds of the release's build.
    """

    definition: str
    release: str
    fdr: float
    abs_lfc: float


@dataclass(frozen=True)
class UploadResult:
    """What came of an upload.

    Attributes
    ----------
    refusal
        Why it was refused, naming file, line and column; None where it was taken.
    recognised
        What its files are, in words.
    validations
        ``meaning, severity, is_success, column_name, observed, unexpected_keys`` of the gate.
    rejected
        ``path, line, reason, content`` of rows that were left out.
    profiles
        ``sample_id, genes, genes_detected, library_size, max_count``.
    features
        ``study_id, feature_id, identity_status`` of features that are no single gene's own.
    contrasts, genes, concordance, verdicts
        Rows of ``dim_contrast``, ``fct_differential_expression``, the comparison with each
        contrast of the warehouse, and ``mart_literature_concordance``, all of the upload alone.
    release
        Name of the release it was held against.
    comparison_model
        The SELECT of ``mart_drug_comparison``, compiled with the thresholds it was judged by.
    contrasts_left_out
        Contrasts of the warehouse that there was no time to compare it with, the last in the
        order of study and contrast.
    """

    refusal: str | None
    recognised: str | None
    validations: pl.DataFrame
    rejected: pl.DataFrame
    profiles: pl.DataFrame
    contrasts: pl.DataFrame
    features: pl.DataFrame
    genes: pl.DataFrame
    concordance: pl.DataFrame
    verdicts: pl.DataFrame
    release: str | None = None
    comparison_model: str | None = None
    contrasts_left_out: int = 0

    def write(self, folder: Path) -> None:
        """Write it to a folder."""
        for name in _TABLES:
            getattr(self, name).write_parquet(folder / f"{name}.parquet")
        answer = {name: getattr(self, name) for name in _WORDS}
        (folder / _ANSWER).write_text(json.dumps(answer), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> UploadResult:
        """Read it from a folder.

        Raises
        ------
        FileNotFoundError
            If its process ended before it was written.
        """
        answer = json.loads((folder / _ANSWER).read_text(encoding="utf-8"))
        fields: dict[str, Any] = {name: answer[name] for name in _WORDS}
        fields |= {name: pl.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
        return cls(**fields)
