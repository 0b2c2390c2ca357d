with genes as (
    select * from {{ ref('dim_gene') }}
),

contrasts as (
    select * from {{ ref('dim_contrast') }}
),

changes as (
    select
        results.gene_id,
        results.contrast_id,
        results.log2_fold_change,
        results.direction,
        coalesce(contrasts.is_simulated, false) as is_simulated
    from {{ ref('fct_differential_expression') }} as results
    inner join contrasts on results.contrast_id = contrasts.contrast_id
),

expression as (
    select
        gene_id,
        is_simulated,
        cast(sum(case when direction <> 'not_tested' then 1 else 0 end) as bigint)
            as n_contrasts_tested,
        cast(sum(case when direction = 'not_tested' then 1 else 0 end) as bigint)
            as n_contrasts_not_tested,
        cast(sum(case when direction = 'up' then 1 else 0 end) as bigint) as n_up,
        cast(sum(case when direction = 'down' then 1 else 0 end) as bigint) as n_down,
        max_by(contrast_id, abs(log2_fold_change)) filter (where direction in ('up', 'down'))
            as strongest_contrast_id,
        max_by(log2_fold_change, abs(log2_fold_change)) filter (where direction in ('up', 'down'))
            as strongest_log2_fold_change
    from changes
    group by gene_id, is_simulated
),

claim_totals as (
    select
        gene_id,
        count(*) as n_claims
    from {{ ref('fct_literature_claim') }}
    where gene_id is not null
    group by gene_id
),

claimed_drugs as (
    select distinct
        gene_id,
        drug_name
    from {{ ref('fct_literature_claim') }}
    where gene_id is not null
),

drug_lists as (
    select
        gene_id,
        {{ dbt.listagg('drug_name', "', '", 'order by drug_name') }} as claimed_drugs
    from claimed_drugs
    group by gene_id
),

-- a claim that no contrast here is about was not held against simulated data either
verdicts as (
    select
        gene_id,
        coalesce(is_simulated, false) as is_simulated,
        cast(sum(case when verdict = 'agrees' then 1 else 0 end) as bigint) as n_agree,
        cast(sum(case when verdict = 'opposite' then 1 else 0 end) as bigint) as n_opposite,
        cast(sum(case when verdict = 'not_significant' then 1 else 0 end) as bigint)
            as n_not_significant,
        cast(sum(case when verdict = 'not_testable' then 1 else 0 end) as bigint)
            as n_not_testable
    from {{ ref('mart_literature_concordance') }}
    where gene_id is not null
    group by gene_id, coalesce(is_simulated, false)
),

-- every gene has its measured data, if none; simulated only where there are
kinds as (
    select
        gene_id,
        false as is_simulated
    from genes
    union
    select
        gene_id,
        is_simulated
    from expression
    union
    select
        gene_id,
        is_simulated
    from verdicts
),

final as (
    select
        {{ surrogate_key(['kinds.gene_id', 'kinds.is_simulated']) }} as gene_profile_id,
        kinds.gene_id,
        expression.strongest_contrast_id,
        genes.display_name,
        genes.symbol,
        genes.name,
        contrasts.label as strongest_contrast_label,
        drug_lists.claimed_drugs,
        coalesce(expression.n_contrasts_tested, 0) as n_contrasts_tested,
        coalesce(expression.n_contrasts_not_tested, 0) as n_contrasts_not_tested,
        coalesce(expression.n_up, 0) as n_up,
        coalesce(expression.n_down, 0) as n_down,
        expression.strongest_log2_fold_change,
        coalesce(claim_totals.n_claims, 0) as n_claims,
        coalesce(verdicts.n_agree, 0) as n_verdicts_agree,
        coalesce(verdicts.n_opposite, 0) as n_verdicts_opposite,
        coalesce(verdicts.n_not_significant, 0) as n_verdicts_not_significant,
        coalesce(verdicts.n_not_testable, 0) as n_verdicts_not_testable,
        genes.is_document_gene,
        kinds.is_simulated
    from kinds
    inner join genes on kinds.gene_id = genes.gene_id
    left join expression
        on
            kinds.gene_id = expression.gene_id
            and kinds.is_simulated = expression.is_simulated
    left join contrasts on expression.strongest_contrast_id = contrasts.contrast_id
    left join claim_totals on kinds.gene_id = claim_totals.gene_id
    left join drug_lists on kinds.gene_id = drug_lists.gene_id
    left join verdicts
        on
            kinds.gene_id = verdicts.gene_id
            and kinds.is_simulated = verdicts.is_simulated
    where
        genes.is_document_gene
        or claim_totals.n_claims > 0
        or expression.n_up + expression.n_down > 0
)

select * from final
