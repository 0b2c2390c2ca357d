with source as (
    select * from {{ source('clinical', 'ctcae_terms') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        -- text
        cast(ctcae_version as string) as ctcae_version,
        cast(ctcae_term as string) as ctcae_term,
        cast(system_organ_class as string) as system_organ_class,
        cast(grade_1 as string) as grade_1,
        cast(grade_2 as string) as grade_2,
        cast(grade_3 as string) as grade_3,
        cast(grade_4 as string) as grade_4,
        cast(grade_5 as string) as grade_5,
        cast(definition as string) as definition
    from source
),

-- The shipped list has names only; a loaded workbook has the same names with their grades.
ranked as (
    select
        *,
        row_number() over (
            partition by ctcae_version, ctcae_term
            order by definition nulls last, load_id
        ) as preference
    from renamed
)

select
    load_id,
    ctcae_version,
    ctcae_term,
    system_organ_class,
    grade_1,
    grade_2,
    grade_3,
    grade_4,
    grade_5,
    definition
from ranked
where preference = 1
