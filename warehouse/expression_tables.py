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
        "analytics.stabilising_curves": {
            **_SAMPLES,
            "segment": "integer not null",
            "step": "double not null",
            "value_from": "double not null",
            "value_to": "double not null",
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
            "caveat": "varchar",
            "seed": "bigint not null",
            "inputs_sha256": "varchar not null",
            "fit_id": "varchar",
            "gene_set_load_id": "varchar",
        },
        "analytics.contrast_pairs": {
            "contrast_id_a": "varchar not null",
            "contrast_id_b": "varchar not null",
            "inputs_sha256": "varchar not null",
            "n_tested": "bigint not null",
            "n_unpaired_a": "bigint not null",
            "n_unpaired_b": "bigint not null",
            "n_significant_either": "bigint not null",
            "n_significant_both_same": "bigint not null",
            "n_significant_both_opposite": "bigint not null",
            "n_sign_agree": "bigint not null",
            "sign_agreement": "double",
            "sign_agreement_lower": "double",
            "sign_agreement_upper": "double",
            "jaccard": "double",
            "pearson": "double",
            "pearson_lower": "double",
            "pearson_upper": "double",
            "spearman": "double",
            "spearman_lower": "double",
            "spearman_upper": "double",
            "slope_all": "double",
            "slope": "double",
            "slope_lower": "double",
            "slope_upper": "double",
            "rrho_up_up": "double not null",
            "rrho_down_down": "double not null",
            "rrho_up_down": "double not null",
            "rrho_down_up": "double not null",
            "bootstrap_samples": "integer not null",
            "seed": "bigint not null",
            "result_id_a": "varchar",
            "result_id_b": "varchar",
        },
    }
)
