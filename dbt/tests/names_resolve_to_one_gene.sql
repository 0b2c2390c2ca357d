-- A look-up of a name leads to one gene of an organism, or to none.
select
    organism,
    alias_folded,
    count(*) as n_resolved
from {{ ref('dim_gene_alias') }}
where is_resolved
group by organism, alias_folded
having count(*) > 1
