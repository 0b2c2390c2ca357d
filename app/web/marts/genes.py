"""Names of genes: how what a person types is resolved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.web.reader import Reader

_RESOLVE = """
select a.gene_id, a.alias, a.status, a.source, a.organism, a.is_resolved, a.n_genes,
       g.display_name, g.symbol, g.name, g.entrez_id, g.biotype, g.chromosome, g.has_reference
from marts.dim_gene_alias as a
inner join marts.dim_gene as g on a.gene_id = g.gene_id
where a.alias_folded = upper(trim($name))
order by a.is_resolved desc, a.organism nulls last, g.display_name nulls last, a.gene_id
limit 40
"""

_GENE_BY_ID = """
select g.gene_id, g.gene_id as alias, 'current' as status, 'stable id' as source, g.organism,
       true as is_resolved, 1 as n_genes, g.display_name, g.symbol, g.name, g.entrez_id, g.biotype,
       g.chromosome, g.has_reference
from marts.dim_gene as g
where g.gene_id = trim($name)
"""

_SIMILAR = """
select distinct a.alias, g.display_name, a.gene_id
from marts.dim_gene_alias as a
inner join marts.dim_gene as g on a.gene_id = g.gene_id
where starts_with(a.alias_folded, upper(trim($prefix))) and a.status <> 'ambiguous'
order by length(a.alias), a.alias nulls last, a.gene_id
limit 8
"""

_RESOLVE_MANY = """
select t.name, a.gene_id, g.display_name
from (select distinct upper(trim(unnest($names::varchar[]))) as name) as t
inner join marts.dim_gene_alias as a on a.alias_folded = t.name and a.is_resolved
inner join marts.dim_gene as g on a.gene_id = g.gene_id
order by t.name, a.gene_id
"""


@dataclass(frozen=True)
class Resolution:
    """What a typed name leads to.

    Attributes
    ----------
    typed
        The name as typed.
    gene
        The one gene it leads to; None where it leads to none or to several.
    candidates
        The genes to choose from where the name leads to several.
    similar
        Names that begin alike where it leads to none.
    """

    typed: str
    gene: dict[str, Any] | None
    candidates: tuple[dict[str, Any], ...] = ()
    similar: tuple[dict[str, Any], ...] = ()

    def sentence(self) -> str:
        """Return how the name was resolved, in words."""
        if self.gene is None:
            if self.candidates:
                return f"“{self.typed}” names {len(self.candidates)} genes. Choose one."
            return f"No gene of this release goes by “{self.typed}”."
        gene = self.gene
        kind = {
            "current": "the current name",
            "previous": "a previous symbol",
            "alias": "another name",
            "ambiguous": "one of the names",
        }.get(str(gene["status"]), "a name")
        organism = f", {gene['organism']}" if gene["organism"] not in {None, "unstated"} else ""
        if self.typed == gene["gene_id"]:
            kind = "the stable id"
        return f"“{self.typed}” is {kind} of {gene['display_name']} ({gene['gene_id']}{organism})."


def resolve(reader: Reader, typed: str) -> Resolution:
    """Resolve a name as a person types it: id, symbol, previous symbol or other name."""
    typed = typed.strip()
    found = reader.rows(_RESOLVE, {"name": typed}).to_dicts()
    if not found and typed.upper().startswith("ENS") and "." in typed:
        found = reader.rows(_RESOLVE, {"name": typed.split(".")[0]}).to_dicts()
    if not found:
        found = reader.rows(_GENE_BY_ID, {"name": typed}).to_dicts()
    resolved = {row["gene_id"]: row for row in found if row["is_resolved"]}
    if len(resolved) == 1:
        return Resolution(typed, next(iter(resolved.values())))
    candidates = {row["gene_id"]: row for row in reversed(list(resolved.values() or found))}
    if candidates:
        return Resolution(typed, None, tuple(reversed(candidates.values())))
    similar = reader.rows(_SIMILAR, {"prefix": typed[:6]}).to_dicts() if typed else []
    if not similar and len(typed) > 2:
        similar = reader.rows(_SIMILAR, {"prefix": typed[:3]}).to_dicts()
    return Resolution(typed, None, (), tuple(similar))


def resolve_many(reader: Reader, names: list[str]) -> tuple[dict[str, str], list[str]]:
    """Resolve a pasted list; return name by gene id, and the names that lead to no one gene."""
    wanted = [name for name in dict.fromkeys(name.strip() for name in names) if name]
    if not wanted:
        return {}, []
    found = reader.rows(_RESOLVE_MANY, {"names": wanted})
    reached = set(found["name"].to_list())
    genes = dict(zip(found["gene_id"].to_list(), found["display_name"].to_list(), strict=True))
    return genes, [name for name in wanted if name.upper() not in reached]
