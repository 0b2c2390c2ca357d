"""Finding one gene's counts among millions of rows without reading them all.

In the storage format that DuckDB 1.5 opens, a text column keeps only eight bytes of its range per
row group, and Ensembl ids share theirs. A number does prune: genes are numbered in the order in
which their rows lie, and a look-up goes from the gene to its numbers and from those to the rows.
"""

from __future__ import annotations

import duckdb


def create_count_lookup(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``raw.gene_counts(gene)``: a gene's rows of ``raw.counts``, by its id as loaded."""
    con.execute(
        "create or replace macro raw.gene_counts(gene) as table "
        "select c.* from raw.counts as c where c.feature_number in "
        "(select f.feature_number from raw.features as f where f.gene_id = gene)"
    )


def create_expression_lookup(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``marts.gene_expression(gene)``: a gene's rows of ``fct_expression``, over all studies.

    The marts it reads must have been built.
    """
    con.execute(
        "create or replace macro marts.gene_expression(gene) as table "
        "select e.* from marts.fct_expression as e where e.feature_number in "
        "(select f.feature_number from marts.dim_feature as f where f.gene_id = gene)"
    )


def number_features(con: duckdb.DuckDBPyConnection) -> None:
    """Give numbers to the genes of loads that were made before genes had any."""
    if not con.execute(
        "select 1 from raw.features where feature_number is null limit 1"
    ).fetchall():
        return
    numbers = (
        "(select load_id, gene_id, row_number() over (order by load_id, gene_id) - 1 "
        "as feature_number from raw.features) as n"
    )
    # Features last: they tell whether this was ended, and it gives the same numbers again.
    for table in ("raw.counts", "raw.features"):
        con.execute(
            f"update {table} as t set feature_number = n.feature_number from {numbers} "
            "where t.load_id = n.load_id and t.gene_id = n.gene_id"
        )
