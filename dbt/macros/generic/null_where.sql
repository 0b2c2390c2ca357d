{# Fails where the column has a value though the condition holds. #}
{% test null_where(model, column_name, condition) %}
select *
from {{ model }}
where {{ column_name }} is not null and ({{ condition }})
{% endtest %}
