with claims as (
    select * from {{ ref('fct_literature_claim') }}
),

verdicts as (
    select
        claim_id,
        contrast_id,
        study_id,
        verdict,
        coalesce(is_simulated, false) as is_simulated
    from {{ ref('mart_literature_concordance') }}
),

computed as (
    select * from {{ ref('stg_analytics__pooled_changes') }}
),

judged as (
    select * from {{ ref('stg_analytics__poolable_contrasts') }}
),

results as (
    select * from {{ ref('int_contrast_results') }}
),

pooled_results as (
    select distinct result_ids
    from computed
    where result_ids is not null
),

pooled_parts as (
    select
        result_ids,
        {{ unnest_list('result_ids') }} as result_id
    from pooled_results
),

result_ids_present as (
    select distinct result_id
    from results
),

-- a change pooled over results of which one is gone or has changed is left out until it is pooled
-- again
whole as (
    select pooled_parts.result_ids
    from pooled_parts
    left join result_ids_present on pooled_parts.result_id = result_ids_present.result_id
    group by pooled_parts.result_ids
    having count(*) = count(result_ids_present.result_id)
),

pooled as (
    select computed.*
    from computed
    inner join whole on computed.result_ids = whole.result_ids
),

poolable as (
    select judged.*
    from judged
    inner join results
        on
            judged.contrast_id = results.contrast_id
            and judged.result_id = results.result_id
),

-- every claim stands against measured data, if only untested; against simulated where there are
kinds as (
    select
        claim_id,
        false as is_simulated
    from claims
    union
    select
        claim_id,
        is_simulated
    from verdicts
),

counts as (
    select
        claim_id,
        is_simulated,
        count(contrast_id) as n_contrasts,
        cast(sum(case when verdict = 'agrees' then 1 else 0 end) as bigint) as n_agree,
        cast(sum(case when verdict = 'opposite' then 1 else 0 end) as bigint) as n_opposite,
        cast(sum(case when verdict = 'not_significant' then 1 else 0 end) as bigint)
            as n_not_significant,
        cast(
            sum(
                case when verdict = 'not_testable' and contrast_id is not null then 1 else 0 end
            ) as bigint
        ) as n_not_testable
    from verdicts
    group by claim_id, is_simulated
),

-- a study is one voice: it is counted under a verdict only if all its contrasts give that one
study_verdicts as (
    select
        verdicts.claim_id,
        verdicts.is_simulated,
        verdicts.study_id,
        case
            when min(verdicts.verdict) = max(verdicts.verdict) then min(verdicts.verdict)
            else 'mixed'
        end as study_verdict,
        case
            when count(*) = count(poolable.not_pooled_reason) then min(poolable.not_pooled_reason)
        end as not_pooled_reason
    from verdicts
    left join poolable on verdicts.contrast_id = poolable.contrast_id
    where verdicts.verdict <> 'not_testable'
    group by verdicts.claim_id, verdicts.is_simulated, verdicts.study_id
),

studies as (
    select
        claim_id,
        is_simulated,
        count(*) as n_studies_tested,
        cast(sum(case when study_verdict = 'agrees' then 1 else 0 end) as bigint)
            as n_studies_agree,
        cast(sum(case when study_verdict = 'opposite' then 1 else 0 end) as bigint)
            as n_studies_opposite,
        cast(sum(case when study_verdict = 'not_significant' then 1 else 0 end) as bigint)
            as n_studies_not_significant,
        cast(sum(case when study_verdict = 'mixed' then 1 else 0 end) as bigint)
            as n_studies_mixed
    from study_verdicts
    group by claim_id, is_simulated
),

left_out as (
    select
        claim_id,
        is_simulated,
        {{ dbt.listagg(
            "study_id || ': ' || " ~ in_words('not_pooled_reason'), "'; '", 'order by study_id'
        ) }} as not_pooled
    from study_verdicts
    where not_pooled_reason is not null
    group by claim_id, is_simulated
),

