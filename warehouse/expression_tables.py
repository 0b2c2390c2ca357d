"""Tables of what Python computes around differential expression."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_SAMPLES: Final = {"study_id": "varchar not null", "load_id": "varchar not null"}

AROUND_EXPRESSION: Final[Mapping[str, dict[str, str]]] = MappingProxyType(
    {
        "analytics.sample_pca": {
            **_SAMPLES,
            "sample_id": "varchar not null",
            "component": "integer not null",
            "score": "double not null",
            "explained_variance": "double not null",
            "n_genes": "bigint not null",
            "transformation": "varchar not null",
        },
        "analytics.sample_distances": {
            **_SAMPLES,
            "sample_id_a": "varchar not null",
            "sample_id_b": "varchar not null",
            "distance": "double not null",
            "correlation": "double",
        },
        "analytics.sample_groups": {
            **_SAMPLES,
            "sample_id": "varchar not null",
            "sample_group": "varchar not null",
            "size_factor": "double not null",
            "transformation": "varchar not null",
            "group_distance": "double",
            "usual_group_distance": "double",
            "outlier_reason": "varchar",
            "inputs_sha256": "varchar not null",
        },
        "analytics.gene_set_enrichment": {
            "contrast_id": "varchar not null",
            "gene_set_id": "varchar not null",
            "method": "varchar not null",
            "n_members": "bigint not null",
            "n_measured": "bigint not null",
            "n_background": "bigint not null",
            "n_called": "bigint",
            "n_overlap": "bigint",
            "odds_ratio": "double",
            "enrichment_score": "double",
            "normalised_enrichment_score": "double",
            "p_value": "double",
            "padj": "double",
            "leading_gene_ids": "varchar",
            "not_tested_reason": "varchar",
            "seed": "bigint not null",
            "inputs_sha256": "varchar not null",
        },
    }
)
