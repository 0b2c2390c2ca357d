"""Samples of a study: quality figures, principal components and distances."""

from __future__ import annotations

STUDIES = """
select study_id, title, n_samples, n_genes, is_simulated, simulation_note
from marts.dim_study
order by study_id
"""

SAMPLES = """
with factor as (
    select arg_min(factor, contrast_position) as name
    from marts.dim_contrast where study_id = $study
)
select s.sample_id, s.cell_line, s.replicate, s.batch, s.drug,
       cast(s.time_h as varchar) as time_h, q.sample_group,
       coalesce(
           nullif(regexp_extract(
               '; ' || coalesce(s.further_attributes, ''), '; ' || factor.name || ': ([^;]*)', 1
           ), ''),
           s.drug, 'all samples'
       ) as treatment,
       s.library_size, s.genes_detected, s.n_genes, s.rin, s.a260_280, s.reads, s.file_column_sum,
       s.library_size = s.file_column_sum as equals_file,
       q.flags as outside, q.is_outlier, q.outlier_reason, q.size_factor, q.group_distance,
       q.usual_group_distance, q.transformation,
       q.pc1, q.pc2, q.pc3, q.pc4, q.pc5,
       q.pc1_share, q.pc2_share, q.pc3_share, q.pc4_share, q.pc5_share
from marts.dim_sample as s
left join marts.mart_sample_quality as q on s.sample_key = q.sample_key
cross join factor
where s.study_id = $study
order by s.sample_position nulls last, s.sample_id
"""

DISTANCES = """
select sample_id_a, sample_id_b, distance, correlation
from marts.mart_sample_distance
where study_id = $study
order by sample_id_a, sample_id_b
"""

FINDINGS = """
select severity, what, evidence
from marts.mart_data_quality as q
inner join marts.dim_study as s on q.load_id = s.load_id
where s.study_id = $study
order by case q.severity when 'error' then 0 when 'warning' then 1 else 2 end, q.what
"""
