-- Every sample's counts add up to its library size and to its column in the file, and every gene
-- of the study is counted once.
with totals as (
    select
        sample_key,
        count(*) as n_rows,
        cast(sum(count) as bigint) as total
    from {{ ref('fct_expression') }}
    group by sample_key
),

samples as (
    select
        sample_key,
        n_genes,
        library_size,
        file_column_sum
    from {{ ref('dim_sample') }}
    where quantity = 'counts'
)

select
    samples.sample_key,
    totals.sample_key as counted_sample_key,
    totals.total,
    samples.library_size,
    samples.file_column_sum,
    totals.n_rows,
    samples.n_genes
from totals
full outer join samples on totals.sample_key = samples.sample_key
where
    totals.sample_key is null
    or samples.sample_key is null
    or samples.library_size is null
    or totals.total <> samples.library_size
    or totals.total <> samples.file_column_sum
    or totals.n_rows <> samples.n_genes
