{# Before a build on Spark, names each folder of the exported lake as the table of its source. #}
{% macro register_lake() -%}
    {%- if execute and target.type == 'spark' and flags.WHICH in ('run', 'build', 'test') -%}
        {%- set lake = env_var('IMID_LAKE') -%}
        {%- for source in graph.sources.values() -%}
            {%- set table = '`' ~ source.schema ~ '`.`' ~ source.identifier ~ '`' -%}
            {%- set folder = lake ~ '/' ~ source.schema ~ '/' ~ source.identifier -%}
            {%- do run_query('create database if not exists `' ~ source.schema ~ '`') -%}
            {%- do run_query('drop table if exists ' ~ table) -%}
            {%- do run_query(
                'create table ' ~ table ~ " using parquet location '" ~ folder ~ "'"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
