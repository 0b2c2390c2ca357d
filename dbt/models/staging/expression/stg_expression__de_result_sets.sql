with source as (
    select * from {{ source('expression', 'de_result_sets') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(study_id as string) as study_id,
        cast(contrast_id as string) as contrast_id,
        -- text
        cast(factor as string) as factor,
        cast(numerator as string) as numerator,
        cast(denominator as string) as denominator,
        cast(form as string) as form,
        cast(test as string) as test,
        cast(correction as string) as correction,
        cast(direction_as_given as string) as direction_as_given,
        cast(note as string) as note,
        cast(path as string) as path,
        cast(sha256 as string) as sha256,
        -- numerics
        cast(result_rows as bigint) as result_rows,
        -- booleans
        cast(is_excerpt as boolean) as is_excerpt,
        cast(has_p_value as boolean) as has_p_value,
        cast(has_padj as boolean) as has_padj
    from source
)

select * from renamed
