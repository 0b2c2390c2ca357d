with verdicts as (
    select * from {{ ref('mart_literature_concordance') }}
),

counted as (
    select
        document_id,
        drug_id,
        study_id,
        min(drug_name) as drug_name,
        count(distinct claim_id) as n_claims,
        cast(sum(case when verdict = 'agrees' then 1 else 0 end) as bigint) as n_agrees,
        cast(sum(case when verdict = 'opposite' then 1 else 0 end) as bigint) as n_opposite,
        cast(sum(case when verdict = 'not_significant' then 1 else 0 end) as bigint)
            as n_not_significant,
        cast(sum(case when verdict = 'not_testable' then 1 else 0 end) as bigint)
            as n_not_testable,
        count(
            distinct case when verdict <> 'not_testable' then claim_id end
        ) as n_claims_tested,
        max(case when is_simulated then 1 else 0 end) = 1 as is_simulated
    from verdicts
    group by document_id, drug_id, study_id
),

final as (
    select
        {{ surrogate_key(['document_id', 'drug_id', 'study_id']) }} as claim_verdict_count_id,
        document_id,
        drug_id,
        study_id,
        drug_name,
        n_claims,
        n_claims_tested,
        n_agrees,
        n_opposite,
        n_not_significant,
        n_not_testable,
        case when study_id is not null then is_simulated end as is_simulated
    from counted
)

select * from final
