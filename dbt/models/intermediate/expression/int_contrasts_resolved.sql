with fitted as (
    select * from {{ ref('stg_expression__contrasts') }}
),

given as (
    select * from {{ ref('stg_expression__de_result_sets') }}
),

contrasts as (
    select
        contrast_id,
        study_id,
        load_id,
        contrast_position,
        factor,
        numerator,
        denominator,
        design,
        subset,
        'fitted' as origin,
        false as is_excerpt,
        true as has_padj,
        cast(null as string) as result_form,
        cast(null as string) as result_test,
        cast(null as string) as result_correction,
        cast(null as string) as note
    from fitted
    union all
    select
        contrast_id,
        study_id,
        load_id,
        cast(null as int) as contrast_position,
        factor,
        numerator,
        denominator,
        '' as design,
        '' as subset,
        'given' as origin,
        is_excerpt,
        has_padj,
        form as result_form,
        test as result_test,
        correction as result_correction,
        note
    from given
),

drug_names as (
    select * from {{ ref('int_drug_names_folded') }}
),

drugs as (
    select * from {{ ref('stg_reference__drugs') }}
),

levelled as (
    select
        contrasts.contrast_id,
        contrasts.study_id,
        contrasts.load_id,
        contrasts.contrast_position,
        contrasts.factor,
        contrasts.numerator,
        contrasts.denominator,
        contrasts.design,
        contrasts.subset,
        contrasts.origin,
        contrasts.is_excerpt,
        contrasts.has_padj,
        contrasts.result_form,
        contrasts.result_test,
        contrasts.result_correction,
        contrasts.note,
        {{ folded('contrasts.denominator') }} in {{ untreated_words() }} as is_untreated,
        numerator_names.drug_id as numerator_drug_id,
        denominator_names.drug_id as denominator_drug_id
    from contrasts
    left join drug_names as numerator_names
        on {{ folded('contrasts.numerator') }} = numerator_names.name_folded
    left join drug_names as denominator_names
        on {{ folded('contrasts.denominator') }} = denominator_names.name_folded
),

resolved as (
    select
        levelled.contrast_id,
        levelled.study_id,
        levelled.load_id,
        levelled.numerator_drug_id,
        levelled.denominator_drug_id,
        levelled.contrast_position,
        levelled.factor,
        levelled.numerator,
        levelled.denominator,
        levelled.design,
        levelled.subset,
        levelled.origin,
        levelled.is_excerpt,
        levelled.has_padj,
        levelled.result_form,
        levelled.result_test,
        levelled.result_correction,
        levelled.note,
        numerator_drugs.drug_id is not null
        and numerator_drugs.drug_class not in ('vehicle', 'placebo')
        and levelled.is_untreated
            as is_drug_vs_untreated,
        numerator_drugs.drug_id is not null
        and numerator_drugs.drug_class not in ('vehicle', 'placebo')
        and coalesce(denominator_drugs.drug_class in ('vehicle', 'placebo'), false)
            as is_drug_vs_vehicle,
        coalesce(numerator_drugs.is_imid, false)
        and coalesce(denominator_drugs.is_imid, false)
            as is_drug_vs_drug,
        coalesce(numerator_drugs.is_imid, false) as has_imid_numerator
    from levelled
    left join drugs as numerator_drugs
        on levelled.numerator_drug_id = numerator_drugs.drug_id
    left join drugs as denominator_drugs
        on levelled.denominator_drug_id = denominator_drugs.drug_id
)

select * from resolved
