with verdicts as (
    select * from {{ ref('mart_literature_concordance') }}
    where claim_kind = 'comparative'
),

oriented as (
    select
        concordance_id,
        claim_id,
        contrast_id,
        study_id,
        document_id,
        drug_id,
        comparator_drug_id,
        gene_id,
        drug_name,
        comparator_drug_name,
        target_name,
        effect,
        comparison,
        molecular_level,
        contrast_label,
        verdict,
        reason_code,
        reason,
        case when is_reversed then -1 else 1 end * log2_fold_change
            as difference,
        lfc_se as difference_se,
        case when is_reversed then -ci_upper else ci_lower end
            as difference_ci_lower,
        case when is_reversed then -ci_lower else ci_upper end
            as difference_ci_upper,
        padj as difference_padj,
        case when is_reversed then denominator_doses else numerator_doses end as drug_doses,
        case when is_reversed then numerator_doses else denominator_doses end
            as comparator_doses,
        is_reversed,
        is_simulated
    from verdicts
),

final as (
    select
        concordance_id as claim_potency_id,
        claim_id,
        contrast_id,
        study_id,
        document_id,
        drug_id,
        comparator_drug_id,
        gene_id,
        drug_name,
        comparator_drug_name,
        target_name,
        effect,
        comparison,
        molecular_level,
        contrast_label,
        drug_doses,
        comparator_doses,
        case
            when contrast_id is not null
                then {{ dose_sentence(
                    'drug_name', 'drug_doses', 'comparator_drug_name', 'comparator_doses'
                ) }}
        end as dose_sentence,
        verdict,
        reason_code,
        reason,
        difference,
        difference_se,
        difference_ci_lower,
        difference_ci_upper,
        difference_padj,
        drug_doses = comparator_doses as has_equal_doses,
        is_reversed,
        is_simulated
    from oriented
)

select * from final
