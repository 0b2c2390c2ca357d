with regimens as (
    select * from {{ ref('stg_clinical__regimens') }}
),

components as (
    select
        parts.regimen_id,
        count(*) as n_drugs,
        max(case when drugs.is_imid then 1 else 0 end) = 1 as has_imid,
        {{ dbt.listagg('drugs.drug_name', "' + '", 'order by drugs.drug_name') }} as components,
        {{ dbt.listagg('drugs.drug_id', "'|'", 'order by drugs.drug_id') }} as drug_ids
    from {{ ref('stg_clinical__regimen_components') }} as parts
    inner join {{ ref('stg_reference__drugs') }} as drugs on parts.drug_id = drugs.drug_id
    group by parts.regimen_id
),

final as (
    select
        regimens.regimen_id,
        regimens.load_id,
        regimens.regimen_label as label,
        regimens.name_as_written,
        regimens.description,
        components.components,
        components.drug_ids,
        coalesce(components.n_drugs, 0) as n_drugs,
        coalesce(components.has_imid, false) as has_imid
    from regimens
    left join components on regimens.regimen_id = components.regimen_id
)

select * from final
