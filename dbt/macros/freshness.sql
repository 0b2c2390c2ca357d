{# When the newest load that a table holds rows of was finished, by the ledger; long ago if none. #}
{% macro newest_load(table) -%}
    select coalesce(max(loads.finished_at), timestamp '1970-01-01 00:00:00') as loaded_at
    from ops.loads as loads
    where
        loads.status = 'loaded'
        and loads.load_id in (select held.load_id from {{ table }} as held)
{%- endmacro %}
