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
