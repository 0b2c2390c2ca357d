with counts as (
    select * from {{ ref('stg_expression__counts') }}
),

profiles as (
    select * from {{ ref('stg_expression__sample_profiles') }}
),

features as (
    select * from {{ ref('dim_feature') }}
),

-- gene_id depends on the study's load and on every load of a gene reference
-- no "order by": counts are loaded gene by gene, and copying keeps runs of that order long enough
-- for a gene to be found by the zone maps alone
final as (
    select
        counts.study_id,
        counts.study_id || '/' || counts.sample_id as sample_key,
        features.gene_id,
        counts.feature_number,
        counts.count,
        profiles.library_size,
        1e6 * cast(counts.count as double) / nullif(profiles.library_size, 0) as cpm
    from counts
    inner join features on counts.feature_number = features.feature_number
    left join profiles
        on counts.study_id = profiles.study_id and counts.sample_id = profiles.sample_id
)

select * from final
