"""Where rows come from."""

from __future__ import annotations

PROVENANCE = """
select mart, subject_kind, subject_key, load_id, fit_id, document_title, source_location,
       source_column, verbatim, load_kind, file_name, file_sha256, files, imid_version, source_row,
       source_line, loaded_at
from marts.mart_provenance
where mart = $mart and subject_key = $subject
order by provenance_id
"""

MARTS = """
select mart, subject_kind, count(*) as subjects
from marts.mart_provenance
group by mart, subject_kind
order by mart, subject_kind
"""

SUBJECTS = """
select subject_key, document_title, source_location, source_row, verbatim, load_kind, file_name,
       source_line, file_sha256, loaded_at, load_id, fit_id
from marts.mart_provenance
where mart = $mart
order by subject_key, provenance_id
"""
