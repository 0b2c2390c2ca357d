with source as (
    select * from {{ source('expression', 'contrasts') }}
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
        cast(design as string) as design,
        {{ subset_words('subset') }} as subset,
        -- numerics
        cast(contrast_position as int) as contrast_position
    from source
)

select * from renamed
