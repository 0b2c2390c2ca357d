"""The kinds of curated file: command-line name, raw table and row model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ingest.curated import clinical, models
from ingest.curated.models import Row


@dataclass(frozen=True)
class CuratedKind:
    """A kind of curated file: its command-line name, raw table and row model."""

    name: str
    table: str
    model: type[Row]
    keeps_line: bool = False


KINDS: Final[dict[str, CuratedKind]] = {
    kind.name: kind
    for kind in (
        CuratedKind("documents", "raw.documents", models.Document),
        CuratedKind("references", "raw.references", models.Reference),
        CuratedKind("drugs", "raw.drugs", models.Drug),
        CuratedKind("gene-sets", "raw.gene_sets", models.GeneSet),
        CuratedKind("regimens", "raw.regimens", models.Regimen),
        CuratedKind("regimen-components", "raw.regimen_components", models.RegimenComponent),
        CuratedKind("trials", "raw.trials", models.Trial),
        CuratedKind("arms", "raw.arms", models.Arm),
        CuratedKind("adverse-events", "raw.adverse_events", models.AdverseEvent, keeps_line=True),
        CuratedKind(
            "printed-comparisons",
            "raw.printed_comparisons",
            clinical.PrintedComparison,
            keeps_line=True,
        ),
        CuratedKind("claims", "raw.claims", models.Claim, keeps_line=True),
        CuratedKind(
            "mechanism-edges", "raw.mechanism_edges", models.MechanismEdge, keeps_line=True
        ),
        CuratedKind("outcomes", "raw.outcomes", clinical.Outcome, keeps_line=True),
        CuratedKind(
            "pharmacokinetics", "raw.pharmacokinetics", clinical.Pharmacokinetic, keeps_line=True
        ),
        CuratedKind("ongoing-trials", "raw.ongoing_trials", clinical.OngoingTrial),
        CuratedKind("toxicity-guides", "raw.toxicity_guides", clinical.ToxicityGuideStep),
        CuratedKind("assays", "raw.assays", clinical.Assay),
        CuratedKind("safety-statements", "raw.safety_statements", clinical.SafetyStatement),
        CuratedKind("term-crosswalk", "raw.term_crosswalk", clinical.CrosswalkTerm),
        CuratedKind("ctcae-terms", "raw.ctcae_terms", clinical.CtcaeTerm),
    )
}
