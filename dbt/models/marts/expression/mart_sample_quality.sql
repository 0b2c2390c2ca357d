with samples as (
    select * from {{ ref('dim_sample') }}
),

groups as (
    select * from {{ ref('stg_analytics__sample_groups') }}
),

components as (
    select
        study_id,
        load_id,
        sample_id,
        max(case when component = 1 then score end) as pc1,
        max(case when component = 2 then score end) as pc2,
        max(case when component = 3 then score end) as pc3,
        max(case when component = 4 then score end) as pc4,
        max(case when component = 5 then score end) as pc5,
        max(case when component = 1 then explained_variance end) as pc1_share,
        max(case when component = 2 then explained_variance end) as pc2_share,
        max(case when component = 3 then explained_variance end) as pc3_share,
        max(case when component = 4 then explained_variance end) as pc4_share,
        max(case when component = 5 then explained_variance end) as pc5_share
    from {{ ref('stg_analytics__sample_pca') }}
    group by study_id, load_id, sample_id
),

libraries as (
    select
        study_id,
        median(library_size) as usual_library_size
    from samples
    group by study_id
),

judged as (
    select
        samples.sample_key,
        case
            when samples.rin <= {{ var('rin_above') }}
                then
                    'RIN is ' || {{ plain_number('samples.rin') }}
                    || ', and the protocols ask for more than {{ var('rin_above') }}'
        end as rin_flag,
        case
            when
                samples.a260_280 < {{ var('a260_280_least') }}
                or samples.a260_280 > {{ var('a260_280_most') }}
                then
                    'A260/280 is ' || {{ plain_number('samples.a260_280') }}
                    || ', and the protocols ask for about 2.0'
                    || ' ({{ var('a260_280_least') }} to {{ var('a260_280_most') }})'
        end as purity_flag,
        case
            when samples.reads < {{ var('reads_least') }}
                then
                    'it has ' || cast(samples.reads as string)
                    || ' reads, and the protocols ask for {{ var('reads_least') }}'
        end as reads_flag,
        case
            when
                samples.library_size < {{ var('library_share_least') }}
                * libraries.usual_library_size
                then
                    'its library size is below {{ var('library_share_least') }} of the median of '
                    || 'the study'
        end as library_flag
    from samples
    left join libraries on samples.study_id = libraries.study_id
),

final as (
    select
        samples.sample_key,
        samples.study_id,
        samples.sample_id,
        samples.drug_id,
        groups.sample_group,
        nullif(
            concat_ws(
                '; ', judged.rin_flag, judged.purity_flag, judged.reads_flag, judged.library_flag
            ),
            ''
        ) as flags,
        groups.outlier_reason,
        groups.transformation,
        samples.sample_position,
        samples.library_size,
        samples.genes_detected,
        samples.n_genes,
        samples.reads,
        samples.rin,
        samples.a260_280,
        groups.size_factor,
        groups.group_distance,
        groups.usual_group_distance,
        components.pc1,
        components.pc2,
        components.pc3,
        components.pc4,
        components.pc5,
        components.pc1_share,
        components.pc2_share,
        components.pc3_share,
        components.pc4_share,
        components.pc5_share,
        groups.outlier_reason is not null as is_outlier,
        samples.is_simulated
    from samples
    left join judged on samples.sample_key = judged.sample_key
    left join groups
        on
            samples.study_id = groups.study_id
            and samples.load_id = groups.load_id
            and samples.sample_id = groups.sample_id
    left join components
        on
            samples.study_id = components.study_id
            and samples.load_id = components.load_id
            and samples.sample_id = components.sample_id
)

select * from final
