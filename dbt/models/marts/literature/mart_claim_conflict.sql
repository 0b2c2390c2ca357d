with claims as (
    select
        claim_id,
        document_id,
        drug_id,
        gene_id,
        gene_set_id,
        drug_name,
        target_type,
        target_name,
        target_type || ' ' || coalesce(gene_id, gene_set_id, target_name) as target_key,
        effect,
        molecular_level,
        cell_context
    from {{ ref('mart_claim_standing') }}
    where
        not is_simulated
        and claim_kind = 'single_drug'
        and target_type in ('gene', 'gene_set')
        and effect in ('up', 'down', 'variable', 'none')
),

routes as (
    select * from {{ ref('int_claim_routes_compared') }}
),

-- claims of one gene are of one target, by whatever symbol each of them was curated
counted as (
    select
        drug_id,
        gene_id,
        gene_set_id,
        molecular_level,
        drug_name,
        target_type,
        target_key,
        min(target_name) as target_name,
        cast(sum(case when effect = 'up' then 1 else 0 end) as bigint) as n_up,
        cast(sum(case when effect = 'down' then 1 else 0 end) as bigint) as n_down,
        cast(sum(case when effect = 'variable' then 1 else 0 end) as bigint) as n_variable,
        cast(sum(case when effect = 'none' then 1 else 0 end) as bigint) as n_none
    from claims
    group by
        drug_id, gene_id, gene_set_id, molecular_level, drug_name, target_type, target_key
),

conflicting as (
    select * from counted
    where
        n_variable > 0
        or (n_up > 0 and n_down > 0)
        or (n_none > 0 and n_up + n_down > 0)
),

involved as (
    select
        conflicting.drug_id,
        conflicting.target_key,
        conflicting.molecular_level,
        claims.claim_id,
        claims.document_id,
        claims.effect,
        claims.cell_context,
        claims.effect || ' in ' || case
            when claims.cell_context = 'unstated' then 'cells not named'
            else {{ in_words('claims.cell_context') }}
        end || ' (' || claims.document_id || ')' as statement
    from conflicting
    inner join claims
        on
            conflicting.drug_id = claims.drug_id
            and conflicting.target_key = claims.target_key
            and conflicting.molecular_level = claims.molecular_level
),

shared_cells as (
    select
        ups.drug_id,
        ups.target_key,
        ups.molecular_level,
        count(*) as n_pairs
    from involved as ups
    inner join involved as downs
        on
            ups.drug_id = downs.drug_id
            and ups.target_key = downs.target_key
            and ups.molecular_level = downs.molecular_level
            and (
                ups.cell_context = downs.cell_context
                or ups.cell_context = 'unstated'
                or downs.cell_context = 'unstated'
            )
    where ups.effect = 'up' and downs.effect = 'down'
    group by ups.drug_id, ups.target_key, ups.molecular_level
),

said as (
    select distinct
        drug_id,
        target_key,
        molecular_level,
        statement
    from involved
),

statements as (
    select
        drug_id,
        target_key,
        molecular_level,
        {{ dbt.listagg('statement', "'; '", 'order by statement') }} as statements
    from said
    group by drug_id, target_key, molecular_level
),

documents as (
    select
        drug_id,
        target_key,
        molecular_level,
        count(distinct document_id) as n_documents,
        {{ dbt.listagg('claim_id', "'|'", 'order by claim_id') }} as claim_ids
    from involved
    group by drug_id, target_key, molecular_level
),

directions as (
    select
        conflicting.drug_id,
        conflicting.gene_id,
        conflicting.gene_set_id,
        conflicting.drug_name,
        conflicting.target_type,
        conflicting.target_key,
        conflicting.target_name,
        conflicting.molecular_level,
        case
            when conflicting.n_up > 0 and conflicting.n_down > 0 and shared_cells.n_pairs > 0
                then 'opposite'
            when conflicting.n_up > 0 and conflicting.n_down > 0 then 'by_cells'
            when conflicting.n_variable > 0 then 'called_variable'
            else 'effect_and_none'
        end as conflict_kind,
        statements.statements,
        documents.claim_ids,
        documents.n_documents,
        conflicting.n_up,
        conflicting.n_down,
        conflicting.n_variable,
        conflicting.n_none
    from conflicting
    inner join documents
        on
            conflicting.drug_id = documents.drug_id
            and conflicting.target_key = documents.target_key
            and conflicting.molecular_level = documents.molecular_level
    inner join statements
        on
            conflicting.drug_id = statements.drug_id
            and conflicting.target_key = statements.target_key
            and conflicting.molecular_level = statements.molecular_level
    left join shared_cells
        on
            conflicting.drug_id = shared_cells.drug_id
            and conflicting.target_key = shared_cells.target_key
            and conflicting.molecular_level = shared_cells.molecular_level
),

unioned as (
    select
        drug_id,
        gene_id,
        gene_set_id,
        drug_name,
        target_type,
        target_key,
        target_name,
        molecular_level,
        cast(null as string) as effect,
        conflict_kind,
        {{ level_words('molecular_level') }} as asked,
        statements,
        claim_ids,
        n_documents,
        n_up,
        n_down,
        n_variable,
        n_none
    from directions
    union all
    select
        drug_id,
        gene_id,
        gene_set_id,
        drug_name,
        target_type,
        target_type || ' ' || coalesce(gene_id, gene_set_id, target_name) as target_key,
        target_name,
        cast(null as string) as molecular_level,
        effect,
        'by_route' as conflict_kind,
        effect as asked,
        statements,
        claim_ids,
        n_documents,
        case when effect = 'up' then n_claims else 0 end as n_up,
        case when effect = 'down' then n_claims else 0 end as n_down,
        cast(0 as bigint) as n_variable,
        cast(0 as bigint) as n_none
    from routes
),

final as (
    select
        {{ surrogate_key(['drug_id', 'target_key', 'molecular_level', 'effect']) }}
            as claim_conflict_id,
        drug_id,
        gene_id,
        gene_set_id,
        drug_name,
        target_type,
        target_name,
        molecular_level,
        effect,
        conflict_kind,
        case when n_documents > 1 then 'between_documents' else 'within_document' end
            as conflict_scope,
        drug_name || ' and ' || target_name || ', ' || asked || ': ' || statements as what,
        claim_ids,
        n_documents,
        n_up,
        n_down,
        n_variable,
        n_none
    from unioned
)

select * from final
