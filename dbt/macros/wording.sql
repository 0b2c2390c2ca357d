{# The organism under one common name, as warehouse/organisms.py names it. #}
{% macro organism_name(column) -%}
    case lower(trim({{ column }}))
        when 'homo sapiens' then 'human'
        when 'mus musculus' then 'mouse'
        when 'rattus norvegicus' then 'rat'
        when 'oryctolagus cuniculus' then 'rabbit'
        when 'macaca mulatta' then 'rhesus macaque'
        when 'gallus gallus' then 'chicken'
        when 'danio rerio' then 'zebrafish'
        when 'drosophila melanogaster' then 'fruit fly'
        else lower(trim({{ column }}))
    end
{%- endmacro %}

{# A name as look-ups compare it. #}
{% macro folded(column) -%}
    upper(trim({{ column }}))
{%- endmacro %}

{# A name as it is compared where its spelling varies: Greek letters written out, letters and
   digits only. warehouse/resolve reads names the same way. #}
{% macro name_key(column) -%}
    {%- set greek = [
        ('Α', 'ALPHA'), ('Β', 'BETA'), ('Γ', 'GAMMA'), ('Δ', 'DELTA'), ('Ε', 'EPSILON'),
        ('Ζ', 'ZETA'), ('Η', 'ETA'), ('Θ', 'THETA'), ('Ι', 'IOTA'), ('Κ', 'KAPPA'),
        ('Λ', 'LAMBDA'), ('Μ', 'MU'), ('Π', 'PI'), ('Σ', 'SIGMA'), ('Τ', 'TAU'), ('Ω', 'OMEGA')
    ] -%}
    {%- set ns = namespace(text='upper(' ~ column ~ ')') -%}
    {%- for letter, word in greek -%}
        {%- set ns.text = 'replace(' ~ ns.text ~ ", '" ~ letter ~ "', '" ~ word ~ "')" -%}
    {%- endfor -%}
    {{ replace_all(ns.text, '[^A-Z0-9]', '') }}
{%- endmacro %}

{# A title as titles are compared: letters and digits only; null where it has none. #}
{% macro title_key(column) -%}
    nullif(lower({{ replace_all(column, '[^A-Za-z0-9]', '') }}), '')
{%- endmacro %}

{# The last part of a path, whichever way its separators lean. #}
{% macro file_name(column) -%}
    split_part(replace({{ column }}, chr(92), '/'), '/', -1)
{%- endmacro %}

{# A number without a trailing ".0". #}
{% macro plain_number(column) -%}
    case
        when {{ column }} = floor({{ column }})
            then cast(cast({{ column }} as bigint) as string)
        else cast({{ column }} as string)
    end
{%- endmacro %}

{# A number with as many decimals (none, one or two) as its source printed. #}
{% macro printed_number(column, decimals) -%}
    case {{ decimals }}
        when 0 then cast(cast(round({{ column }}, 0) as bigint) as string)
        when 1 then cast(cast({{ column }} as decimal(18, 1)) as string)
        when 2 then cast(cast({{ column }} as decimal(18, 2)) as string)
        else {{ plain_number(column) }}
    end
{%- endmacro %}

{# A band of severity grades as the field writes it. #}
{% macro grade_band(lowest, highest) -%}
    case
        when {{ lowest }} is null then null
        when {{ highest }} is null or {{ lowest }} = {{ highest }}
            then cast({{ lowest }} as string)
        when {{ lowest }} = 1 and {{ highest }} = 5 then 'any'
        when {{ highest }} = 5 then '≥' || cast({{ lowest }} as string)
        else cast({{ lowest }} as string) || '-' || cast({{ highest }} as string)
    end
{%- endmacro %}

{# An identifier's underscores as spaces. #}
{% macro in_words(column) -%}
    replace({{ column }}, '_', ' ')
{%- endmacro %}

{# A molecular level as the field writes it. #}
{% macro level_words(column) -%}
    case when {{ column }} = 'mrna' then 'mRNA' else {{ in_words(column) }} end
{%- endmacro %}

{# A subset written as JSON, as "column: value" without braces and quotes. #}
{% macro subset_words(column) -%}
    replace(replace(replace({{ column }}, '{', ''), '}', ''), '"', '')
{%- endmacro %}

{# Two concentrations in words, and what comparing two drugs at them is worth. #}
{% macro dose_sentence(name_a, doses_a, name_b, doses_b) -%}
    case
        when {{ doses_a }} is null or {{ doses_b }} is null
            then
                'the concentrations are not given for both drugs, '
                || 'so this says nothing of potency at equal concentration'
        when {{ doses_a }} = {{ doses_b }}
            then 'both drugs at ' || {{ doses_a }}
        else
            {{ name_a }} || ' at ' || {{ doses_a }} || ', ' || {{ name_b }} || ' at '
            || {{ doses_b }}
            || ': the concentrations are unequal, so this compares the doses as much as the drugs'
    end
{%- endmacro %}

{# What people call the level of cells that got nothing, as look-ups compare it. #}
{% macro untreated_words() -%}
    (
        'UNTREATED', 'BASELINE', 'CONTROL', 'NONE', 'NO DRUG', 'BEFORE', 'PRE-TREATMENT',
        'PRETREATMENT', '0 H', '0H', '0 HR', '0 HOURS', 'T0', 'DAY 0'
    )
{%- endmacro %}
