"""Two drugs against the same vehicle: their changes side by side."""

from __future__ import annotations

PAIRS = """
select p.pair_id, p.contrast_id_a, p.contrast_id_b,
       case when p.study_id = p.study_id_b then p.study_id
            else p.study_id || ' and ' || p.study_id_b end as study_id,
       a.name as drug_a, b.name as drug_b,
       ca.label as label_a, cb.label as label_b, ca.numerator_cell_lines as cells,
       ca.direction_sentence as sentence_a, cb.direction_sentence as sentence_b,
       p.n_tested, p.n_significant_either, p.n_significant_both_same, p.n_significant_both_opposite,
       p.sign_agreement, p.sign_agreement_lower, p.sign_agreement_upper, p.jaccard, p.pearson,
       p.spearman, p.doses_a, p.doses_b, p.dose_sentence, p.total_least_squares_slope as slope,
       p.n_responsive, p.responsive_slope, p.responsive_slope_lower, p.responsive_slope_upper,
       ca.is_simulated as is_simulated_a, cb.is_simulated as is_simulated_b
from marts.mart_contrast_concordance as p
left join marts.dim_drug as a on p.drug_id_a = a.drug_id
left join marts.dim_drug as b on p.drug_id_b = b.drug_id
left join marts.dim_contrast as ca on p.contrast_id_a = ca.contrast_id
left join marts.dim_contrast as cb on p.contrast_id_b = cb.contrast_id
order by p.study_id, ca.contrast_position nulls last, cb.contrast_position nulls last, p.pair_id
"""

# Every gene called in either contrast, and of the others one per spot of the crowd.
SCATTER = """
with placed as (
    select gene_id, cast(row_number() over (order by gene_id) as integer) as i,
           coalesce(symbol, gene_id) as gene, log2_fold_change_a as x,
           log2_fold_change_b as y, comparison_class as class,
           row_number() over (
               partition by comparison_class, floor(log2_fold_change_a / 0.04),
                            floor(log2_fold_change_b / 0.04)
               order by gene_id
           ) as place
    from marts.mart_drug_comparison
    where pair_id = $pair and comparison_class <> 'not_tested'
      and log2_fold_change_a is not null and log2_fold_change_b is not null
)
select gene, gene_id, i, cast(round(x, 3) as float) as x, cast(round(y, 3) as float) as y, class
from placed
where class <> 'neither' or place = 1
order by case class when 'neither' then 0 else 1 end, gene_id
"""

CLASSES = """
select comparison_class as class, count(*) as genes
from marts.mart_drug_comparison
where pair_id = $pair
group by comparison_class
order by comparison_class
"""

GENES = """
select coalesce(symbol, gene_id) as gene, gene_id, comparison_class as class, difference_class,
       log2_fold_change_a, padj_a, log2_fold_change_b, padj_b, difference, difference_ci_lower,
       difference_ci_upper, difference_padj, difference_method, set_to_zero
from marts.mart_drug_comparison
where pair_id = $pair and comparison_class = $class
  and ($difference = 'any' or difference_class = $difference)
order by greatest(abs(log2_fold_change_a), abs(log2_fold_change_b)) desc nulls last, gene_id
"""

CONTRASTS = """
select contrast_id, label, study_id, subset, numerator, numerator_doses as doses,
       numerator_cell_lines as cells, direction_sentence, is_drug_vs_vehicle,
       has_imid_numerator, is_simulated
from marts.dim_contrast
where is_analysed
order by study_id, contrast_position nulls last, contrast_id
"""

# Each gene called in any of the contrasts, with all the contrasts it is called in.
PATTERNS = """
select gene_id, coalesce(any_value(symbol), gene_id) as gene,
       string_agg(contrast_id, '|' order by list_position($contrasts::varchar[], contrast_id))
           as pattern,
       max(abs(log2_fold_change)) as largest
from marts.fct_differential_expression
where list_contains($contrasts::varchar[], contrast_id)
  and (direction = 'up' and $up or direction = 'down' and $down)
group by gene_id
order by largest desc nulls last, gene_id
"""

CHANGES = """
select gene_id, contrast_id, log2_fold_change, padj, direction
from marts.fct_differential_expression
where list_contains($contrasts::varchar[], contrast_id)
  and list_contains($genes::varchar[], gene_id)
order by gene_id, contrast_id
"""
