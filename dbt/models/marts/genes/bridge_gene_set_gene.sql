with gene_sets as (
    select * from {{ ref('stg_reference__gene_sets') }}
),

studies as (
    select * from {{ ref('stg_expression__studies') }}
),

names as (
    select * from {{ ref('int_reference_names_resolved') }}
    where gene_id is not null
),

features as (
    select * from {{ ref('int_features_resolved') }}
    where identity_status not in ('ambiguous', 'shared')
),

genes as (
    select * from {{ ref('dim_gene') }}
),

-- no set says its organism; those shipped are human, and a study reads the names as its own
organisms as (
    select 'human' as organism
    union
    select organism from studies
),

feature_names as (
    select
        study_id,
        organism,
        gene_id,
        {{ folded('symbol_as_given') }} as name_folded
    from features
    where symbol_as_given is not null
    union
    select
        study_id,
        organism,
        gene_id,
        {{ folded('feature_id') }} as name_folded
    from features
),

single_names as (
    select
        study_id,
        organism,
        name_folded,
        min(gene_id) as gene_id
    from feature_names
    group by study_id, organism, name_folded
    having count(*) = 1
),

-- what the references of an organism say comes first, then what each of its studies says
read_names as (
    select
        names.name_folded,
        names.gene_id
    from names
    inner join organisms on names.organism = organisms.organism
    union
    select
        single_names.name_folded,
        single_names.gene_id
    from single_names
    left join names
        on
            single_names.organism = names.organism
            and single_names.name_folded = names.name_folded
    where names.gene_id is null
),

members as (
    select
        gene_set_id,
        {{ unnest_list('member_symbols') }} as member_symbol
    from gene_sets
    where member_symbols is not null
),

final as (
    select
        {{ surrogate_key(['members.gene_set_id', 'read_names.gene_id']) }} as gene_set_gene_id,
        members.gene_set_id,
        read_names.gene_id,
        min(trim(members.member_symbol)) as member_symbol,
        min(genes.organism) as organism
    from members
    inner join read_names on {{ folded('members.member_symbol') }} = read_names.name_folded
    inner join genes on read_names.gene_id = genes.gene_id
    group by members.gene_set_id, read_names.gene_id
)

select * from final
