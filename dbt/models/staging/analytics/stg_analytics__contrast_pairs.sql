with source as (
    select * from {{ source('analytics', 'contrast_pairs') }}
),

renamed as (
    select
        -- ids
        cast(contrast_id_a as string) as contrast_id_a,
        cast(contrast_id_b as string) as contrast_id_b,
        cast(result_id_a as string) as result_id_a,
        cast(result_id_b as string) as result_id_b,
        -- text
        cast(inputs_sha256 as string) as inputs_sha256,
        -- numerics
        cast(n_tested as bigint) as n_tested,
        cast(n_unpaired_a as bigint) as n_unpaired_a,
        cast(n_unpaired_b as bigint) as n_unpaired_b,
        cast(n_significant_either as bigint) as n_significant_either,
        cast(n_significant_both_same as bigint) as n_significant_both_same,
        cast(n_significant_both_opposite as bigint) as n_significant_both_opposite,
        cast(n_sign_agree as bigint) as n_sign_agree,
        cast(sign_agreement as double) as sign_agreement,
        cast(sign_agreement_lower as double) as sign_agreement_lower,
        cast(sign_agreement_upper as double) as sign_agreement_upper,
        cast(jaccard as double) as jaccard,
        cast(pearson as double) as pearson,
        cast(pearson_lower as double) as pearson_lower,
        cast(pearson_upper as double) as pearson_upper,
        cast(spearman as double) as spearman,
        cast(spearman_lower as double) as spearman_lower,
        cast(spearman_upper as double) as spearman_upper,
        cast(slope_all as double) as slope_all,
        cast(slope as double) as slope,
        cast(slope_lower as double) as slope_lower,
        cast(slope_upper as double) as slope_upper,
        cast(rrho_up_up as double) as rrho_up_up,
        cast(rrho_down_down as double) as rrho_down_down,
        cast(rrho_up_down as double) as rrho_up_down,
        cast(rrho_down_up as double) as rrho_down_up,
        cast(bootstrap_samples as int) as bootstrap_samples,
        cast(seed as bigint) as seed
    from source
)

select * from renamed
