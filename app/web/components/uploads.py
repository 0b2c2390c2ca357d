"""An uploaded contrast beside one of the warehouse, gene by gene."""

from __future__ import annotations

import polars as pl
import streamlit as st

from app.uploads.results import UploadResult

# Where a session keeps its upload.
KEPT = "upload_result"

_CROWD = 0.04


def link_to_upload() -> None:
    """Link to the upload of this session, on pages that hold results against each other."""
    kept = st.session_state.get(KEPT)
    if isinstance(kept, UploadResult) and kept.genes.height:
        st.page_link(
            "views/your_data.py",
            label="Your upload is held against the warehouse on its own page",
            icon=":material/upload_file:",
        )


def called_together(mine: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Return the genes tested in both with their changes and how their calls relate.

    Parameters
    ----------
    mine
        Rows of ``fct_differential_expression`` of the upload.
    theirs
        ``gene_id, y, direction_b`` of a contrast of the warehouse.

    Returns
    -------
    polars.DataFrame
        ``gene, gene_id, i, x, y, class``, the largest changes first.
    """
    a, b = pl.col("direction"), pl.col("direction_b")
    is_a, is_b = a.is_in(["up", "down"]), b.is_in(["up", "down"])
    return (
        mine.filter((a != "not_tested") & pl.col("log2_fold_change").is_not_null())
        .join(theirs, on="gene_id", how="inner")
        .select(
            pl.coalesce("symbol", "gene_id").alias("gene"),
            "gene_id",
            pl.col("log2_fold_change").alias("x"),
            "y",
            pl.when(is_a & is_b & (a != b))
            .then(pl.lit("opposite"))
            .when(is_a & is_b & (a == "up"))
            .then(pl.lit("both_up"))
            .when(is_a & is_b)
            .then(pl.lit("both_down"))
            .when(is_a)
            .then(pl.lit("only_a"))
            .when(is_b)
            .then(pl.lit("only_b"))
            .otherwise(pl.lit("neither"))
            .alias("class"),
        )
        .sort(pl.max_horizontal(pl.col("x").abs(), pl.col("y").abs()), "gene_id", descending=True)
        .with_row_index("i")
    )


def thinned(genes: pl.DataFrame) -> pl.DataFrame:
    """Return every called gene and one for each spot of the crowd, as a chart needs them."""
    spot = [(pl.col(axis) / _CROWD).floor() for axis in ("x", "y")]
    is_first = pl.int_range(pl.len()).over(spot) == 0
    return (
        genes.filter((pl.col("class") != "neither") | is_first)
        .with_columns(pl.col("x", "y").round(3).cast(pl.Float32))
        .drop("gene_id")
        .sort((pl.col("class") != "neither"), "i")
    )
