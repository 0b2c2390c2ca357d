with source as (
    select * from {{ source('clinical', 'adverse_events') }}
),

renamed as (
    select
        -- ids
        cast(load_id as string) as load_id,
        cast(adverse_event_id as string) as adverse_event_id,
        cast(document_id as string) as document_id,
        cast(arm_id as string) as arm_id,
        cast(source_id as string) as source_id,
        -- text
        cast(source_table as string) as source_table,
        cast(source_column as string) as source_column,
        cast(term as string) as term,
        cast(verbatim_cell as string) as verbatim_cell,
        cast(cell_state as string) as cell_state,
        cast(operator as string) as operator,
        cast(value_role as string) as value_role,
        cast(n_basis as string) as n_basis,
        cast(grade_as_written as string) as grade_as_written,
        cast(ascertainment as string) as ascertainment,
        cast(ctcae_version as string) as ctcae_version,
        cast(data_cut as string) as data_cut,
        cast(evidence_scope as string) as evidence_scope,
        cast(verification as string) as verification,
        cast(published_value as string) as published_value,
        cast(note as string) as note,
        -- numerics
        cast(line as bigint) as line,
        cast(source_row as int) as source_row,
        cast(value_pct as double) as value_pct,
        cast(pct_decimals as int) as pct_decimals,
        cast(n_affected as bigint) as n_affected,
        cast(n_at_risk as bigint) as n_at_risk,
        cast(grade_lo as int) as grade_lo,
        cast(grade_hi as int) as grade_hi,
        cast(published_grade_lo as int) as published_grade_lo,
        cast(published_grade_hi as int) as published_grade_hi
    from source
)

select * from renamed
