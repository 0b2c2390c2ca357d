"""Which changes may be pooled over studies: those with a standard error, in a whole table."""

from __future__ import annotations

from typing import Final

import polars as pl

# A table without a p-value beyond this was cut by significance, whatever it says of itself.
WHOLE_TABLE_P: Final = 0.5
# Tests whose statistic is the change over its standard error; F, LR and exact tests are not.
_BY_STANDARD_ERROR: Final = r"(?i)\bwald\b|\bt[ -]test\b"


def standard_errors(changes: pl.DataFrame) -> pl.DataFrame:
    """Fill in the standard errors that follow from a test statistic.

    Parameters
    ----------
    changes
        ``log2_fold_change, lfc_se, stat, test`` and whatever else.

    Returns
    -------
    polars.DataFrame
        The same with ``lfc_se`` positive or null: as given, else change over statistic where the
        test is a Wald or t-test and the two have one sign. In log2 units.
    """
    implied = pl.col("log2_fold_change") / pl.col("stat")
    follows = pl.col("test").str.contains(_BY_STANDARD_ERROR) & (pl.col("stat") != 0)
    lfc_se = pl.coalesce("lfc_se", pl.when(follows).then(implied))
    return changes.with_columns(pl.when(lfc_se > 0).then(lfc_se).alias("lfc_se"))


def judged(contrasts: pl.DataFrame) -> pl.DataFrame:
    """Say of each contrast whether its changes may be pooled.

    Chosen rows are left out, whether the study says so or the p-values show it: where a gene
    stands in a table because its change was large there, the change is too large on average, and
    the studies in which it was small are missing.

    Parameters
    ----------
    contrasts
        ``contrast_id, origin, is_excerpt, largest_p, n_changes, n_given_se, n_implied_se,
        is_vehicle, denominator_drug_id``.

    Returns
    -------
    polars.DataFrame
        ``contrast_id, standard_error_source`` (``fit``, ``given``, ``statistic`` or null) and
        ``not_pooled_reason`` (null where they may be pooled).
    """
    given = pl.col("origin") == "given"
    source = (
        pl.when(~given)
        .then(pl.lit("fit"))
        .when(pl.col("n_given_se") > 0)
        .then(pl.lit("given"))
        .when(pl.col("n_implied_se") > 0)
        .then(pl.lit("statistic"))
    )
    reason = (
        pl.when("is_excerpt")
        .then(pl.lit("chosen_rows_of_a_larger_table"))
        .when(given & (pl.col("largest_p") <= WHOLE_TABLE_P))
        .then(pl.lit("no_p_value_above_one_half"))
        .when(given & (pl.col("n_changes") == 0))
        .then(pl.lit("shrunken_changes_only"))
        .when(given & (pl.col("n_given_se") + pl.col("n_implied_se") == 0))
        .then(pl.lit("no_standard_error"))
        .when(~pl.col("is_vehicle") & pl.col("denominator_drug_id").is_null())
        .then(pl.lit("compared_with_untreated_cells"))
    )
    return contrasts.select(
        "contrast_id", source.alias("standard_error_source"), reason.alias("not_pooled_reason")
    )