joined as (
    select
        claims.claim_id,
        claims.document_id,
        claims.drug_id,
        claims.comparator_drug_id,
        claims.gene_id,
        claims.gene_set_id,
        claims.drug_name,
        claims.comparator_drug_name,
        claims.claim_kind,
        claims.target_type,
        claims.target_name,
        claims.effect,
        claims.comparison,
        claims.molecular_level,
        claims.cell_context,
        claims.is_class_statement,
        kinds.is_simulated,
        coalesce(counts.n_contrasts, 0) as n_contrasts,
        coalesce(studies.n_studies_tested, 0) as n_studies_tested,
        coalesce(studies.n_studies_agree, 0) as n_studies_agree,
        coalesce(studies.n_studies_opposite, 0) as n_studies_opposite,
        coalesce(studies.n_studies_not_significant, 0) as n_studies_not_significant,
        coalesce(studies.n_studies_mixed, 0) as n_studies_mixed,
        coalesce(counts.n_agree, 0) as n_agree,
        coalesce(counts.n_opposite, 0) as n_opposite,
        coalesce(counts.n_not_significant, 0) as n_not_significant,
        coalesce(counts.n_not_testable, 0) as n_not_testable,
        pooled.n_studies as n_studies_pooled,
        pooled.n_studies_given as n_studies_pooled_given,
        case when claims.target_type = 'gene' then left_out.not_pooled end as not_pooled,
        pooled.log2_fold_change as pooled_log2_fold_change,
        pooled.ci_lower as pooled_ci_lower,
        pooled.ci_upper as pooled_ci_upper,
        pooled.hk_lower as pooled_hk_lower,
        pooled.hk_upper as pooled_hk_upper,
        pooled.p_value as pooled_p_value,
        pooled.tau2 as pooled_tau2,
        pooled.i2 as pooled_i2,
        pooled.contrast_ids as pooled_contrast_ids,
        case claims.effect when 'up' then 1 when 'down' then -1 end
        * case claims.comparison when 'weaker' then -1 else 1 end as expected_sign
    from kinds
    inner join claims on kinds.claim_id = claims.claim_id
    left join counts
        on
            kinds.claim_id = counts.claim_id
            and kinds.is_simulated = counts.is_simulated
    left join studies
        on
            kinds.claim_id = studies.claim_id
            and kinds.is_simulated = studies.is_simulated
    left join left_out
        on
            kinds.claim_id = left_out.claim_id
            and kinds.is_simulated = left_out.is_simulated
    left join pooled
        on
            claims.gene_id = pooled.gene_id
            and claims.drug_id = pooled.drug_id
            and coalesce(claims.comparator_drug_id, '') = coalesce(pooled.comparator_drug_id, '')
            and claims.cell_context = pooled.claim_cell_context
            and kinds.is_simulated = pooled.is_simulated
            and claims.molecular_level = 'mrna'
            and claims.species in ('human', 'unstated')
),

final as (
    select
        {{ surrogate_key(['claim_id', 'is_simulated']) }} as claim_standing_id,
        claim_id,
        document_id,
        drug_id,
        comparator_drug_id,
        gene_id,
        gene_set_id,
        drug_name,
        comparator_drug_name,
        claim_kind,
        target_type,
        target_name,
        effect,
        comparison,
        molecular_level,
        cell_context,
        case
            when n_agree > 0 and n_opposite > 0 then 'mixed'
            when n_agree > 0 then 'supported'
            when n_opposite > 0 then 'contradicted'
            when n_not_significant > 0 then 'not_significant'
            else 'not_tested'
        end as standing,
        n_contrasts,
        n_studies_tested,
        n_studies_agree,
        n_studies_opposite,
        n_studies_not_significant,
        n_studies_mixed,
        n_agree,
        n_opposite,
        n_not_significant,
        n_not_testable,
        n_studies_pooled,
        n_studies_pooled_given,
        not_pooled,
        pooled_log2_fold_change,
        pooled_ci_lower,
        pooled_ci_upper,
        pooled_hk_lower,
        pooled_hk_upper,
        pooled_p_value,
        pooled_tau2,
        pooled_i2,
        pooled_contrast_ids,
        case
            when pooled_log2_fold_change is null or expected_sign is null then null
            when pooled_ci_lower <= 0 and pooled_ci_upper >= 0 then 'not_significant'
            when pooled_log2_fold_change * expected_sign > 0 then 'agrees'
            else 'opposite'
        end as pooled_verdict,
        is_class_statement,
        is_simulated
    from joined
)

select * from final
