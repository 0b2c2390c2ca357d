"""The tables of ``ops``: loads, what checked them, runs, builds and the models they used."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from warehouse.columns import loaded_columns

OPS: Final[Mapping[str, dict[str, str]]] = MappingProxyType(
    {
        "ops.schema_versions": {"version": "integer not null", "applied_at": "timestamp not null"},
        "ops.loads": loaded_columns(
            kind="varchar not null",
            subject="varchar not null",
            status="varchar not null",
            content_sha256="varchar not null",
            source_path="varchar not null",
            recognised_as="varchar",
            rows_in="bigint not null",
            rows_loaded="bigint not null",
            rows_refused="bigint not null",
            started_at="timestamp not null",
            finished_at="timestamp not null",
            duration_s="double not null",
            loaded_by="varchar",
            imid_version="varchar not null",
            duckdb_version="varchar not null",
        ),
        "ops.load_files": loaded_columns(
            role="varchar not null",
            path="varchar not null",
            sha256="varchar not null",
            bytes="bigint not null",
        ),
        "ops.validation_results": loaded_columns(
            suite="varchar not null",
            suite_version="integer not null",
            expectation="varchar not null",
            column_name="varchar",
            severity="varchar not null",
            is_success="boolean not null",
            observed="varchar",
            unexpected_keys="varchar",
            meaning="varchar not null",
            validated_at="timestamp not null",
        ),
        "ops.rejected_rows": loaded_columns(
            path="varchar not null",
            line="bigint not null",
            reason="varchar not null",
            content="varchar",
        ),
        "ops.assignment_statistics": loaded_columns(
            study_id="varchar not null",
            sample_id="varchar not null",
            source="varchar not null",
            statistic="varchar not null",
            reads="bigint not null",
        ),
        "ops.builds": {
            "build_id": "varchar not null",
            "status": "varchar not null",
            "inputs_sha256": "varchar",
            "started_at": "timestamp not null",
            "finished_at": "timestamp not null",
            "duration_s": "double not null",
            "models": "integer not null",
            "tests_passed": "integer not null",
            "tests_warned": "integer not null",
            "tests_failed": "integer not null",
            "detail": "varchar",
            "fdr_threshold": "double not null",
            "abs_lfc_threshold": "double not null",
            "imid_version": "varchar not null",
        },
        "ops.models": {
            "model": "varchar not null",
            "schema_name": "varchar not null",
            "file_path": "varchar not null",
            "file_sha256": "varchar not null",
            "key_columns": "varchar not null",
            "depends_on": "varchar not null",
        },
        "ops.release_changes": {
            "build_id": "varchar not null",
            "previous_build_id": "varchar not null",
            "changes": "varchar not null",
        },
        "ops.run_steps": {
            "run_id": "varchar not null",
            "position": "integer not null",
            "step": "varchar not null",
            "status": "varchar not null",
            "finished_at": "timestamp not null",
            "duration_s": "double",
            "rows_affected": "bigint",
            "message": "varchar not null",
        },
    }
)
