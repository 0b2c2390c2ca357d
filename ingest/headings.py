"""What people call the columns of a table that hold genes' ids and symbols."""

from __future__ import annotations

from typing import Final

SYMBOL_NAMES: Final = ("symbol", "gene_symbol", "gene_name", "genename", "hgnc_symbol")
ID_NAMES: Final = (
    "gene_id",
    "geneid",
    "ensembl_gene_id",
    "ensembl_id",
    "ensembl",
    "ensgene",
    "entrez_gene_id",
    "entrez_id",
    "entrezid",
    "entrez",
    "gene",
    "genes",
    "feature_id",
    "id",
    "name",
)
