with validations as (
    select * from {{ ref('stg_ops__validation_results') }}
),

rejected as (
    select * from {{ ref('stg_ops__rejected_rows') }}
),

loads as (
    select * from {{ ref('stg_ops__loads') }}
    where load_status = 'loaded'
),

safety as (
    select * from {{ ref('int_safety_findings') }}
),

claims as (
    select * from {{ ref('fct_literature_claim') }}
),

studies as (
    select * from {{ ref('dim_study') }}
),

findings as (
    select
        'validation' as area,
        case
            when validations.severity in ('error', 'critical') then 'error'
            when validations.severity = 'info' then 'info'
            else 'warning'
        end as severity,
        loads.load_kind || ' ' || loads.load_subject as subject,
        validations.expectation || coalesce(' on ' || validations.column_name, '') as rule_code,
        validations.meaning as what,
        coalesce(validations.observed, '')
        || coalesce(' [' || validations.unexpected_keys || ']', '') as evidence,
        'suite ' || validations.suite as source,
        validations.load_id
    from validations
    inner join loads on validations.load_id = loads.load_id
    where not validations.is_success
    union all
    select
        'refused row' as area,
        'error' as severity,
        loads.load_kind || ' ' || loads.load_subject as subject,
        'line ' || cast(rejected.line as string) as rule_code,
        rejected.reason as what,
        coalesce(rejected.content, '') as evidence,
        {{ file_name('rejected.file_path') }} || ', line ' || cast(rejected.line as string)
            as source,
        rejected.load_id
    from rejected
    inner join loads on rejected.load_id = loads.load_id
    union all
    select
        area,
        severity,
        subject,
        rule_code,
        what,
        evidence,
        source,
        load_id
    from safety
    union all
    select
        'claim' as area,
        'info' as severity,
        claim_id as subject,
        'reference' as rule_code,
        case reference_status
            when 'none_given' then 'the document gives no reference for the claim'
            else 'the document gives only a web domain as reference'
        end as what,
        verbatim as evidence,
        document_title || ', ' || source_location as source,
        load_id
    from claims
    where reference_status <> 'given'
    union all
    select
        'claim' as area,
        'warning' as severity,
        claim_id as subject,
        'gene name' as rule_code,
        'the claim''s gene name leads to no single gene' as what,
        coalesce(gene_symbol, target_as_written) || ': ' || resolution_status as evidence,
        document_title || ', ' || source_location as source,
        load_id
    from claims
    where target_type = 'gene' and gene_id is null
    union all
    select
        'study' as area,
        'info' as severity,
        study_id as subject,
        'gene reference' as rule_code,
        'genes of the study are in no loaded gene reference' as what,
        cast(n_genes_without_reference as string) || ' of ' || cast(n_genes as string) || ' genes'
            as evidence,
        title as source,
        load_id
    from studies
    where n_genes_without_reference > 0
    union all
    select
        'study' as area,
        'warning' as severity,
        study_id as subject,
        'analysis' as rule_code,
        'the study has no differential expression' as what,
        not_analysed_reason as evidence,
        title as source,
        load_id
    from studies
    where not_analysed_reason is not null
),

-- Two loads may say the same; a load of the same content again is to give the same keys.
numbered as (
    select
        *,
        row_number() over (
            partition by area, subject, rule_code, source, what, evidence
            order by load_id
        ) as occurrence
    from findings
),

final as (
    select
        {{ surrogate_key(
            ['area', 'subject', 'rule_code', 'source', 'what', 'evidence', 'occurrence']
        ) }}
            as finding_id,
        load_id,
        severity,
        area,
        subject,
        rule_code,
        what,
        evidence,
        source
    from numbered
)

select * from final
