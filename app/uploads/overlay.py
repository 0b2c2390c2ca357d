"""An upload beside one contrast of the warehouse, gene by gene, by the mart's own model."""

from __future__ import annotations

from typing import Final

import polars as pl

from analytics.between_contrasts import told_apart
from analytics.differences import ACROSS_FITS, DIFFERENCE_SCHEMA, across_fits
from app.uploads.results import UploadResult
from warehouse.frames import open_frames, read_frame

# Features that no feature of another study may stand beside, as the mart's model reads them.
UNPAIRABLE: Final = """
select study_id, feature_id, identity_status
from marts.dim_feature
where identity_status in ('ambiguous', 'shared')
"""
_CONTRAST: Final = (
    "contrast_id",
    "study_id",
    "numerator_drug_id",
    "factor",
    "numerator",
    "denominator",
    "subset",
    "design",
    "contrast_position",
    "is_drug_vs_vehicle",
    "has_imid_numerator",
    "cell_context",
    "organism",
    "origin",
    "is_simulated",
)
_RESULT: Final = (
    "contrast_id",
    "study_id",
    "fit_id",
    "gene_id",
    "symbol",
    "direction",
    "base_mean",
    "log2_fold_change",
    "lfc_se",
    "p_value",
    "padj",
)


def without_features(genes: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of ``fct_differential_expression`` that may pair with another study's.

    Parameters
    ----------
    features
        Rows of ``UNPAIRABLE``.
    """
    named = features.select("study_id", pl.col("feature_id").alias("gene_id"))
    return genes.join(named, on=["study_id", "gene_id"], how="anti", maintain_order="left")


def drug_comparison(
    upload: UploadResult, contrast: pl.DataFrame, changes: pl.DataFrame, features: pl.DataFrame
) -> pl.DataFrame:
    """Return the rows that ``mart_drug_comparison`` would hold of an upload and a contrast.

    The model of the mart, compiled with the upload's thresholds, runs in memory on the two; the
    test of the difference is that of ``imid analyze`` for two fits, where it applies.

    Parameters
    ----------
    contrast
        The contrast's row of ``dim_contrast``, with the columns that the model reads.
    changes
        Its rows of ``fct_differential_expression``, likewise.
    features
        The rows of ``UNPAIRABLE`` of its study.
    """
    mine = upload.contrasts.select(_CONTRAST)
    own = upload.genes.select(_RESULT)
    theirs = changes.select(_RESULT)
    tables = {
        "marts.dim_contrast": _stacked(mine, contrast.select(_CONTRAST)),
        "marts.dim_feature": _stacked(upload.features, features),
        "marts.fct_differential_expression": _stacked(own, theirs),
        "intermediate.int_contrast_differences_resolved": _differences(
            mine,
            without_features(own, upload.features),
            contrast,
            without_features(theirs, features),
        ),
    }
    with open_frames(tables) as con:
        return read_frame(con, str(upload.comparison_model))


def _stacked(mine: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([mine, theirs], how="vertical_relaxed")


def _differences(
    mine: pl.DataFrame, own: pl.DataFrame, contrast: pl.DataFrame, changes: pl.DataFrame
) -> pl.DataFrame:
    """Return the tested differences, or one row that names the pair and tests nothing."""
    sides = [
        frame.rename({"has_imid_numerator": "is_imid", "is_drug_vs_vehicle": "is_vehicle"})
        for frame in (mine, contrast)
    ]
    if told_apart(*sides).height:
        tested = across_fits(own.filter(pl.col("lfc_se") > 0), changes)
        if tested.height:
            return tested
    pair = {
        "contrast_id_a": mine["contrast_id"][0],
        "contrast_id_b": contrast["contrast_id"][0],
        "method": ACROSS_FITS,
    }
    return pl.DataFrame([pair], schema=DIFFERENCE_SCHEMA)
