with source as (
    select * from {{ source('ops', 'validation_results') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        -- text
        cast(suite as string) as suite,
        cast(expectation as string) as expectation,
        cast(column_name as string) as column_name,
        cast(severity as string) as severity,
        cast(observed as string) as observed,
        cast(unexpected_keys as string) as unexpected_keys,
        cast(meaning as string) as meaning,
        -- numerics
        cast(suite_version as int) as suite_version,
        -- booleans
        cast(is_success as boolean) as is_success,
        -- timestamps
        cast(validated_at as timestamp) as validated_at
    from source
)

select * from renamed
