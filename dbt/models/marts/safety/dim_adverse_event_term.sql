with terms as (
    select * from {{ ref('stg_clinical__term_crosswalk') }}
),

ctcae as (
    select * from {{ ref('stg_clinical__ctcae_terms') }}
),

final as (
    select
        terms.term_key as posted_term,
        terms.load_id,
        lower(terms.harmonised_term) as term_key,
        terms.harmonised_term,
        terms.category as term_category,
        terms.term_status,
        terms.ctcae_term,
        ctcae.ctcae_version,
        ctcae.system_organ_class,
        ctcae.definition,
        ctcae.grade_1,
        ctcae.grade_2,
        ctcae.grade_3,
        ctcae.grade_4,
        ctcae.grade_5,
        terms.note
    from terms
    left join ctcae on terms.ctcae_term = ctcae.ctcae_term
)

select * from final
