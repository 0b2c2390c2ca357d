{# One row per element of a text list. Stands alone in a select list. #}
{% macro unnest_list(column, delimiter='|') -%}
    {{ return(adapter.dispatch('unnest_list')(column, delimiter)) }}
{%- endmacro %}

{% macro default__unnest_list(column, delimiter) -%}
    unnest(string_split({{ column }}, '{{ delimiter }}'))
{%- endmacro %}

{% macro spark__unnest_list(column, delimiter) -%}
    explode(split({{ column }}, '[{{ delimiter }}]'))
{%- endmacro %}

{# Spark's own dispatch of dbt.listagg drops the order; this one keeps it and skips nulls. #}
{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
    {%- set key = (order_by_clause or 'order by ' ~ measure) | replace('order by ', '') -%}
    {%- set pairs -%}
        array_sort(collect_list(
            case when {{ measure }} is not null
                then named_struct('sort_key', struct({{ key }}), 'listed', {{ measure }})
            end
        ))
    {%- endset -%}
    {%- set kept = 'slice(' ~ pairs ~ ', 1, ' ~ limit_num ~ ')' if limit_num else pairs -%}
    array_join(transform({{ kept }}, pair -> pair.listed), {{ delimiter_text }})
{%- endmacro %}

{# Null where a floating-point column holds "not a number". #}
{% macro nan_to_null(column) -%}
    case when isnan({{ column }}) then null else {{ column }} end
{%- endmacro %}

{# Every occurrence of a pattern replaced. #}
{% macro replace_all(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_all')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replace_all(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{# An md5 over columns; null and empty text stay apart. #}
{% macro surrogate_key(columns) -%}
    md5(
        {%- for column in columns %}
        coalesce(cast({{ column }} as string), '~null~')
        {%- if not loop.last %} || '|' ||{% endif %}
        {%- endfor %}
    )
{%- endmacro %}
