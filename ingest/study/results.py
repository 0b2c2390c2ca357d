"""Differential expression computed elsewhere: DESeq2, edgeR, limma and tables like theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from ingest.headings import ID_NAMES, SYMBOL_NAMES
from ingest.study.definition import ResultsDefinition
from ingest.study.matrix import GENE, LINE, listed, without_version
from ingest.study.shrinkage import Told, told_by_numbers
from ingest.table import OpenedTable, Table, open_table
from warehouse.errors import DataError
from warehouse.ledger import RejectedRow

# Part of the content: what an older reading made of the same bytes is read again.
READING: Final = "results read by their numbers"
_MISSING: Final = ("", "NA", "NaN", "nan", "NULL", "N/A")
_NUMBERS: Final = (
    "base_mean",
    "mean_numerator",
    "mean_denominator",
    "average_log2_expression",
    "log2_fold_change",
    "lfc_se",
    "stat",
    "p_value",
    "padj",
    "shrunken_log2_fold_change",
)
_CHANGES: Final = ("log2_fold_change", "shrunken_log2_fold_change")
# What edgeR calls the statistics that are never negative.
_UNSIGNED: Final = frozenset({"F", "LR"})
_COLUMN_NAMES: Final = frozenset({"gene_id", "symbol", *_NUMBERS})
# A fold change below this is too small for its sign to tell the direction of a table.
_TELLING_CHANGE: Final = 0.1


@dataclass(frozen=True)
class DeResults:
    """One table of results, every row of it either here or among the rejected.

    Attributes
    ----------
    rows
        ``gene_id, gene_id_as_given, symbol_as_given, line`` and the numbers that the table has.
    test, correction
        What the table's form or the definition says; None where neither does.
    """

    definition: ResultsDefinition
    path: Path
    form: str
    test: str | None
    correction: str | None
    rows: pl.DataFrame
    rejected: list[RejectedRow]


@dataclass(frozen=True)
class _Form:
    """A known form: the columns that tell it, and the contract's name of each column."""

    name: str
    needs: frozenset[str]
    columns: Mapping[str, str]
    test: Callable[[Sequence[str]], str | None]
    correction: str | None


def _edger_test(header: Sequence[str]) -> str:
    if "F" in header:
        return "quasi-likelihood F-test"
    return "likelihood ratio test" if "LR" in header else "exact test"


_DESEQ2: Final = {
    "baseMean": "base_mean",
    "log2FoldChange": "log2_fold_change",
    "lfcSE": "lfc_se",
    "stat": "stat",
    "pvalue": "p_value",
    "padj": "padj",
}
_ESTIMATES: Final = _Form(
    "DESeq2 or PyDESeq2 results()",
    frozenset({"baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue"}),
    _DESEQ2,
    lambda _: "Wald test",
    "Benjamini-Hochberg after independent filtering",
)
_SHRUNKEN: Final = _Form(
    "DESeq2 or PyDESeq2 lfcShrink()",
    frozenset({"baseMean", "log2FoldChange", "lfcSE", "pvalue"}),
    {**_DESEQ2, "log2FoldChange": "shrunken_log2_fold_change"},
    lambda _: "Wald test of the unshrunken change",
    "Benjamini-Hochberg after independent filtering",
)
_FORMS: Final = (
    _ESTIMATES,
    _SHRUNKEN,
    _Form(
        "edgeR topTags()",
        frozenset({"logFC", "logCPM", "PValue"}),
        {
            "logFC": "log2_fold_change",
            "logCPM": "average_log2_expression",
            "F": "stat",
            "LR": "stat",
            "PValue": "p_value",
            "FDR": "padj",
        },
        _edger_test,
        "Benjamini-Hochberg",
    ),
    _Form(
        "limma topTable()",
        frozenset({"logFC", "AveExpr", "t", "P.Value"}),
        {
            "logFC": "log2_fold_change",
            "AveExpr": "average_log2_expression",
            "t": "stat",
            "P.Value": "p_value",
            "adj.P.Val": "padj",
        },
        lambda _: "moderated t-test",
        "Benjamini-Hochberg",
    ),
)
# What colleagues call the columns of a table that no known program wrote.
_PLAIN_NAMES: Final = {
    "log2_fold_change": ("log2_fold_change", "log2foldchange", "log2fc", "log2_fc", "log2.fc"),
    "p_value": ("p_value", "pvalue", "p.value", "pval", "p_val"),
    "padj": ("padj", "p_adj", "adj.p.val", "p_val_adj", "fdr", "qvalue", "q_value", "q.value"),
    "base_mean": ("base_mean", "basemean"),
    "lfc_se": ("lfc_se", "lfcse"),
}


