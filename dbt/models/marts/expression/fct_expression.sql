-- Whole loads are taken up and gone ones deleted; other references, thresholds or code make
-- `imid build` take up all loads again. Without "distinct" below DuckDB compares with every row.
{{ config(
    materialized='incremental' if target.type == 'duckdb' else 'table',
    incremental_strategy='delete+insert',
    unique_key='load_id',
    on_schema_change='fail',
    pre_hook="{{ delete_gone(['load_id'], ref('stg_expression__studies')) }}"
) }}

with counts as (
    select * from {{ ref('stg_expression__counts') }}
    {% if is_incremental() %}
        where load_id not in (select distinct held.load_id from {{ this }} as held)
    {% endif %}
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
        counts.load_id,
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
