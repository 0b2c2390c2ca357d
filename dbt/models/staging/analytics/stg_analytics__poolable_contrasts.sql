with source as (
    select * from {{ source('analytics', 'poolable_contrasts') }}
),

renamed as (
    select
        -- ids
        cast(contrast_id as string) as contrast_id,
        cast(result_id as string) as result_id,
        -- text
        cast(standard_error_source as string) as standard_error_source,
        cast(not_pooled_reason as string) as not_pooled_reason,
        cast(inputs_sha256 as string) as inputs_sha256
    from source
)

select * from renamed
