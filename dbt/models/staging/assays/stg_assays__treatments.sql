with source as (
    select * from {{ source('assays', 'assay_treatments') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(assay_run_id as string) as assay_run_id,
        -- text
        cast(treatment as string) as treatment,
        cast(role as string) as treatment_role,
        cast(drug_ids as string) as drug_ids
    from source
)

select * from renamed
