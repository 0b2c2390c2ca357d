"""The map of the mechanism as nodes and arrows: where each stands and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from app.web.components.look import NOT_TESTED_WORDS, number, scientific

DRUG = ""

RELATION_WORDS = {
    "binds": "binds",
    "degrades": "has degraded (protein)",
    "loss_lowers": "its loss lowers",
    "loss_raises": "its loss raises",
}
UNTESTABLE = "not testable by mRNA"
OTHER_DRUG = "said of other drugs only"

_VERDICT_OF = {
    ("agrees",): "agrees",
    ("opposite",): "opposite",
    ("agrees", "opposite"): "agrees and opposite",
}


def edge_table(claims: pl.DataFrame, drug_id: str | None) -> pl.DataFrame:
    """Return one row per arrow with its state in the contrast.

    Parameters
    ----------
    claims
        One row per arrow and claim, with the claim's ``verdict`` in the contrast.
    drug_id
        The drug of the contrast's first group; None where that is no drug.
    """
    rows = []
    for _, edge in claims.group_by("edge_id", maintain_order=True):
        first = edge.row(0, named=True)
        onto = edge.filter(pl.col("drug_id") == drug_id) if drug_id else edge.clear()
        verdicts = tuple(
            sorted({v for v in edge["verdict"].to_list() if v in ("agrees", "opposite")})
        )
        is_tested = "not_significant" in edge["verdict"].to_list()
        if not first["is_testable_by_mrna"]:
            state = UNTESTABLE
        elif verdicts:
            state = _VERDICT_OF[verdicts]
        elif is_tested:
            state = "not significant"
        else:
            state = OTHER_DRUG if not onto.height else "not testable"
        rows.append(
            {
                "edge_id": first["edge_id"],
                "source": first["source_symbol"] or DRUG,
                "target": first["target_symbol"],
                "relation": first["relation"],
                "state": state,
                "claims": edge.height,
                "documents": edge["document"].n_unique(),
                "drugs": ", ".join(edge["drug"].unique(maintain_order=True).to_list()),
            }
        )
    return pl.DataFrame(rows)


def node_table(
    claims: pl.DataFrame, changes: pl.DataFrame, drug: str, places: Mapping[str, tuple[int, float]]
) -> pl.DataFrame:
    """Return one row per node with its place, its measured change and the words written on it."""
    ends = pl.concat(
        [
            claims.select(symbol="source_symbol", gene_id="source_gene_id"),
            claims.select(symbol="target_symbol", gene_id="target_gene_id"),
        ]
    )
    genes = dict(ends.drop_nulls("symbol").unique(maintain_order=True).iter_rows())
    measured = {row["gene_id"]: row for row in changes.iter_rows(named=True)}
    rows = []
    for symbol, (layer, y) in places.items():
        row = measured.get(genes.get(symbol) or "", {})
        lfc, direction = row.get("log2_fold_change"), row.get("direction")
        if symbol == DRUG:
            said, call = "the first group", "the drug"
        elif not row:
            said, call = "not measured here", "not measured"
        elif direction == "not_tested":
            reason = row["not_tested_reason"]
            said, call = "not tested", f"not tested: {NOT_TESTED_WORDS.get(str(reason), reason)}"
        else:
            mark = {"up": "▲", "down": "▼"}.get(str(direction), "●")
            said = f"{mark} {number(lfc)}"
            call = str(direction).replace("_", " ")
        rows.append(
            {
                "node": symbol or drug,
                "gene_id": genes.get(symbol) if symbol else None,
                "layer": layer,
                "y": y,
                "said": said,
                "call": call,
                "log2_fold_change": None if direction == "not_tested" else lfc,
                "ci_lower": row.get("ci_lower"),
                "ci_upper": row.get("ci_upper"),
                "padj": row.get("padj"),
                "p_words": scientific(row.get("padj")) if row else "",
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def places(edges: Sequence[tuple[str, str]]) -> dict[str, tuple[int, float]]:
    """Return layer and height of each node: causes left of effects, each as late as it may be.

    Parameters
    ----------
    edges
        ``(source, target)``; an arrow that would close a circle is left out of the layering.
    """
    nodes = list(dict.fromkeys(node for edge in edges for node in edge))
    kept = _without_circles(edges)
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for source, target in kept:
            depth[target] = max(depth[target], depth[source] + 1)
    for _ in nodes:
        for node in nodes:
            after = [depth[target] for source, target in kept if source == node]
            # What nothing leads to stays where it begins.
            if after and any(target == node for _, target in kept):
                depth[node] = min(after) - 1
    placed: dict[str, tuple[int, float]] = {}
    for layer in range(max(depth.values(), default=0) + 1):
        members = [node for node in nodes if depth[node] == layer]
        pulls = {
            node: [placed[s][1] for s, t in kept if t == node and s in placed] or [0.0]
            for node in members
        }
        members.sort(key=lambda node: (-sum(pulls[node]) / len(pulls[node]), nodes.index(node)))
        for position, node in enumerate(members):
            placed[node] = (layer, (len(members) - 1) / 2 - position)
    return placed


def _without_circles(edges: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    kept: list[tuple[str, str]] = []
    for source, target in edges:
        reached, frontier = {target}, [target]
        while frontier:
            at = frontier.pop()
            fresh = [t for s, t in kept if s == at and t not in reached]
            reached.update(fresh)
            frontier += fresh
        if source not in reached:
            kept.append((source, target))
    return kept
