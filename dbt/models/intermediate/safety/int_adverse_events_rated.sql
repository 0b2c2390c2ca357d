with cells as (
    select * from {{ ref('int_adverse_event_cells_unioned') }}
),

rates as (
    select * from {{ ref('stg_analytics__adverse_event_rates') }}
),

terms as (
    select * from {{ ref('stg_clinical__term_crosswalk') }}
),

rated as (
    select
        cells.*,
        lower(coalesce(terms.harmonised_term, trim(cells.term))) as term_key,
        coalesce(terms.harmonised_term, trim(cells.term)) as harmonised_term,
        terms.ctcae_term,
        terms.category as term_category,
        coalesce(terms.term_status, 'not_in_crosswalk') as term_status,
        {{ grade_band('cells.grade_lo', 'cells.grade_hi') }} as grade_band,
        {{ grade_band('cells.published_grade_lo', 'cells.published_grade_hi') }}
            as published_grade_band,
        coalesce(
            cells.published_grade_lo <> cells.grade_lo
            or cells.published_grade_hi <> cells.grade_hi,
            false
        )
        and cells.cell_state <> 'other_source' as has_grade_mismatch,
        coalesce(rates.n_affected_lo, cells.n_affected) as n_affected_lo,
        coalesce(rates.n_affected_hi, cells.n_affected) as n_affected_hi,
        rates.rate,
        rates.wilson_lower,
        rates.wilson_upper,
        rates.recomputed_pct_lo,
        rates.recomputed_pct_hi,
        rates.finding,
        {{ printed_number('cells.value_pct', 'cells.pct_decimals') }} || '%' as printed_pct,
        coalesce(' (n = ' || cast(cells.n_at_risk as string) || ')', ' (n unknown)') as size_words,
        case cells.operator when '>=' then '≥' when '<=' then '≤' when '<' then '<' else '' end
            as operator_sign
    from cells
    left join rates
        on
            cells.adverse_event_id = rates.adverse_event_id
            and cells.load_id = rates.load_id
    left join terms on lower(trim(cells.term)) = terms.term_key
),

worded as (
    select
        adverse_event_id,
        load_id,
        document_id,
        arm_id,
        source_id,
        source_table,
        source_column,
        term,
        term_key,
        verbatim_cell,
        cell_state,
        operator,
        value_role,
        n_basis,
        grade_as_written,
        grade_band,
        published_grade_band,
        ascertainment,
        ctcae_version,
        data_cut,
        evidence_scope,
        verification,
        published_value,
        note,
        finding,
        case
            when cell_state = 'not_reported' then 'not reported'
            when cell_state = 'other_source'
                then coalesce(printed_pct || ' ', '') || '(other source)'
            when cell_state = 'bound' and value_role = 'listing_threshold'
                then operator_sign || printed_pct || ' (listing threshold)'
            when cell_state = 'bound' then operator_sign || printed_pct || ' (bound)'
            when cell_state = 'below_threshold'
                then coalesce(operator_sign || printed_pct || ' ', '') || '(below threshold)'
            when cell_state = 'n_of_n' and n_at_risk is null
                then cast(n_affected as string) || size_words
            when cell_state = 'n_of_n'
                then
                    cast(n_affected as string) || '/' || cast(n_at_risk as string)
                    || coalesce(' (' || printed_pct || ')', '')
            when cell_state = 'zero' then coalesce(printed_pct, '0') || size_words
            else printed_pct || size_words
        end as display_value,
        line,
        source_row,
        value_pct,
        pct_decimals,
        n_affected,
        n_affected_lo,
        n_affected_hi,
        n_at_risk,
        grade_lo,
        grade_hi,
        published_grade_lo,
        published_grade_hi,
        rate,
        wilson_lower,
        wilson_upper,
        recomputed_pct_lo,
        recomputed_pct_hi,
        has_grade_mismatch,
        origin,
        event_type,
        harmonised_term,
        ctcae_term,
        term_category,
        term_status,
        organ_system,
        vocabulary,
        n_events
    from rated
)

select * from worded
