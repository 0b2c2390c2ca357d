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
