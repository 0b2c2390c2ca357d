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
select p.subject_key, p.document_title, p.source_location, p.source_row, p.verbatim, p.load_kind,
       p.file_name, p.source_line, p.file_sha256, p.files, p.loaded_at, p.load_id, p.fit_id,
       coalesce(s.is_simulated, r.is_simulated, false) as is_simulated
from marts.mart_provenance as p
left join marts.dim_study as s on p.load_id = s.load_id
left join marts.dim_assay_run as r on p.load_id = r.load_id
where p.mart = $mart
order by p.subject_key, p.provenance_id
"""
