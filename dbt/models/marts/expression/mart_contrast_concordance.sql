{% set z = var('ci_quantile') %}

with comparisons as (
    select * from {{ ref('mart_drug_comparison') }}
),

slopes as (
    select * from {{ ref('stg_analytics__potency_slopes') }}
),

contrasts as (
    select * from {{ ref('dim_contrast') }}
),

tested as (
    select
        pair_id,
        contrast_id_a,
        contrast_id_b,
        study_id,
        drug_id_a,
        drug_id_b,
        is_simulated,
        log2_fold_change_a as x,
        log2_fold_change_b as y,
        comparison_class,
        case
            when comparison_class in ('both_up', 'both_down', 'opposite', 'only_a', 'only_b')
                then 1
            else 0
        end as is_significant_in_either,
        rank() over (partition by pair_id order by log2_fold_change_a asc nulls last)
        + (count(*) over (partition by pair_id, log2_fold_change_a) - 1) / 2.0 as rank_x,
        rank() over (partition by pair_id order by log2_fold_change_b asc nulls last)
        + (count(*) over (partition by pair_id, log2_fold_change_b) - 1) / 2.0 as rank_y
    from comparisons
    where comparison_class <> 'not_tested'
),

moments as (
    select
        pair_id,
        contrast_id_a,
        contrast_id_b,
        study_id,
        drug_id_a,
        drug_id_b,
        is_simulated,
        count(*) as n_tested,
        cast(sum(is_significant_in_either) as bigint) as n_significant_either,
        cast(
            sum(case when comparison_class in ('both_up', 'both_down') then 1 else 0 end) as bigint
        ) as n_significant_both_same,
        cast(sum(case when comparison_class = 'opposite' then 1 else 0 end) as bigint)
            as n_significant_both_opposite,
        cast(
            sum(case when is_significant_in_either = 1 and x * y > 0 then 1 else 0 end) as bigint
        ) as n_sign_agree,
        corr(x, y) as pearson,
        corr(rank_x, rank_y) as spearman,
        var_pop(x) as variance_a,
        var_pop(y) as variance_b,
        covar_pop(x, y) as covariance
    from tested
    group by
        pair_id,
        contrast_id_a,
        contrast_id_b,
        study_id,
        drug_id_a,
        drug_id_b,
        is_simulated
),

shares as (
    select
        *,
        cast(n_sign_agree as double) / nullif(n_significant_either, 0) as sign_agreement,
        cast(n_significant_either as double) as n
    from moments
),

measured as (
    select
        pair_id,
        contrast_id_a,
        contrast_id_b,
        study_id,
        drug_id_a,
        drug_id_b,
        n_tested,
        n_significant_either,
        n_significant_both_same,
        n_significant_both_opposite,
        n_sign_agree,
        sign_agreement,
        case
            when n > 0
                then
                    (
                        sign_agreement + {{ z }} * {{ z }} / (2 * n)
                        - {{ z }} * sqrt(
                            sign_agreement * (1 - sign_agreement) / n
                            + {{ z }} * {{ z }} / (4 * n * n)
                        )
                    ) / (1 + {{ z }} * {{ z }} / n)
        end as sign_agreement_lower,
        case
            when n > 0
                then
                    (
                        sign_agreement + {{ z }} * {{ z }} / (2 * n)
                        + {{ z }} * sqrt(
                            sign_agreement * (1 - sign_agreement) / n
                            + {{ z }} * {{ z }} / (4 * n * n)
                        )
                    ) / (1 + {{ z }} * {{ z }} / n)
        end as sign_agreement_upper,
        cast(n_significant_both_same + n_significant_both_opposite as double)
        / nullif(n_significant_either, 0) as jaccard,
        pearson,
        spearman,
        case
            when covariance <> 0
                then
                    (
                        variance_b - variance_a
                        + sqrt(
                            (variance_b - variance_a) * (variance_b - variance_a)
                            + 4 * covariance * covariance
                        )
                    ) / (2 * covariance)
        end as total_least_squares_slope,
        is_simulated
    from shares
),

final as (
    select
        measured.pair_id,
        measured.contrast_id_a,
        measured.contrast_id_b,
        measured.study_id,
        measured.drug_id_a,
        measured.drug_id_b,
        contrasts_a.numerator_doses as doses_a,
        contrasts_b.numerator_doses as doses_b,
        {{ dose_sentence(
            'contrasts_a.numerator',
            'contrasts_a.numerator_doses',
            'contrasts_b.numerator',
            'contrasts_b.numerator_doses'
        ) }} as dose_sentence,
        measured.n_tested,
        measured.n_significant_either,
        measured.n_significant_both_same,
        measured.n_significant_both_opposite,
        measured.n_sign_agree,
        measured.sign_agreement,
        measured.sign_agreement_lower,
        measured.sign_agreement_upper,
        measured.jaccard,
        measured.pearson,
        measured.spearman,
        measured.total_least_squares_slope,
        slopes.n_genes as n_responsive,
        slopes.slope as responsive_slope,
        slopes.lower as responsive_slope_lower,
        slopes.upper as responsive_slope_upper,
        measured.is_simulated
    from measured
    left join contrasts as contrasts_a on measured.contrast_id_a = contrasts_a.contrast_id
    left join contrasts as contrasts_b on measured.contrast_id_b = contrasts_b.contrast_id
    left join slopes
        on
            measured.contrast_id_a = slopes.contrast_id_a
            and measured.contrast_id_b = slopes.contrast_id_b
)

select * from final
