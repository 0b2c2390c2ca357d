"""What a name leads to."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Status = Literal[
    "current", "previous", "alias", "several_genes", "gene_set", "ambiguous", "unknown"
]


_MOST_NAMED: Final = 10


@dataclass(frozen=True)
class GeneMatch:
    """A gene that a name leads to, or may lead to.

    Attributes
    ----------
    symbol
        The current symbol, or the stable id where no symbol is known.
    matched_name
        The name of the gene that was recognised, as its source writes it.
    status
        How that name stands to the gene: ``current`` (symbol or stable id), ``previous``,
        ``alias`` or ``ambiguous``.
    source
        The gene reference that knows the name.
    """

    gene_id: str
    symbol: str
    organism: str
    matched_name: str
    status: str
    source: str | None


@dataclass(frozen=True)
class GeneSetMatch:
    """A set of genes that a name leads to."""

    gene_set_id: str
    name: str
    member_symbols: tuple[str, ...]
    note: str | None


@dataclass(frozen=True)
class NearMiss:
    """A known name that is spelt almost like an unknown one."""

    gene_id: str
    symbol: str
    name: str


@dataclass(frozen=True)
class Resolution:
    """One name as typed and what it leads to.

    Attributes
    ----------
    genes
        One gene for ``current``, ``previous`` and ``alias``; all of them for ``several_genes``;
        the candidates, none of which is picked, for ``ambiguous``.
    also
        Symbols of other genes that go by the same name at a lower standing.
    """

    term: str
    status: Status
    genes: tuple[GeneMatch, ...] = ()
    gene_set: GeneSetMatch | None = None
    also: tuple[str, ...] = ()
    near_misses: tuple[NearMiss, ...] = ()

    @property
    def gene_ids(self) -> tuple[str, ...]:
        """The genes that the name leads to; none where it is ambiguous."""
        return () if self.status == "ambiguous" else tuple(g.gene_id for g in self.genes)

    @property
    def sentence(self) -> str:
        """Say in one sentence what the name leads to."""
        symbols = [gene.symbol for gene in self.genes]
        if len(set(symbols)) < len(symbols):
            symbols = [f"{gene.symbol} ({gene.gene_id})" for gene in self.genes]
        if self.status == "several_genes":
            return f"{self.term} names {len(symbols)} genes: {', '.join(symbols)}."
        if self.status == "ambiguous":
            return f"{self.term} may be {_either(symbols)}; name one of them."
        if self.gene_set is not None:
            members = self.gene_set.member_symbols
            named = f" (named members: {', '.join(members)})" if members else ""
            return f"{self.term} is a set of genes, {self.gene_set.name}{named}, not one gene."
        if self.status == "unknown":
            near = [f"{n.name} ({n.symbol})" if n.name != n.symbol else n.symbol
                    for n in self.near_misses]  # fmt: skip
            return f"{self.term} is no name known here." + (
                f" Did you mean {_either(near)}?" if near else ""
            )
        gene = self.genes[0]
        also = f" Also used of {', '.join(self.also)}." if self.also else ""
        if self.status == "previous":
            return f"{self.term} is a previous symbol of {gene.symbol}.{also}"
        if self.status == "alias":
            return f"{self.term} is another name of {gene.symbol}.{also}"
        if gene.matched_name.upper() == gene.symbol.upper():
            symbol = "" if self.term == gene.symbol else f" {gene.symbol}"
            return f"{self.term} is the current symbol{symbol}.{also}"
        return f"{self.term} is the stable id of {gene.symbol}."

    def as_dict(self) -> dict[str, Any]:
        """Return the resolution as plain values for JSON."""
        return {**asdict(self), "gene_ids": self.gene_ids, "sentence": self.sentence}


def _either(words: list[str]) -> str:
    if len(words) > _MOST_NAMED:
        return f"{', '.join(words[:_MOST_NAMED])} or one of {len(words) - _MOST_NAMED} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
