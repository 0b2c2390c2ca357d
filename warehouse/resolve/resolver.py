"""The resolver: names as typed against ``dim_gene_alias`` and ``dim_gene_set``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import polars as pl

from warehouse.resolve import spelling
from warehouse.resolve.result import GeneMatch, GeneSetMatch, NearMiss, Resolution, Status

Lookup = Callable[[str, Mapping[str, Any]], pl.DataFrame]
"""Runs one SELECT on the marts with values bound by name (``$name``)."""

_NAMES: Final = """
select a.alias, a.alias_folded, a.alias_key, a.organism, a.status, a.is_resolved, a.source,
       a.is_protein_name,
       a.gene_id, g.display_name as symbol
from marts.dim_gene_alias as a
inner join marts.dim_gene as g on a.gene_id = g.gene_id
where list_contains($keys::varchar[], a.alias_key)
   or list_contains($names::varchar[], a.alias_folded)
order by a.alias_folded, g.display_name, a.gene_id
"""

_SETS: Final = """
select gene_set_id, name, member_symbols, note from marts.dim_gene_set order by gene_set_id
"""

_NEAR: Final = """
select a.alias as name, a.gene_id, g.display_name as symbol,
       damerau_levenshtein(a.alias_key, $key) as distance
from marts.dim_gene_alias as a
inner join marts.dim_gene as g on a.gene_id = g.gene_id
where a.is_resolved
  and a.organism = $organism
  and (starts_with(a.alias_key, $key)
       or (abs(length(a.alias_key) - length($key)) <= $most
           and damerau_levenshtein(a.alias_key, $key) <= $most))
order by case when starts_with(a.alias_key, $key) then least(distance, 1) else distance end,
         case a.status when 'current' then 0 when 'previous' then 1 else 2 end,
         a.alias, a.gene_id
