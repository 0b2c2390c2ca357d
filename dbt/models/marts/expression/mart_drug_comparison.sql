{% set z = var('ci_quantile') %}

with contrasts as (
    select * from {{ ref('dim_contrast') }}
),

results as (
    select * from {{ ref('fct_differential_expression') }}
),

differences as (
    select * from {{ ref('int_contrast_differences_resolved') }}
),

-- a name of several genes, or of one that another feature of the study has too, may be another
-- gene in another study
unpairable_features as (
    select
        study_id,
        feature_id
    from {{ ref('dim_feature') }}
    where identity_status in ('ambiguous', 'shared')
),

pairs_within_study as (
    select
        contrasts_a.contrast_id as contrast_id_a,
        contrasts_b.contrast_id as contrast_id_b,
        contrasts_a.study_id,
        contrasts_a.numerator_drug_id as drug_id_a,
        contrasts_b.numerator_drug_id as drug_id_b,
        contrasts_a.is_simulated,
        contrasts_a.factor,
        contrasts_a.subset,
        contrasts_a.design,
        contrasts_a.numerator as numerator_a,
        contrasts_b.numerator as numerator_b
    from contrasts as contrasts_a
    inner join contrasts as contrasts_b
        on
            contrasts_a.study_id = contrasts_b.study_id
            and contrasts_a.factor = contrasts_b.factor
            and contrasts_a.denominator = contrasts_b.denominator
            and contrasts_a.subset = contrasts_b.subset
            and contrasts_a.design = contrasts_b.design
            and contrasts_a.numerator_drug_id < contrasts_b.numerator_drug_id
    where
        contrasts_a.is_drug_vs_vehicle
        and contrasts_b.is_drug_vs_vehicle
        and contrasts_a.has_imid_numerator
        and contrasts_b.has_imid_numerator
),

pairs_across_studies as (
    select distinct
        differences.contrast_id_a,
        differences.contrast_id_b
    from differences
    where differences.method = 'z_across_fits'
),

direct_candidates as (
    select
        pairs.contrast_id_a,
        pairs.contrast_id_b,
        contrasts.contrast_id as direct_contrast_id,
        case when contrasts.numerator = pairs.numerator_a then 1 else -1 end as orientation,
        row_number() over (
            partition by pairs.contrast_id_a, pairs.contrast_id_b
            order by
                case when contrasts.numerator = pairs.numerator_a then 0 else 1 end asc,
                contrasts.contrast_position asc nulls last
        ) as preference
    from pairs_within_study as pairs
    inner join contrasts
        on
            pairs.study_id = contrasts.study_id
            and pairs.factor = contrasts.factor
            and pairs.subset = contrasts.subset
            and pairs.design = contrasts.design
            and (
                (
                    contrasts.numerator = pairs.numerator_a
                    and contrasts.denominator = pairs.numerator_b
                )
                or (
                    contrasts.numerator = pairs.numerator_b
                    and contrasts.denominator = pairs.numerator_a
                )
            )
),

paired as (
    select
        pairs.contrast_id_a,
        pairs.contrast_id_b,
        pairs.study_id,
        pairs.study_id as study_id_b,
        pairs.drug_id_a,
        pairs.drug_id_b,
        pairs.is_simulated,
        direct_candidates.direct_contrast_id,
        direct_candidates.orientation
    from pairs_within_study as pairs
    left join direct_candidates
        on
            pairs.contrast_id_a = direct_candidates.contrast_id_a
            and pairs.contrast_id_b = direct_candidates.contrast_id_b
            and direct_candidates.preference = 1
    union all
    select
        pairs.contrast_id_a,
        pairs.contrast_id_b,
        contrasts_a.study_id,
        contrasts_b.study_id as study_id_b,
        contrasts_a.numerator_drug_id as drug_id_a,
        contrasts_b.numerator_drug_id as drug_id_b,
        contrasts_a.is_simulated or contrasts_b.is_simulated as is_simulated,
        cast(null as string) as direct_contrast_id,
        cast(null as int) as orientation
    from pairs_across_studies as pairs
    inner join contrasts as contrasts_a on pairs.contrast_id_a = contrasts_a.contrast_id
    inner join contrasts as contrasts_b on pairs.contrast_id_b = contrasts_b.contrast_id
),

