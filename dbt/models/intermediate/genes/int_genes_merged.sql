with genes as (
    select * from {{ ref('stg_reference__genes') }}
),

loads as (
    select * from {{ ref('stg_ops__loads') }}
),

ranked as (
    select
        genes.gene_id,
        genes.symbol,
        genes.gene_name,
        genes.entrez_id,
        genes.biotype,
        genes.chromosome,
        genes.organism,
        coalesce(loads.load_subject, genes.load_id) as reference_name,
        coalesce(loads.load_kind = 'genes' and loads.load_subject = 'curated', false)
            as is_curated,
        row_number() over (
            partition by genes.gene_id
            order by
                case
                    when loads.load_kind = 'genes' and loads.load_subject = 'curated' then 0
                    else 1
                end asc,
                loads.loaded_at desc nulls last,
                genes.load_id desc nulls last,
                genes.symbol asc nulls last,
                genes.entrez_id asc nulls last
        ) as precedence
    from genes
    left join loads on genes.load_id = loads.load_id
),

merged as (
    select
        gene_id,
        min_by(symbol, precedence) filter (where symbol is not null) as symbol,
        min_by(gene_name, precedence) filter (where gene_name is not null) as gene_name,
        min_by(entrez_id, precedence) filter (where entrez_id is not null) as entrez_id,
        min_by(biotype, precedence) filter (where biotype is not null) as biotype,
        min_by(chromosome, precedence) filter (where chromosome is not null) as chromosome,
        min_by(organism, precedence) as organism,
        min_by(reference_name, precedence) filter (where symbol is not null) as symbol_source,
        max(case when is_curated then 1 else 0 end) = 1 as is_document_gene
    from ranked
    group by gene_id
)

select * from merged
