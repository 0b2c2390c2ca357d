{% set fdr = var('fdr_threshold') %}
{% set lfc = var('abs_lfc_threshold') %}
{# The fewest genes that preranked enrichment asks for by default. #}
{% set usual_set_size = 15 %}

with claims as (
    select * from {{ ref('fct_literature_claim') }}
),

contrasts as (
    select * from {{ ref('dim_contrast') }}
),

results as (
    select * from {{ ref('fct_differential_expression') }}
),

set_results as (
    select * from {{ ref('fct_gene_set_enrichment') }}
    where method = 'gsea'
),

-- a study that has a contrast both ways round is asked once
directed as (
    select
        contrasts.contrast_id,
        contrasts.numerator_drug_id,
        contrasts.denominator_drug_id,
        contrasts.is_drug_vs_vehicle or contrasts.is_drug_vs_untreated as is_drug_vs_none,
        min(turned.contrast_id) as turned_contrast_id
    from contrasts
    left join contrasts as turned
        on
            contrasts.study_id = turned.study_id
            and contrasts.factor = turned.factor
            and contrasts.subset = turned.subset
            and contrasts.design = turned.design
            and contrasts.numerator = turned.denominator
            and contrasts.denominator = turned.numerator
    group by
        contrasts.contrast_id,
        contrasts.numerator_drug_id,
        contrasts.denominator_drug_id,
        contrasts.is_drug_vs_vehicle,
        contrasts.is_drug_vs_untreated
),

matching as (
    select
        claims.claim_id,
        directed.contrast_id,
        claims.drug_id <> directed.numerator_drug_id as is_reversed
    from claims
    inner join directed
        on
            (
                claims.claim_kind = 'single_drug'
                and directed.is_drug_vs_none
                and claims.drug_id = directed.numerator_drug_id
            )
            or (
                claims.claim_kind = 'comparative'
                and claims.drug_id = directed.numerator_drug_id
                and claims.comparator_drug_id = directed.denominator_drug_id
            )
            or (
                claims.claim_kind = 'comparative'
                and claims.drug_id = directed.denominator_drug_id
                and claims.comparator_drug_id = directed.numerator_drug_id
                and directed.turned_contrast_id is null
            )
),

measured as (
    select
        claims.claim_id,
        contrasts.contrast_id,
        contrasts.study_id,
        claims.document_id,
        claims.drug_id,
        claims.comparator_drug_id,
        claims.gene_id,
        claims.drug_name,
        claims.comparator_drug_name,
        claims.claim_kind,
        claims.target_type,
        claims.target_name,
        claims.effect,
        claims.comparison,
        case claims.effect when 'up' then 1 when 'down' then -1 end
        * case
            when claims.claim_kind = 'single_drug' or claims.comparison = 'stronger' then 1
            when claims.comparison = 'weaker' then -1
        end
        * case when matching.is_reversed then -1 else 1 end as expected_sign,
        claims.is_class_statement,
        matching.is_reversed,
        claims.molecular_level,
        claims.species,
        claims.cell_context as claim_cell_context,
        contrasts.cell_context as contrast_cell_context,
        contrasts.organism,
        contrasts.label as contrast_label,
        contrasts.direction_sentence,
        contrasts.numerator_doses,
        contrasts.denominator_doses,
        results.gene_id is not null as is_measured,
        results.log2_fold_change,
        results.lfc_se,
        results.ci_lower,
        results.ci_upper,
        coalesce(results.p_value, set_results.p_value) as p_value,
        coalesce(results.padj, set_results.padj) as padj,
        set_results.normalised_enrichment_score,
        set_results.not_tested_reason as set_not_tested_reason,
        set_results.n_measured as n_set_genes,
        results.direction,
        results.not_tested_reason,
        results.evidence_basis,
        contrasts.denominator,
        contrasts.is_drug_vs_untreated,
        contrasts.is_excerpt,
        contrasts.is_analysed,
        contrasts.is_simulated
    from claims
    left join matching on claims.claim_id = matching.claim_id
    left join contrasts on matching.contrast_id = contrasts.contrast_id
    left join results
        on
            contrasts.contrast_id = results.contrast_id
            and claims.gene_id = results.gene_id
    left join set_results
        on
            contrasts.contrast_id = set_results.contrast_id
            and claims.gene_set_id = set_results.gene_set_id
),

reasoned as (
    select
        *,
        case expected_sign when 1 then 'up' when -1 then 'down' end as expected_direction,
        case
            when is_class_statement then 'class_statement'
            when target_type = 'phenotype' then 'level_phenotype'
            when contrast_id is null then 'no_contrast'
            when effect = 'direction_not_stated' then 'direction_not_stated'
            when effect not in ('up', 'down') then 'effect_' || effect
            when molecular_level <> 'mrna' then 'level_' || molecular_level
            when target_type = 'gene' and gene_id is null then 'gene_unresolved'
            when organism <> 'human' or species not in ('human', 'unstated') then 'other_species'
            when
                claim_cell_context <> 'unstated'
                and claim_cell_context <> contrast_cell_context
                and not (
                    claim_cell_context = 'myeloma_cells'
                    and contrast_cell_context = 'myeloma_sensitive'
                )
                then 'other_cell_type'
            when expected_sign is null then 'comparison_unstated'
            when not is_analysed then 'not_analysed'
            when target_type = 'gene_set' and normalised_enrichment_score is null
                then 'set_not_tested'
            when target_type = 'gene_set' and padj >= {{ fdr }} then 'set_above_fdr'
            when
                target_type = 'gene_set' and normalised_enrichment_score * expected_sign > 0
                then 'same_direction'
            when target_type = 'gene_set' then 'other_direction'
            when not is_measured then 'not_measured'
            when
                direction = 'not_tested'
                and (coalesce(evidence_basis, '') <> 'nominal_p' or log2_fold_change is null)
                then 'not_tested_' || not_tested_reason
            when evidence_basis = 'nominal_p' and p_value >= {{ fdr }} then 'above_nominal_p'
            when padj >= {{ fdr }} then 'above_fdr'
            when
                claim_kind = 'single_drug'
                and evidence_basis = 'adjusted_p'
                and abs(log2_fold_change) <= {{ lfc }}
                then 'below_fold_change'
            when log2_fold_change * expected_sign > 0 then 'same_direction'
            else 'other_direction'
        end as reason_code
    from measured
),

worded as (
    select
        *,
        case
            when reason_code = 'same_direction' then 'agrees'
            when reason_code = 'other_direction' then 'opposite'
            when
                reason_code in (
                    'above_fdr', 'above_nominal_p', 'below_fold_change', 'set_above_fdr'
                )
                then 'not_significant'
            else 'not_testable'
        end as verdict,
        case
            when claim_kind = 'comparative'
                then drug_name || ' with ' || coalesce(comparator_drug_name, 'the other drug')
            else drug_name || ' with a vehicle or with untreated cells'
        end as comparison_words,
        {{ printed_number('log2_fold_change', 2) }} || ' log2 units' as change_words,
        case
            when reason_code = 'same_direction' then 'as the claim says'
            else 'opposite to what the claim says'
        end as agreement_words
    from reasoned
),

final as (
    select
        {{ surrogate_key(['claim_id', 'contrast_id']) }} as concordance_id,
        claim_id,
        contrast_id,
        study_id,
        document_id,
        drug_id,
        comparator_drug_id,
        gene_id,
        drug_name,
        comparator_drug_name,
        claim_kind,
        target_type,
        target_name,
        effect,
        comparison,
        expected_direction,
        molecular_level,
        claim_cell_context,
        contrast_cell_context,
        contrast_label,
        direction_sentence,
        numerator_doses,
        denominator_doses,
        verdict,
        reason_code,
        case
            when reason_code = 'class_statement'
                then 'the document speaks of the drugs as a class, a study measures one drug'
            when reason_code = 'level_phenotype'
                then 'the claim is about what cells do, the measurement about mRNA'
            when reason_code = 'no_contrast' then 'no study here compares ' || comparison_words
            when reason_code = 'direction_not_stated'
                then 'the document claims an effect without saying which way'
            when reason_code = 'effect_variable'
                then 'the document calls the effect variable, which no direction can confirm'
            when reason_code = 'effect_none'
                then 'the document claims no change, which a test for change cannot confirm'
            when reason_code = 'set_not_tested'
                then
                    'the claim is about a set of genes, which was not tested'
                    || coalesce(': ' || {{ in_words('set_not_tested_reason') }}, ' here')
            when reason_code = 'set_above_fdr'
                then 'the adjusted p-value of the set''s enrichment is not below {{ fdr }}'
            when target_type = 'gene_set' and reason_code in ('same_direction', 'other_direction')
                then
                    'the genes of the set lie together (normalised enrichment score '
                    || {{ printed_number('normalised_enrichment_score', 2) }}
                    || ', adjusted p below {{ fdr }}), ' || agreement_words
            when reason_code = 'level_unstated'
                then
                    'the document leaves open whether it speaks of transcript or protein, '
                    || 'and the measurement is of mRNA'
            when reason_code like 'level_%'
                then
                    'the claim is about ' || {{ in_words('molecular_level') }}
                    || ', the measurement about mRNA'
            when reason_code = 'gene_unresolved'
                then 'the gene''s name leads to no single gene'
            when reason_code = 'other_species'
                then 'the claim and the study are not both about human cells'
            when reason_code = 'other_cell_type'
                then
                    'the claim is about ' || {{ in_words('claim_cell_context') }}
                    || ', the study measured ' || {{ in_words('contrast_cell_context') }}
            when reason_code = 'comparison_unstated'
                then 'the claim does not say which drug is the stronger one'
            when reason_code = 'not_analysed' then 'the contrast has no results yet'
            when reason_code = 'not_measured'
                then 'the gene is not among the genes of the study'
            when reason_code like 'not_tested_%'
                then 'the gene was counted but not tested: ' || {{ in_words('not_tested_reason') }}
            when reason_code = 'above_fdr' then 'the adjusted p-value is not below {{ fdr }}'
            when reason_code = 'below_fold_change'
                then
                    'the adjusted p-value is below {{ fdr }}, '
                    || 'but the change is not beyond {{ lfc }} log2 units'
            when reason_code = 'above_nominal_p' then 'the nominal p-value is not below {{ fdr }}'
            when evidence_basis = 'nominal_p'
                then
                    'the change of ' || change_words || ' has a nominal p-value below {{ fdr }}, '
                    || agreement_words
            when claim_kind = 'comparative'
                then
                    'the two drugs'' changes differ by ' || change_words
                    || ' (adjusted p below {{ fdr }}, no fold-change threshold), '
                    || agreement_words
            else
                'the change of ' || change_words || ' passes both thresholds, ' || agreement_words
        end
        || case
            when
                is_reversed
                and reason_code in ('same_direction', 'other_direction', 'above_fdr')
                then '; the study has the contrast the other way round, so its sign is turned'
            else ''
        end
        || case
            when
                verdict <> 'not_testable'
                and target_type = 'gene_set'
                and n_set_genes < {{ usual_set_size }}
                then
                    '; ' || cast(n_set_genes as string) || ' genes of the set were tested, fewer '
                    || 'than the {{ usual_set_size }} that this test usually asks for, so each of '
                    || 'them weighs much'
            else ''
        end
        || case
            when verdict <> 'not_testable' and evidence_basis = 'nominal_p'
                then
                    '; it rests on a nominal p-value, as the table has no adjusted ones'
                    || case when is_excerpt then ' and is an excerpt' else '' end
                    || ', and on no fold-change threshold'
            else ''
        end
        || case
            when verdict <> 'not_testable' and is_drug_vs_untreated
                then '; compared with ' || denominator || ', not with a vehicle of the same time'
            else ''
        end as reason,
        case
            when verdict = 'not_testable' then null
            when target_type = 'gene_set' then 'set_enrichment'
            else evidence_basis
        end as evidence_basis,
        normalised_enrichment_score,
        log2_fold_change,
        lfc_se,
        ci_lower,
        ci_upper,
        p_value,
        padj,
        direction,
        is_reversed,
        is_excerpt,
        is_simulated
    from worded
)

select * from final
