"""The dictionary of the marts, as the release itself tells it."""

from __future__ import annotations

COLUMNS = """
select c.table_name as mart, c.column_name as "column", c.data_type as "type",
       d.comment as meaning
from information_schema.columns as c
left join duckdb_columns() as d
    on c.table_schema = d.schema_name and c.table_name = d.table_name
    and c.column_name = d.column_name
where c.table_schema = 'marts'
order by c.table_name, c.ordinal_position
"""

TABLES = """
select table_name as mart, comment as meaning, estimated_size as "rows"
from duckdb_tables()
where schema_name = 'marts'
order by table_name
"""
