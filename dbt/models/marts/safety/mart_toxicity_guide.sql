with steps as (
    select * from {{ ref('stg_clinical__toxicity_guides') }}
),

guide_terms as (
    select * from {{ ref('int_guide_terms_unnested') }}
),

assays as (
    select * from {{ ref('stg_clinical__assays') }}
),

documents as (
    select * from {{ ref('dim_document') }}
),

final as (
    select
        {{ surrogate_key(['steps.guide_step_id', 'guide_terms.term_key']) }} as guide_term_id,
        steps.guide_step_id,
        steps.load_id,
        steps.document_id,
        steps.assay_id,
        documents.title as document_title,
        steps.guide,
        steps.adverse_event_class,
        guide_terms.term,
        guide_terms.term_key,
        guide_terms.term_category,
        steps.suspected_mechanism,
        steps.step_kind,
        steps.step_name,
        steps.summary,
        assays.assay_name,
        assays.objective as assay_objective,
        assays.cells as assay_cells,
        assays.treatment_times as assay_treatment_times,
        assays.read_out as assay_read_out,
        assays.analysis as assay_analysis,
        assays.note as assay_note,
        steps.step_position
    from steps
    inner join guide_terms on steps.guide_step_id = guide_terms.guide_step_id
    inner join documents on steps.document_id = documents.document_id
    left join assays on steps.assay_id = assays.assay_id
)

select * from final
