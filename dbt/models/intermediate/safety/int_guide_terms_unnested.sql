with steps as (
    select * from {{ ref('stg_clinical__toxicity_guides') }}
),

terms as (
    select * from {{ ref('stg_clinical__term_crosswalk') }}
),

unnested as (
    select
        guide_step_id,
        {{ unnest_list('terms') }} as term
    from steps
),

final as (
    select
        unnested.guide_step_id,
        trim(unnested.term) as term,
        lower(coalesce(terms.harmonised_term, trim(unnested.term))) as term_key,
        terms.category as term_category
    from unnested
    left join terms on lower(trim(unnested.term)) = terms.term_key
)

select * from final
