{# Deletes the rows of an incremental model whose key is not in a relation (any more). #}
{% macro delete_gone(keys, relation) -%}
    {%- if is_incremental() -%}
        delete from {{ this }} as held
        where not exists (
            select 1
            from {{ relation }} as present
            where
                {%- for key in keys %}
                held.{{ key }} is not distinct from present.{{ key }}
                {%- if not loop.last %} and{% endif %}
                {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}

{# Gives rows of earlier builds the symbols that their genes have now. #}
{% macro renew_symbols(genes) -%}
    {%- if is_incremental() -%}
        update {{ this }} as held
        set symbol = genes.symbol
        from {{ genes }} as genes
        where held.gene_id = genes.gene_id and held.symbol is distinct from genes.symbol
    {%- endif -%}
{%- endmacro %}
