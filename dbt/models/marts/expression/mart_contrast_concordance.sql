with computed as (
    select * from {{ ref('stg_analytics__contrast_pairs') }}
),

results as (
    select * from {{ ref('int_contrast_results') }}
),

-- what was computed of results that have since changed is left out until it is computed again
concordances as (
    select computed.*
    from computed
    inner join results as results_a
        on
            computed.contrast_id_a = results_a.contrast_id
            and computed.result_id_a = results_a.result_id
    inner join results as results_b
        on
            computed.contrast_id_b = results_b.contrast_id
            and computed.result_id_b = results_b.result_id
),

numerators as (
    select * from {{ ref('int_contrast_arms_described') }}
    where arm = 'numerator'
),

pairs as (
    select distinct
        pair_id,
        contrast_id_a,
        contrast_id_b,
        study_id,
        study_id_b,
        drug_id_a,
        drug_id_b,
        is_simulated
    from {{ ref('mart_drug_comparison') }}
),

measured as (
    select
        pairs.pair_id,
        pairs.contrast_id_a,
        pairs.contrast_id_b,
        pairs.study_id,
        pairs.study_id_b,
        pairs.drug_id_a,
        pairs.drug_id_b,
        pairs.is_simulated,
        concordances.n_tested,
        concordances.n_unpaired_a,
        concordances.n_unpaired_b,
        concordances.n_significant_either,
        concordances.n_significant_both_same,
        concordances.n_significant_both_opposite,
        concordances.n_sign_agree,
        concordances.sign_agreement,
        concordances.sign_agreement_lower,
        concordances.sign_agreement_upper,
        concordances.jaccard,
        concordances.pearson,
        concordances.pearson_lower,
        concordances.pearson_upper,
        concordances.spearman,
        concordances.spearman_lower,
        concordances.spearman_upper,
        concordances.slope_all as total_least_squares_slope,
        concordances.slope as responsive_slope,
        concordances.slope_lower as responsive_slope_lower,
        concordances.slope_upper as responsive_slope_upper,
        concordances.rrho_up_up,
        concordances.rrho_down_down,
        concordances.rrho_up_down,
        concordances.rrho_down_up
    from pairs
    inner join concordances
        on
            pairs.contrast_id_a = concordances.contrast_id_a
            and pairs.contrast_id_b = concordances.contrast_id_b
),

final as (
    select
        measured.pair_id,
        measured.contrast_id_a,
        measured.contrast_id_b,
        measured.study_id,
        measured.study_id_b,
        measured.drug_id_a,
        measured.drug_id_b,
        numerators_a.doses as doses_a,
        numerators_b.doses as doses_b,
        {{ dose_sentence(
            'measured.drug_id_a', 'numerators_a.doses', 'measured.drug_id_b', 'numerators_b.doses'
        ) }} as dose_sentence,
        measured.n_tested,
        measured.n_unpaired_a,
        measured.n_unpaired_b,
        measured.n_significant_either,
        measured.n_significant_both_same,
        measured.n_significant_both_opposite,
        measured.n_sign_agree,
        measured.sign_agreement,
        measured.sign_agreement_lower,
        measured.sign_agreement_upper,
        measured.jaccard,
        measured.pearson,
        measured.pearson_lower,
        measured.pearson_upper,
        measured.spearman,
        measured.spearman_lower,
        measured.spearman_upper,
        measured.total_least_squares_slope,
        measured.rrho_up_up,
        measured.rrho_down_down,
        measured.rrho_up_down,
        measured.rrho_down_up,
        measured.n_significant_either as n_responsive,
        measured.responsive_slope,
        measured.responsive_slope_lower,
        measured.responsive_slope_upper,
        measured.is_simulated
    from measured
    left join numerators as numerators_a on measured.contrast_id_a = numerators_a.contrast_id
    left join numerators as numerators_b on measured.contrast_id_b = numerators_b.contrast_id
)

select * from final
