with contrasts as (
    select * from {{ ref('int_contrasts_resolved') }}
),

arms as (
    select * from {{ ref('int_contrast_arms_described') }}
),

studies as (
    select * from {{ ref('stg_expression__studies') }}
),

fits as (
    select * from {{ ref('stg_analytics__fits') }}
),

results as (
    select
        contrast_id,
        min(fit_id) as fit_id,
        cast(sum(case when direction = 'up' then 1 else 0 end) as bigint) as n_up,
        cast(sum(case when direction = 'down' then 1 else 0 end) as bigint) as n_down,
        cast(sum(case when direction = 'not_significant' then 1 else 0 end) as bigint)
            as n_not_significant,
        cast(sum(case when direction = 'not_tested' then 1 else 0 end) as bigint) as n_not_tested
    from {{ ref('fct_differential_expression') }}
    group by contrast_id
),

joined as (
    select
        contrasts.contrast_id,
        contrasts.study_id,
        contrasts.load_id,
        results.fit_id,
        contrasts.numerator_drug_id,
        contrasts.denominator_drug_id,
        contrasts.factor,
        contrasts.numerator,
        contrasts.denominator,
        contrasts.subset,
        contrasts.design,
        numerators.doses as numerator_doses,
        denominators.doses as denominator_doses,
        numerators.treatment_times as numerator_times,
        denominators.treatment_times as denominator_times,
        numerators.cell_lines as numerator_cell_lines,
        denominators.cell_lines as denominator_cell_lines,
        studies.cell_context,
        studies.organism,
        contrasts.numerator
        || coalesce(' ' || numerators.doses, '')
        || ' vs '
        || contrasts.denominator
        || coalesce(' ' || denominators.doses, '')
        || coalesce(' in ' || numerators.cell_lines, '')
        || coalesce(', ' || numerators.treatment_times, '')
        || ' ('
        || contrasts.study_id
        || case when studies.is_simulated then ', simulated' else '' end
        || case when contrasts.is_excerpt then ', excerpt' else '' end
        || ')' as label,
        'positive = higher '
        || case when contrasts.numerator_drug_id is null then 'in ' else 'after ' end
        || contrasts.numerator
        || ' than '
        || case
            when contrasts.is_drug_vs_untreated
                then 'without it (' || contrasts.denominator || ')'
            when contrasts.numerator_drug_id is null then 'in ' || contrasts.denominator
            else 'after ' || contrasts.denominator
        end as direction_sentence,
        contrasts.origin,
        contrasts.result_form,
        contrasts.result_test,
        contrasts.result_correction,
        contrasts.note,
        fits.engine,
        fits.engine_version,
        fits.normalisation,
        contrasts.contrast_position,
        numerators.n_samples as n_numerator,
        denominators.n_samples as n_denominator,
        results.n_up,
        results.n_down,
        results.n_not_significant,
        results.n_not_tested,
        cast({{ var('fdr_threshold') }} as double) as fdr_threshold,
        cast({{ var('abs_lfc_threshold') }} as double) as abs_lfc_threshold,
        contrasts.has_padj,
        contrasts.is_excerpt,
        contrasts.is_drug_vs_untreated,
        contrasts.is_drug_vs_vehicle,
        contrasts.is_drug_vs_drug,
        contrasts.has_imid_numerator,
        results.contrast_id is not null as is_analysed,
        studies.is_simulated
    from contrasts
    left join studies on contrasts.study_id = studies.study_id
    left join arms as numerators
        on contrasts.contrast_id = numerators.contrast_id and numerators.arm = 'numerator'
    left join arms as denominators
        on contrasts.contrast_id = denominators.contrast_id and denominators.arm = 'denominator'
    left join results on contrasts.contrast_id = results.contrast_id
    left join fits on results.fit_id = fits.fit_id
)

select * from joined
