"""Samples of a study and their quality figures beside the limits of the source protocols."""

from __future__ import annotations

STUDIES = """
select study_id, title, n_samples, n_genes, is_simulated, simulation_note
from marts.dim_study
order by study_id
"""

# The limits are those of the protocols in documents 000 and 002.
SAMPLES = """
with factor as (
    select arg_min(factor, contrast_position) as name
    from marts.dim_contrast where study_id = $study
)
select s.sample_id, s.cell_line, s.replicate, s.batch,
       coalesce(
           nullif(regexp_extract(
               '; ' || coalesce(s.further_attributes, ''), '; ' || factor.name || ': ([^;]*)', 1
           ), ''),
           s.drug, 'all samples'
       ) as treatment,
       s.library_size, s.genes_detected, s.n_genes, s.rin, s.a260_280, s.reads, s.file_column_sum,
       s.library_size = s.file_column_sum as equals_file,
       concat_ws(
           '; ',
           case when s.library_size < 20000000 then 'fewer than 20 million counted' end,
           case when s.rin <= 8 then 'RIN not above 8' end,
           case when s.a260_280 < 1.8 or s.a260_280 > 2.2 then 'A260/280 not about 2.0' end
       ) as outside
from marts.dim_sample as s
cross join factor
where s.study_id = $study
order by s.sample_position nulls last, s.sample_id
"""

FINDINGS = """
select severity, what, evidence
from marts.mart_data_quality as q
inner join marts.dim_study as s on q.load_id = s.load_id
where s.study_id = $study
order by case q.severity when 'error' then 0 when 'warning' then 1 else 2 end, q.what
"""