def read_results(study: Path, definition: ResultsDefinition) -> DeResults:
    """Read one table of results.

    Rows without a gene, of a gene that stands several times, or with an infinite change are
    rejected with the reason: none of several is picked. An adjusted p-value is never computed
    where the table has none.

    Raises
    ------
    DataError
        If the table is of no known form, the stated columns hold no change or one column twice, a
        cell is no number, a p-value is not between 0 and 1, or the means show that the fold
        changes run the other way.
    """
    path = study.parent / definition.file
    opened = open_table(path)
    form, test, correction, columns = _recognise(study, opened, definition)
    table = opened.parse()
    gene = _gene_column(opened, definition, columns)
    symbol = _symbol_column(opened, definition, gene)
    rows = _numbers(table, columns)
    is_other_test = False
    if form in {_ESTIMATES.name, _SHRUNKEN.name}:
        form, test, rows = _as_told(form, test, rows, table.frame)
        is_other_test = test is None
    if definition.direction == "denominator_over_numerator":
        rows = _turned(rows, columns, is_other_test=is_other_test)
    given = table.frame[gene].str.strip_chars()
    rows = pl.DataFrame(
        {
            GENE: without_version(given),
            "gene_id_as_given": given,
            "symbol_as_given": table.frame[symbol].str.strip_chars()
            if symbol
            else pl.Series([None] * table.frame.height, dtype=pl.String),
            LINE: pl.Series(table.lines, dtype=pl.Int64),
        }
    ).hstack(rows)
    _require_direction(path, rows, definition)
    kept, rejected = _reject(path, rows)
    has_padj = "padj" in columns.values()
    return DeResults(
        definition,
        path,
        form,
        definition.test or test,
        definition.correction or (correction if has_padj else None),
        kept,
        rejected,
    )


def _recognise(
    study: Path, opened: OpenedTable, definition: ResultsDefinition
) -> tuple[str, str | None, str | None, dict[str, str]]:
    """Return form, test, correction, and the contract's name of each column of the file."""
    if definition.columns:
        return "columns as stated", None, None, _stated(study, opened, definition)
    header = set(opened.header)
    for form in _FORMS:
        if form.needs <= header:
            found = {c: n for c, n in form.columns.items() if c in header}
            return form.name, form.test(opened.header), form.correction, found
    lower = {h.lower(): h for h in reversed(opened.header)}
    plain = {}
    for name, spellings in _PLAIN_NAMES.items():
        spelling = next((s for s in spellings if s in lower), None)
        if spelling is not None:
            plain[lower[spelling]] = name
    if {"log2_fold_change", "p_value"} <= set(plain.values()):
        return "table of log2 fold changes and p-values", None, None, plain
    raise DataError(
        f"no form of DE results is recognised in the columns {listed(opened.header)}; say which "
        "is which under columns in study.yaml (gene_id, log2_fold_change, p_value, padj ...).",
        opened.path,
        opened.header_line,
    )


def _stated(study: Path, opened: OpenedTable, definition: ResultsDefinition) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, column in definition.columns.items():
        if name not in _COLUMN_NAMES:
            raise DataError(
                f"{name} is no column of DE results; those are {', '.join(sorted(_COLUMN_NAMES))}.",
                study,
                column="de_results",
            )
        if column not in opened.header:
            raise DataError(
                f"there is no column {column}; the columns are {listed(opened.header)}.",
                opened.path,
                opened.header_line,
            )
        if name not in _NUMBERS:
            continue
        if column in found:
            raise DataError(
                f"the column {column} is stated for both {found[column]} and {name}.",
                study,
                column="de_results",
            )
        found[column] = name
    if not set(_CHANGES) & set(found.values()):
        raise DataError(
            f"{' or '.join(_CHANGES)} is required among the columns of {opened.path.name}.",
            study,
            column="de_results",
        )
    return found


def _gene_column(
    opened: OpenedTable, definition: ResultsDefinition, columns: Mapping[str, str]
) -> str:
    if "gene_id" in definition.columns:
        return definition.columns["gene_id"]
    others = [h for h in opened.header if h not in columns]
    lower = {h.lower(): h for h in reversed(others)}
    found = next((lower[n] for n in (*ID_NAMES, *SYMBOL_NAMES) if n in lower), None)
    if found is None:
        raise DataError(
            "there is no column of gene ids; say which it is under columns in study.yaml.",
            opened.path,
            opened.header_line,
        )
    return found


def _symbol_column(opened: OpenedTable, definition: ResultsDefinition, gene: str) -> str | None:
    if "symbol" in definition.columns:
        return definition.columns["symbol"]
    return next((h for h in opened.header if h.lower() in SYMBOL_NAMES and h != gene), None)


