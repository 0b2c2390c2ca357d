-- Every cell of a document, and every registry cell of a term that a document names, appears
-- once beside the others, and no cell is made up.
select
    cells.adverse_event_id,
    count(shown.regimen_safety_id) as n_shown
from {{ ref('fct_adverse_event') }} as cells
left join {{ ref('mart_regimen_safety') }} as shown
    on cells.adverse_event_id = shown.adverse_event_id
where
    cells.term_key in (
        select named.term_key
        from {{ ref('fct_adverse_event') }} as named
        where named.origin = 'document'
    )
group by cells.adverse_event_id
having count(shown.regimen_safety_id) <> 1
