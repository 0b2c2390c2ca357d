with samples as (
    select * from {{ ref('stg_expression__samples') }}
),

profiles as (
    select * from {{ ref('stg_expression__sample_profiles') }}
),

studies as (
    select * from {{ ref('stg_expression__studies') }}
),

drug_names as (
    select * from {{ ref('int_drug_names_folded') }}
),

attributes as (
    select
        study_id,
        sample_id,
        {{ dbt.listagg(
            "attribute || ': ' || coalesce(value, 'not given')", "'; '", 'order by attribute'
        ) }} as further_attributes
    from {{ ref('stg_expression__sample_attributes') }}
    group by study_id, sample_id
),

final as (
    select
        samples.study_id || '/' || samples.sample_id as sample_key,
        samples.study_id,
        samples.sample_id,
        samples.load_id,
        drug_names.drug_id,
        samples.drug,
        samples.cell_line,
        samples.replicate,
        samples.batch,
        attributes.further_attributes,
        studies.quantity,
        samples.sample_position,
        samples.concentration_um,
        samples.time_h,
        samples.rin,
        samples.a260_280,
        samples.reads,
        profiles.library_size,
        profiles.file_column_sum,
        profiles.estimated_total,
        profiles.genes as n_genes,
        profiles.genes_detected,
        profiles.max_count,
        studies.is_simulated
    from samples
    left join studies on samples.study_id = studies.study_id
    left join profiles
        on samples.study_id = profiles.study_id and samples.sample_id = profiles.sample_id
    left join drug_names on {{ folded('samples.drug') }} = drug_names.name_folded
    left join attributes
        on samples.study_id = attributes.study_id and samples.sample_id = attributes.sample_id
)

select * from final