limit 40
"""

_STANDING: Final = {"current": 0, "previous": 1, "alias": 2}
# A protein's name gives way to a gene's: many are shared, and few are written alike.
_PROTEIN_NAME: Final = 3
_SHORTEST_FOR_NEAR_MISSES: Final = 3
_NEAR_MISSES: Final = 5
# A list read as one name, such as a full name with commas, is at least this long.
_SHORTEST_NAME_WITH_COMMAS: Final = 10


def resolve(names: str, lookup: Lookup, organism: str = "human") -> list[Resolution]:
    """Say of every name in a text which genes or sets it leads to.

    Parameters
    ----------
    names
        Names as a person types them, with commas, semicolons or line ends between them: symbols,
        previous symbols, aliases, protein names, Ensembl ids with or without version, Entrez ids,
        Greek letters, ``p21(WAF-1)``, ``DNMT1, 3a, 3b``, ``MICA/PVR (CD155)``, names of sets.
    lookup
        Runs a SELECT on the marts; see :data:`Lookup`.
    organism
        The organism whose genes come first where a name is used in several.

    Returns
    -------
    list of Resolution
        One per term, in the order typed. A name that leads to several genes of equal standing is
        ``ambiguous`` and none is picked.
    """
    texts = spelling.lines(names)
    known = _load(_candidates(texts), lookup, organism)
    found = [resolution for text in texts for resolution in _resolve_line(text, known)]
    return [
        replace(r, near_misses=_near_misses(r.term, lookup, organism))
        if r.status == "unknown"
        else r
        for r in found
    ]


@dataclass
class _Known:
    """What the marts know of the names asked for."""

    organism: str
    by_name: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    by_key: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sets: dict[str, GeneSetMatch] = field(default_factory=dict)

    def find(self, name: str) -> Resolution | None:
        """Look one name up as it stands, then without a word for its kind."""
        gene = self._gene(name)
        if gene is not None and gene.status in {"current", "previous"}:
            return gene
        for key in spelling.keys(name):
            if key in self.sets:
                return Resolution(name, "gene_set", gene_set=self.sets[key])
        if gene is not None:
            return gene
        shorter = spelling.without_kind(name)
        found = self.find(shorter) if shorter else None
        return replace(found, term=name) if found else None

    def _gene(self, name: str) -> Resolution | None:
        rows = self._of_organism(self.by_name.get(spelling.folded(name), []))
        if rows:
            return _judged(name, rows)
        for key in spelling.keys(name):
            if rows := self._of_organism(self.by_key.get(key, [])):
                return _judged(name, rows)
        return None

    def _of_organism(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if row["organism"] == self.organism] or rows


def _load(names: Iterable[str], lookup: Lookup, organism: str) -> _Known:
    wanted = sorted({name for name in names if name})
    known = _Known(organism)
    found = lookup(
        _NAMES,
        {
            "keys": sorted({key for name in wanted for key in spelling.keys(name)}),
            "names": sorted({spelling.folded(name) for name in wanted}),
        },
    )
    for row in found.iter_rows(named=True):
        known.by_name.setdefault(row["alias_folded"], []).append(row)
        known.by_key.setdefault(row["alias_key"], []).append(row)
    for row in lookup(_SETS, {}).iter_rows(named=True):
        members = tuple((row["member_symbols"] or "").split("|")) if row["member_symbols"] else ()
        match = GeneSetMatch(row["gene_set_id"], row["name"], members, row["note"])
        for key in sorted(spelling.set_keys(row["name"]) | set(spelling.keys(row["gene_set_id"]))):
            known.sets.setdefault(key, match)
    return known


def _candidates(texts: Sequence[str]) -> Iterable[str]:
    """Yield every text that the resolution may look up, to ask for them all at once."""
    for text in texts:
        yield text
        terms = spelling.listed(text)
        parts = [part for term in terms for part in (term, *spelling.slashed(term))]
        for part in parts:
            inner = spelling.parenthesised(part) or ()
            yield from _with_shorter((part, *inner, *part.split()))
        for suffix in filter(spelling.is_suffix, parts):
            for earlier in parts:
                yield spelling.continued(earlier, suffix) or ""


def _with_shorter(names: Iterable[str]) -> Iterable[str]:
    for name in names:
        yield name
        yield spelling.without_kind(name) or ""


def _resolve_line(text: str, known: _Known) -> list[Resolution]:
    terms = spelling.listed(text)
    if len(terms) > 1 and len(text) >= _SHORTEST_NAME_WITH_COMMAS:
        whole = known.find(text)
        if whole is not None and whole.genes and whole.status != "ambiguous":
            return [whole]
    resolved: list[Resolution] = []
    for term in terms:
        continued = _continue(resolved[-1], term, known) if resolved else None
        if continued is not None:
            resolved[-1] = continued
        else:
            resolved += _resolve_term(term, known)
    return resolved


def _continue(previous: Resolution, suffix: str, known: _Known) -> Resolution | None:
    """Join a suffix such as ``3a`` to the name before it, where that gives a known gene."""
    if not previous.genes or previous.status == "ambiguous":
        return None
    name = spelling.continued(previous.genes[-1].matched_name, suffix)
    found = known.find(name) if name else None
    if found is None or len(found.genes) != 1:
        return None
    return _several(f"{previous.term}, {suffix}", (*previous.genes, *found.genes))


def _resolve_term(term: str, known: _Known) -> list[Resolution]:
    found = known.find(term) or _slashed(term, known) or _parenthesised(term, known)
    if found is not None:
        return [found]
    words = [known.find(word) for word in term.split()]
    if len(words) > 1 and all(w is not None and w.genes for w in words):
        return [word for word in words if word is not None]
    return [Resolution(term, "unknown")]


def _slashed(term: str, known: _Known) -> Resolution | None:
    parts = spelling.slashed(term)
    if len(parts) < 2:
        return None
    genes: list[GeneMatch] = []
    for part in parts:
        name = spelling.continued(genes[-1].matched_name, part) if genes else None
        found = (known.find(name) if name else None) or (
            known.find(part) or _parenthesised(part, known)
        )
        if found is None or not found.gene_ids:
            return None
        genes += found.genes
    return _several(term, tuple(genes))


def _parenthesised(term: str, known: _Known) -> Resolution | None:
    """Resolve ``Cereblon (CRBN)``: two names of one gene, one of which may be unknown.

    A mere alias in the closing parentheses of an unknown name does not tell what that means.
    """
    parts = spelling.parenthesised(term)
    if parts is None:
        return None
    outside, inside = (known.find(part) for part in parts)
    is_last = term.rstrip().endswith(")")
    if outside is None and inside is not None and inside.status == "alias" and is_last:
        return None
    found = [r for r in (outside, inside) if r is not None]
    if not found:
        return None
    sets = {r.gene_set.gene_set_id for r in found if r.gene_set}
    if sets:
        return replace(next(r for r in found if r.gene_set), term=term) if len(sets) == 1 else None
    shared = set.intersection(*({g.gene_id for g in r.genes} for r in found))
    if len(shared) == 1:
        match = min(
            (g for r in found for g in r.genes if g.gene_id in shared),
            key=lambda g: _STANDING.get(g.status, len(_STANDING)),
        )
        status: Status = "alias" if match.status == "ambiguous" else _status(match.status)
        return Resolution(term, status, (replace(match, status=status),))
    return Resolution(term, "ambiguous", _distinct(g for r in found for g in r.genes))


def _judged(name: str, rows: Sequence[dict[str, Any]]) -> Resolution:
    """Judge rows that one name or key leads to: the best standing wins if it is one gene's."""
    resolved = [row for row in rows if row["is_resolved"]]
    if not resolved:
        return Resolution(name, "ambiguous", _distinct(map(_match, rows)))
    best = min(map(_rank, resolved))
    genes = _distinct(_match(row) for row in resolved if _rank(row) == best)
    if len(genes) > 1:
        return Resolution(name, "ambiguous", genes)
    others = {row["symbol"] for row in rows if row["gene_id"] != genes[0].gene_id}
    return Resolution(name, _status(genes[0].status), genes, also=tuple(sorted(others)))


