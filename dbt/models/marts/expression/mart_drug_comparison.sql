with contrasts as (
    select * from {{ ref('dim_contrast') }}
),

results as (
    select * from {{ ref('fct_differential_expression') }}
),

pairs as (
    select
        contrasts_a.contrast_id as contrast_id_a,
        contrasts_b.contrast_id as contrast_id_b,
        contrasts_a.study_id,
        contrasts_a.numerator_drug_id as drug_id_a,
        contrasts_b.numerator_drug_id as drug_id_b,
        contrasts_a.is_simulated,
        contrasts_a.factor,
        contrasts_a.subset,
        contrasts_a.design,
        contrasts_a.numerator as numerator_a,
        contrasts_b.numerator as numerator_b
    from contrasts as contrasts_a
    inner join contrasts as contrasts_b
        on
            contrasts_a.study_id = contrasts_b.study_id
            and contrasts_a.factor = contrasts_b.factor
            and contrasts_a.denominator = contrasts_b.denominator
            and contrasts_a.subset = contrasts_b.subset
            and contrasts_a.design = contrasts_b.design
            and contrasts_a.numerator_drug_id < contrasts_b.numerator_drug_id
    where
        contrasts_a.is_drug_vs_vehicle
        and contrasts_b.is_drug_vs_vehicle
        and contrasts_a.has_imid_numerator
        and contrasts_b.has_imid_numerator
),

direct_candidates as (
    select
        pairs.contrast_id_a,
        pairs.contrast_id_b,
        contrasts.contrast_id as direct_contrast_id,
        case when contrasts.numerator = pairs.numerator_a then 1 else -1 end as orientation,
        row_number() over (
            partition by pairs.contrast_id_a, pairs.contrast_id_b
            order by
                case when contrasts.numerator = pairs.numerator_a then 0 else 1 end asc,
                contrasts.contrast_position asc nulls last
        ) as preference
    from pairs
    inner join contrasts
        on
            pairs.study_id = contrasts.study_id
            and pairs.factor = contrasts.factor
            and pairs.subset = contrasts.subset
            and pairs.design = contrasts.design
            and (
                (
                    contrasts.numerator = pairs.numerator_a
                    and contrasts.denominator = pairs.numerator_b
                )
                or (
                    contrasts.numerator = pairs.numerator_b
                    and contrasts.denominator = pairs.numerator_a
                )
            )
),

paired as (
    select
        pairs.contrast_id_a,
        pairs.contrast_id_b,
        pairs.study_id,
        pairs.drug_id_a,
        pairs.drug_id_b,
        pairs.is_simulated,
        direct_candidates.direct_contrast_id,
        direct_candidates.orientation
    from pairs
    left join direct_candidates
        on
            pairs.contrast_id_a = direct_candidates.contrast_id_a
            and pairs.contrast_id_b = direct_candidates.contrast_id_b
            and direct_candidates.preference = 1
),

final as (
    select
        paired.contrast_id_a || ' | ' || paired.contrast_id_b as pair_id,
        results_a.gene_id,
        paired.contrast_id_a,
        paired.contrast_id_b,
        paired.study_id,
        paired.drug_id_a,
        paired.drug_id_b,
        paired.direct_contrast_id,
        results_a.symbol,
        results_a.direction as direction_a,
        results_b.direction as direction_b,
        case
            when results_a.direction = 'not_tested' or results_b.direction = 'not_tested'
                then 'not_tested'
            when results_a.direction = 'up' and results_b.direction = 'up' then 'both_up'
            when results_a.direction = 'down' and results_b.direction = 'down' then 'both_down'
            when
                results_a.direction in ('up', 'down') and results_b.direction in ('up', 'down')
                then 'opposite'
            when results_a.direction in ('up', 'down') then 'only_a'
            when results_b.direction in ('up', 'down') then 'only_b'
            else 'neither'
        end as comparison_class,
        results_a.base_mean,
        results_a.log2_fold_change as log2_fold_change_a,
        results_a.lfc_se as lfc_se_a,
        results_a.padj as padj_a,
        results_b.log2_fold_change as log2_fold_change_b,
        results_b.lfc_se as lfc_se_b,
        results_b.padj as padj_b,
        paired.orientation * direct.log2_fold_change as difference,
        direct.lfc_se as difference_se,
        case
            when paired.orientation = 1 then direct.ci_lower
            else -direct.ci_upper
        end as difference_ci_lower,
        case
            when paired.orientation = 1 then direct.ci_upper
            else -direct.ci_lower
        end as difference_ci_upper,
        direct.padj as difference_padj,
        paired.is_simulated
    from paired
    inner join results as results_a on paired.contrast_id_a = results_a.contrast_id
    inner join results as results_b
        on
            paired.contrast_id_b = results_b.contrast_id
            and results_a.gene_id = results_b.gene_id
    left join results as direct
        on
            paired.direct_contrast_id = direct.contrast_id
            and results_a.gene_id = direct.gene_id
)

select * from final
order by pair_id asc nulls last, gene_id asc nulls last
