with stated as (
    select * from {{ ref('stg_literature__claims') }}
    where
        claim_kind = 'single_drug'
        and target_type in ('gene', 'gene_set')
        and effect in ('up', 'down')
),

resolved as (
    select * from {{ ref('int_claims_resolved') }}
),

claims as (
    select
        stated.claim_id,
        stated.document_id,
        stated.drug_id,
        resolved.gene_id,
        stated.gene_set_id,
        resolved.drug_name,
        stated.target_type,
        resolved.target_name,
        stated.target_type
        || ' ' || coalesce(resolved.gene_id, stated.gene_set_id, resolved.target_name)
            as target_key,
        stated.effect,
        stated.route
    from stated
    inner join resolved on stated.claim_id = resolved.claim_id
),

-- claims of one gene are of one target, by whatever symbol each of them was curated
counted as (
    select
        drug_id,
        gene_id,
        gene_set_id,
        drug_name,
        target_type,
        target_key,
        min(target_name) as target_name,
        effect,
        count(distinct route) as n_routes,
        count(distinct document_id) as n_documents,
        count(distinct case when route is not null then document_id end)
            as n_documents_with_route,
        count(*) as n_claims,
        {{ dbt.listagg('claim_id', "'|'", 'order by claim_id') }} as claim_ids
    from claims
    group by drug_id, gene_id, gene_set_id, drug_name, target_type, target_key, effect
),

-- a document that names a route and says elsewhere only that there is an effect is at one
per_document as (
    select
        drug_id,
        target_key,
        effect,
        document_id,
        max(route) is not null as has_route
    from claims
    group by drug_id, target_key, effect, document_id
),

said as (
    select distinct
        claims.drug_id,
        claims.target_key,
        claims.effect,
        coalesce('by ' || claims.route, 'no route given') || ' (' || claims.document_id || ')'
            as statement
    from claims
    inner join per_document
        on
            claims.drug_id = per_document.drug_id
            and claims.target_key = per_document.target_key
            and claims.effect = per_document.effect
            and claims.document_id = per_document.document_id
    where claims.route is not null or not per_document.has_route
),

statements as (
    select
        drug_id,
        target_key,
        effect,
        {{ dbt.listagg('statement', "'; '", 'order by statement') }} as statements
    from said
    group by drug_id, target_key, effect
),

compared as (
    select
        counted.drug_id,
        counted.gene_id,
        counted.gene_set_id,
        counted.drug_name,
        counted.target_type,
        counted.target_name,
        counted.effect,
        counted.n_routes,
        counted.n_documents,
        counted.n_claims,
        counted.claim_ids,
        statements.statements
    from counted
    inner join statements
        on
            counted.drug_id = statements.drug_id
            and counted.target_key = statements.target_key
            and counted.effect = statements.effect
    where
        counted.n_routes > 1
        or (counted.n_routes = 1 and counted.n_documents_with_route < counted.n_documents)
)

select * from compared
