"""Names of genes: how what a person types is resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.web.reader import Reader
from warehouse.resolve import Resolution as Resolved
from warehouse.resolve import resolve as resolve_names

_BY_ID = """
select gene_id, display_name, symbol, name, entrez_id, biotype, chromosome, organism, has_reference
from marts.dim_gene
where list_contains($genes::varchar[], gene_id)
order by display_name, gene_id
"""


@dataclass(frozen=True)
class Resolution:
    """What a typed name leads to.

    Attributes
    ----------
    typed
        The name as typed.
    sentence
        How it was resolved, in words.
    gene
        The one gene it leads to; None where it leads to none or to several.
    candidates
        The genes to choose from where it leads to several.
    similar
        Genes with a name that is spelt alike, where it leads to none.
    """

    typed: str
    sentence: str
    gene: dict[str, Any] | None = None
    candidates: tuple[dict[str, Any], ...] = ()
    similar: tuple[dict[str, Any], ...] = ()


def resolve(reader: Reader, typed: str) -> Resolution:
    """Resolve a name as a person types it: id, symbol, previous symbol or other name."""
    typed = typed.strip()
    exact = _genes(reader, [typed])
    if exact:
        name = exact[0]["display_name"]
        also = "" if name == typed else f", {name}"
        return Resolution(typed, f"{typed} is a stable id{also}.", exact[0])
    found = resolve_names(typed, reader.rows)
    sentence = " ".join(one.sentence for one in found) or f"{typed} is no name known here."
    reached = _genes(reader, [match.gene_id for one in found for match in one.genes])
    if len(reached) == 1 and all(one.gene_ids for one in found):
        return Resolution(typed, sentence, reached[0])
    similar = _genes(reader, [near.gene_id for one in found for near in one.near_misses])
    return Resolution(typed, sentence, None, tuple(reached), tuple(similar))


def resolve_many(reader: Reader, pasted: str) -> tuple[dict[str, str], list[str]]:
    """Resolve a pasted list; return name by gene id, and the names that lead to no one gene."""
    found: list[Resolved] = []
    for one in resolve_names(pasted, reader.rows) if pasted.strip() else []:
        words = one.term.split()
        # A column pasted into a line has blanks between its names.
        apart = one.status == "unknown" and len(words) > 1
        found += resolve_names(", ".join(words), reader.rows) if apart else [one]
    genes = {match.gene_id: match.symbol for one in found if one.gene_ids for match in one.genes}
    return genes, [one.term for one in found if not one.gene_ids]


def _genes(reader: Reader, ids: list[str]) -> list[dict[str, Any]]:
    wanted = [gene for gene in dict.fromkeys(ids) if gene]
    return reader.rows(_BY_ID, {"genes": wanted}).to_dicts() if wanted else []
