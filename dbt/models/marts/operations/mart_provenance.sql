with loads as (
    select * from {{ ref('int_loads_described') }}
),

studies as (
    select * from {{ ref('dim_study') }}
),

contrasts as (
    select * from {{ ref('dim_contrast') }}
),

claims as (
    select * from {{ ref('fct_literature_claim') }}
),

cells as (
    select * from {{ ref('fct_adverse_event') }}
),

assays as (
    select * from {{ ref('int_assay_subjects_unioned') }}
),

subjects as (
    select
        'dim_study' as mart,
        'study' as subject_kind,
        study_id as subject_key,
        load_id,
        cast(null as string) as document_id,
        cast(null as string) as document_title,
        cast(null as string) as source_location,
        cast(null as int) as source_row,
        cast(null as bigint) as source_line,
        cast(null as string) as source_column,
        cast(null as string) as verbatim,
        cast(null as string) as fit_id
    from studies
    union all
    select
        'fct_expression' as mart,
        'study' as subject_kind,
        study_id as subject_key,
        load_id,
        cast(null as string) as document_id,
        cast(null as string) as document_title,
        cast(null as string) as source_location,
        cast(null as int) as source_row,
        cast(null as bigint) as source_line,
        cast(null as string) as source_column,
        cast(null as string) as verbatim,
        cast(null as string) as fit_id
    from studies
    union all
    select
        'fct_differential_expression' as mart,
        'contrast' as subject_kind,
        contrast_id as subject_key,
        load_id,
        cast(null as string) as document_id,
        cast(null as string) as document_title,
        cast(null as string) as source_location,
        cast(null as int) as source_row,
        cast(null as bigint) as source_line,
        cast(null as string) as source_column,
        cast(null as string) as verbatim,
        fit_id
    from contrasts
    union all
    select
        'fct_literature_claim' as mart,
        'claim' as subject_kind,
        claim_id as subject_key,
        load_id,
        document_id,
        document_title,
        source_location,
        source_row,
        line as source_line,
        source_column,
        verbatim,
        cast(null as string) as fit_id
    from claims
    union all
    select
        'fct_adverse_event' as mart,
        'adverse_event' as subject_kind,
        adverse_event_id as subject_key,
        load_id,
        document_id,
        document_title,
        source_table as source_location,
        source_row,
        line as source_line,
        source_column,
        verbatim_cell as verbatim,
        cast(null as string) as fit_id
    from cells
    union all
    select
        mart,
        subject_kind,
        subject_key,
        load_id,
        cast(null as string) as document_id,
        cast(null as string) as document_title,
        cast(null as string) as source_location,
        cast(null as int) as source_row,
        source_line,
        cast(null as string) as source_column,
        cast(null as string) as verbatim,
        cast(null as string) as fit_id
    from assays
),

final as (
    select
        {{ surrogate_key(['subjects.mart', 'subjects.subject_key']) }} as provenance_id,
        subjects.mart,
        subjects.subject_kind,
        subjects.subject_key,
        subjects.load_id,
        subjects.fit_id,
        subjects.document_id,
        subjects.document_title,
        subjects.source_location,
        subjects.source_column,
        subjects.verbatim,
        loads.load_kind,
        loads.file_name,
        loads.file_sha256,
        loads.files,
        loads.imid_version,
        subjects.source_row,
        subjects.source_line,
        loads.loaded_at
    from subjects
    left join loads on subjects.load_id = loads.load_id
)

select * from final
