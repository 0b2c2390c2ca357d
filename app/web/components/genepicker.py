"""Saying how a gene's name was resolved, and offering a choice where it was not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from app.web.components.provenance import plain
from app.web.marts.genes import Resolution

_ENSEMBL = re.compile(r"^ENS[A-Z]*G\d{11}$")
_FLYBASE = re.compile(r"^FBgn\d{7}$")


def show_resolution(found: Resolution, offer: Callable[[dict[str, Any], int], None]) -> None:
    """Write how a name was resolved; let ``offer`` draw a way to each gene to choose from."""
    if found.gene is not None:
        st.caption(plain(found.sentence))
        return
    st.warning(plain(found.sentence), icon=":material/help:")
    choices = found.candidates or found.similar
    if choices and not found.candidates:
        st.caption("Names spelt alike:")
    with st.container(horizontal=True):
        for position, gene in enumerate(choices[:12]):
            offer(gene, position)


def gene_label(gene: dict[str, Any]) -> str:
    """Return a gene's name with its stable id and organism, for a label that reads Markdown."""
    organism = gene.get("organism")
    where = f", {organism}" if organism and organism != "unstated" else ""
    return plain(f"{gene['display_name']} ({gene['gene_id']}{where})")


def outside_links(gene_id: str, entrez_id: int | None) -> list[tuple[str, str]]:
    """Return name and address of public pages on the gene; none for ids that are not real."""
    links: list[tuple[str, str]] = []
    if _ENSEMBL.match(gene_id):
        links.append(("Ensembl", f"https://www.ensembl.org/id/{gene_id}"))
    if _FLYBASE.match(gene_id):
        links.append(("FlyBase", f"https://flybase.org/reports/{gene_id}"))
    if entrez_id is not None:
        links.append(("NCBI Gene", f"https://www.ncbi.nlm.nih.gov/gene/{entrez_id}"))
    return links
