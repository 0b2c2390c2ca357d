with runs as (
    select * from {{ ref('stg_assays__runs') }}
),

protocols as (
    select * from {{ ref('stg_clinical__assays') }}
),

final as (
    select
        runs.assay_run_id,
        runs.load_id,
        runs.assay_kind,
        protocols.assay_id,
        runs.title,
        protocols.assay_name,
        runs.vehicle,
        runs.table_layout,
        runs.read_out,
        runs.source_as_written,
        runs.url,
        runs.note,
        runs.simulation_note,
        runs.is_simulated
    from runs
    left join protocols
        on
            case runs.assay_kind
                when 'cytotoxicity' then 'cytotoxicity-ic50'
                when 'colony-forming' then 'colony-forming-cell'
            end = protocols.assay_id
)

select * from final
