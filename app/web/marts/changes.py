"""What the build noted of the release's changes against the one before."""

from __future__ import annotations

IS_RECORDED = """
select count(*) as n from information_schema.tables
where table_schema = 'ops' and table_name = 'release_changes'
"""

CHANGES = """
select changes from ops.release_changes where build_id = $release
"""