def _numbers(table: Table, columns: Mapping[str, str]) -> pl.DataFrame:
    numbers = {}
    for column, name in columns.items():
        text = table.frame[column].str.strip_chars()
        text = text.set(text.is_in(list(_MISSING)), None)
        value = text.cast(pl.Float64, strict=False)
        value = value.set(value.is_nan().fill_null(value=False), None)
        bad = value.is_null() & text.is_not_null()
        if name in {"p_value", "padj"}:
            bad |= ((value < 0) | (value > 1)).fill_null(value=False)
        if bad.any():
            row = bad.arg_max() or 0
            expected = "a number from 0 to 1" if name in {"p_value", "padj"} else "a number"
            raise DataError(
                f"{text[row]!r} is not {expected}.", table.path, table.lines[row], column
            )
        numbers[name] = value
    return pl.DataFrame(numbers)


def _turned(rows: pl.DataFrame, columns: Mapping[str, str], *, is_other_test: bool) -> pl.DataFrame:
    """Return the rows of the opposite contrast: changes and signed statistics change sign."""
    signed = [name for name in _CHANGES if name in rows.columns]
    if "stat" in rows.columns and _is_signed(rows, columns, is_other_test=is_other_test):
        signed.append("stat")
    return rows.with_columns(-pl.col(name) for name in signed)


def _is_signed(rows: pl.DataFrame, columns: Mapping[str, str], *, is_other_test: bool) -> bool:
    """Return whether the statistic has the sign of the change, as z and t have and F has not.

    The genes that fall tell: of a likelihood ratio their statistic is positive, but for a few
    next to nought where the fit did not converge. Where none falls, the test tells.
    """
    if any(name == "stat" and column in _UNSIGNED for column, name in columns.items()):
        return False
    change = next(name for name in _CHANGES if name in rows.columns)
    falling = rows.filter((pl.col(change) < 0) & (pl.col("stat") != 0))["stat"]
    return 2 * (falling < 0).sum() > falling.len() if falling.len() else not is_other_test


def _as_told(
    form: str, test: str | None, rows: pl.DataFrame, printed: pl.DataFrame
) -> tuple[str, str | None, pl.DataFrame]:
    """Return form, test and numbers of a DESeq2 table as its numbers tell, not its headings."""
    estimate, shrunken = "log2_fold_change", "shrunken_log2_fold_change"
    texts = printed.select(
        pl.col(c).str.strip_chars().alias(n) for c, n in _DESEQ2.items() if c in printed.columns
    )
    told = told_by_numbers(texts)
    if told is Told.ESTIMATES:
        return _ESTIMATES.name, _ESTIMATES.test(()), rows.rename({shrunken: estimate}, strict=False)
    if told is Told.SHRUNKEN:
        return _SHRUNKEN.name, _SHRUNKEN.test(()), rows.rename({estimate: shrunken}, strict=False)
    return form, None if told is Told.OTHER_TEST else test, rows


def _require_direction(path: Path, rows: pl.DataFrame, definition: ResultsDefinition) -> None:
    """Refuse fold changes that run against the means of the two groups beside them."""
    if not {"mean_numerator", "mean_denominator", "log2_fold_change"} <= set(rows.columns):
        return
    difference = pl.col("mean_numerator") - pl.col("mean_denominator")
    telling = rows.filter((pl.col("log2_fold_change").abs() > _TELLING_CHANGE) & (difference != 0))
    agreeing = telling.filter((pl.col("log2_fold_change") > 0) == (difference > 0)).height
    if 2 * agreeing < telling.height:
        raise DataError(
            f"only {agreeing} of {telling.height} fold changes have the sign of their means as "
            f"{definition.numerator} over {definition.denominator}; turn the contrast round or "
            "state direction: denominator_over_numerator.",
            path,
        )


def _reject(path: Path, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[RejectedRow]]:
    change = next(name for name in _CHANGES if name in rows.columns)
    reason = (
        pl.when(pl.col(GENE).is_null() | pl.col(GENE).is_in(list(_MISSING)))
        .then(pl.lit("the gene id is empty"))
        .when(pl.col(GENE).is_duplicated())
        .then(pl.lit("the gene stands several times"))
        .when(pl.col(change).is_infinite())
        .then(pl.lit("the fold change is infinite"))
    )
    judged = rows.with_columns(reason.alias("reason"))
    rejected = [
        RejectedRow(
            path,
            row[LINE],
            row["reason"],
            f"{row['gene_id_as_given']}: {change} {row[change]}",
        )
        for row in judged.filter(pl.col("reason").is_not_null()).iter_rows(named=True)
    ]
    kept = judged.filter(pl.col("reason").is_null()).drop("reason")
    if not kept.height:
        raise DataError(
            f"no row can be used; {rejected[0].reason} (line {rejected[0].line}).", path
        )
    return kept, rejected
