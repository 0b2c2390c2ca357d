with source as (
    select * from {{ source('analytics', 'pooled_changes') }}
),

renamed as (
    select
        -- ids
        cast(drug_id as string) as drug_id,
        cast(comparator_drug_id as string) as comparator_drug_id,
        cast(gene_id as string) as gene_id,
        cast(contrast_ids as string) as contrast_ids,
        cast(result_ids as string) as result_ids,
        -- text
        cast(claim_cell_context as string) as claim_cell_context,
        cast(method as string) as method,
        cast(inputs_sha256 as string) as inputs_sha256,
        -- numerics
        cast(n_studies as bigint) as n_studies,
        cast(n_studies_given as bigint) as n_studies_given,
        cast(log2_fold_change as double) as log2_fold_change,
        cast(standard_error as double) as standard_error,
        cast(ci_lower as double) as ci_lower,
        cast(ci_upper as double) as ci_upper,
        cast(hk_lower as double) as hk_lower,
        cast(hk_upper as double) as hk_upper,
        cast(p_value as double) as p_value,
        cast(tau2 as double) as tau2,
        cast(i2 as double) as i2,
        cast(q_p_value as double) as q_p_value,
        -- booleans
        cast(is_simulated as boolean) as is_simulated
    from source
)

select * from renamed