def _rank(row: Mapping[str, Any]) -> int:
    return _PROTEIN_NAME if row["is_protein_name"] else _STANDING[row["status"]]


def _status(status: str) -> Status:
    return "current" if status == "current" else "previous" if status == "previous" else "alias"


def _match(row: Mapping[str, Any]) -> GeneMatch:
    return GeneMatch(
        row["gene_id"], row["symbol"], row["organism"], row["alias"], row["status"], row["source"]
    )


def _distinct(matches: Iterable[GeneMatch]) -> tuple[GeneMatch, ...]:
    genes: dict[str, GeneMatch] = {}
    for match in matches:
        genes.setdefault(match.gene_id, match)
    return tuple(genes.values())


def _several(term: str, genes: tuple[GeneMatch, ...]) -> Resolution:
    distinct = _distinct(genes)
    if len(distinct) == 1:
        return Resolution(term, _status(distinct[0].status), distinct)
    return Resolution(term, "several_genes", distinct)


def _near_misses(term: str, lookup: Lookup, organism: str) -> tuple[NearMiss, ...]:
    key = next(iter(spelling.keys(term)), "")
    if len(key) < _SHORTEST_FOR_NEAR_MISSES:
        return ()
    most = 1 if len(key) <= 5 else 2 if len(key) <= 10 else 3
    rows = lookup(_NEAR, {"key": key, "most": most, "organism": organism})
    near: dict[str, NearMiss] = {}
    for row in rows.iter_rows(named=True):
        near.setdefault(row["gene_id"], NearMiss(row["gene_id"], row["symbol"], row["name"]))
    return tuple(near.values())[:_NEAR_MISSES]
