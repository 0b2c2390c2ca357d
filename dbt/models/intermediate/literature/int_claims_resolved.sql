with claims as (
    select * from {{ ref('stg_literature__claims') }}
),

names as (
    select * from {{ ref('int_gene_names_resolved') }}
),

genes as (
    select * from {{ ref('int_genes_unioned') }}
),

drugs as (
    select * from {{ ref('stg_reference__drugs') }}
),

gene_sets as (
    select * from {{ ref('stg_reference__gene_sets') }}
),

matches as (
    select
        claims.claim_id,
        max(case when names.is_resolved then names.gene_id end) as gene_id,
        max(case when names.is_resolved then names.status end) as status,
        count(names.gene_id) as n_genes
    from claims
    left join names
        on
            {{ folded('claims.gene_symbol') }} = names.alias_folded
            and names.organism = case
                when claims.species = 'unstated' then 'human' else claims.species
            end
    where claims.target_type = 'gene'
    group by claims.claim_id
),

resolved as (
    select
        claims.claim_id,
        drugs.drug_name,
        coalesce(
            genes.symbol, claims.gene_symbol, gene_sets.gene_set_name, claims.target_as_written
        ) as target_name,
        case when matches.status in ('current', 'previous') then matches.gene_id end as gene_id,
        case
            when claims.target_type <> 'gene' then 'not_a_gene'
            when matches.status is not null then matches.status
            when matches.n_genes > 0 then 'ambiguous'
            else 'unknown'
        end as resolution_status
    from claims
    left join matches on claims.claim_id = matches.claim_id
    left join genes
        on
            matches.gene_id = genes.gene_id
            and matches.status in ('current', 'previous')
    left join drugs on claims.drug_id = drugs.drug_id
    left join gene_sets on claims.gene_set_id = gene_sets.gene_set_id
)

select * from resolved
