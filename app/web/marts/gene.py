"""One gene: its samples, its changes, its claims."""

from __future__ import annotations

STUDIES = """
select s.study_id, s.title, s.organism, s.is_simulated
from marts.dim_study as s
where exists (
    select 1 from marts.dim_feature as f
    where f.study_id = s.study_id and f.gene_id = $gene
)
and s.quantity = 'counts'
order by s.study_id
"""

# The group of a sample is its level of the factor that the study's first contrast compares.
SAMPLES = """
with factor as (
    select arg_min(factor, contrast_position) as name
    from marts.dim_contrast where study_id = $study
)
select s.sample_id, s.sample_key, s.cell_line, s.replicate, s.drug, s.concentration_um, s.time_h,
       coalesce(
           nullif(regexp_extract(
               '; ' || coalesce(s.further_attributes, ''), '; ' || factor.name || ': ([^;]*)', 1
           ), ''),
           s.drug, 'all samples'
       ) as level,
       s.library_size, e.count, e.cpm, s.sample_position, s.is_simulated
from marts.gene_expression($gene) as e
inner join marts.dim_sample as s on e.sample_key = s.sample_key
cross join factor
where e.study_id = $study
order by s.cell_line nulls last, s.sample_position nulls last, s.sample_id
"""

CHANGES = """
select c.contrast_id, c.label, c.study_id, c.direction_sentence, c.numerator, c.denominator,
       c.is_simulated, d.log2_fold_change, d.lfc_se, d.ci_lower, d.ci_upper,
       d.shrunken_log2_fold_change, d.base_mean, d.p_value, d.padj, d.direction,
       d.not_tested_reason, d.gene_id is not null as is_measured
from marts.dim_contrast as c
left join marts.fct_differential_expression as d
    on c.contrast_id = d.contrast_id and d.gene_id = $gene
where c.is_analysed
  and (c.organism is null or $organism is null or c.organism = $organism)
order by c.study_id, c.contrast_position nulls last, c.contrast_id
"""

CLAIMS = """
select v.claim_id, v.drug_name as drug, v.comparator_drug_name as compared_with, v.effect,
       v.comparison, v.molecular_level as level, v.claim_cell_context as cells, v.verdict,
       v.reason, v.contrast_label as contrast, v.log2_fold_change, v.padj, v.is_simulated,
       f.verbatim, f.target_as_written, f.document_title as document, f.source_location as place,
       f.references_text as reference, v.contrast_id
from marts.mart_literature_concordance as v
inner join marts.fct_literature_claim as f on v.claim_id = f.claim_id
where v.gene_id = $gene
order by v.claim_id, v.contrast_label nulls last
"""

# Genes the documents name come first, those that were measured before those that were not.
FIRST_GENES = """
select gene_id from marts.mart_gene_profile
group by gene_id
order by bool_or(is_document_gene) desc,
         sum(n_contrasts_tested + n_contrasts_not_tested) > 0 desc,
         max(n_claims) desc, min(display_name) nulls last, gene_id
limit 200
"""

# Where nothing is claimed of a gene and none changes, any gene will do.
ANY_GENES = """
select gene_id from marts.dim_gene order by display_name nulls last, gene_id limit 200
"""