-- a gene without a difference of its own takes it from the study's direct contrast, if it has one
compared as (
    select
        paired.contrast_id_a,
        paired.contrast_id_b,
        paired.study_id,
        paired.study_id_b,
        paired.drug_id_a,
        paired.drug_id_b,
        paired.direct_contrast_id,
        paired.is_simulated,
        results_a.gene_id,
        results_a.symbol,
        results_a.fit_id,
        results_a.direction as direction_a,
        results_b.direction as direction_b,
        results_a.base_mean,
        results_a.log2_fold_change as log2_fold_change_a,
        results_a.lfc_se as lfc_se_a,
        results_a.padj as padj_a,
        results_b.log2_fold_change as log2_fold_change_b,
        results_b.lfc_se as lfc_se_b,
        results_b.padj as padj_b,
        -- a change that is 0 to the last digit was fitted to groups without a single count
        results_a.fit_id is not null and results_a.log2_fold_change = 0 as is_zeroed_a,
        results_b.fit_id is not null and results_b.log2_fold_change = 0 as is_zeroed_b,
        results_a.direction in ('up', 'down') as is_called_a,
        results_b.direction in ('up', 'down') as is_called_b,
        case
            when differences.gene_id is not null then differences.method
            when direct.log2_fold_change is not null then 'direct_contrast'
        end as difference_method,
        case
            when differences.gene_id is not null then differences.difference
            else paired.orientation * direct.log2_fold_change
        end as difference,
        case
            when differences.gene_id is not null then differences.difference_se
            else direct.lfc_se
        end as difference_se,
        case
            when differences.gene_id is not null then differences.p_value
            else direct.p_value
        end as difference_p_value,
        case
            when differences.gene_id is not null then differences.padj
            else direct.padj
        end as difference_padj
    from paired
    inner join results as results_a on paired.contrast_id_a = results_a.contrast_id
    inner join results as results_b
        on
            paired.contrast_id_b = results_b.contrast_id
            and results_a.gene_id = results_b.gene_id
    left join differences
        on
            paired.contrast_id_a = differences.contrast_id_a
            and paired.contrast_id_b = differences.contrast_id_b
            and results_a.gene_id = differences.gene_id
    left join results as direct
        on
            paired.direct_contrast_id = direct.contrast_id
            and results_a.gene_id = direct.gene_id
    left join unpairable_features as unpairable_a
        on
            paired.study_id = unpairable_a.study_id
            and results_a.gene_id = unpairable_a.feature_id
    left join unpairable_features as unpairable_b
        on
            paired.study_id_b = unpairable_b.study_id
            and results_b.gene_id = unpairable_b.feature_id
    where
        paired.study_id = paired.study_id_b
        or (unpairable_a.feature_id is null and unpairable_b.feature_id is null)
),

judged as (
    select
        *,
        case
            when is_zeroed_a and is_zeroed_b then 'both'
            when is_zeroed_a then 'a'
            when is_zeroed_b then 'b'
            when difference_method <> 'z_across_fits' and fit_id is not null and difference = 0
                then 'difference'
        end as set_to_zero,
        coalesce(difference_padj < {{ var('fdr_threshold') }}, false) as is_different
    from compared
),

final as (
    select
        contrast_id_a || ' | ' || contrast_id_b as pair_id,
        gene_id,
        contrast_id_a,
        contrast_id_b,
        study_id,
        study_id_b,
        drug_id_a,
        drug_id_b,
        direct_contrast_id,
        symbol,
        direction_a,
        direction_b,
        case
            when direction_a = 'not_tested' or direction_b = 'not_tested' then 'not_tested'
            when direction_a = 'up' and direction_b = 'up' then 'both_up'
            when direction_a = 'down' and direction_b = 'down' then 'both_down'
            when is_called_a and is_called_b then 'opposite'
            when is_called_a then 'only_a'
            when is_called_b then 'only_b'
            else 'neither'
        end as comparison_class,
        case
            when direction_a = 'not_tested' or direction_b = 'not_tested' then 'not_tested'
            when is_called_a and is_called_b and direction_a <> direction_b then 'opposite'
            when not is_called_a and not is_called_b and is_different then 'differ_uncalled'
            when not is_called_a and not is_called_b then 'neither'
            when difference_padj is null then 'undecided'
            when is_called_a and is_called_b and not is_different then 'shared'
            when is_called_a and is_called_b
                then case
                    when abs(log2_fold_change_a) > abs(log2_fold_change_b) then 'stronger_in_a'
                    else 'stronger_in_b'
                end
            when is_different and is_called_a and difference * log2_fold_change_a > 0
                then 'only_a'
            when is_different and is_called_b and difference * log2_fold_change_b < 0
                then 'only_b'
            else 'undecided'
        end as difference_class,
        base_mean,
        log2_fold_change_a,
        lfc_se_a,
        padj_a,
        log2_fold_change_b,
        lfc_se_b,
        padj_b,
        difference_method,
        set_to_zero,
        difference,
        difference_se,
        difference - {{ z }} * difference_se as difference_ci_lower,
        difference + {{ z }} * difference_se as difference_ci_upper,
        difference_p_value,
        difference_padj,
        is_simulated
    from judged
)

select * from final
order by pair_id asc nulls last, gene_id asc nulls last
