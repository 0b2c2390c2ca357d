"""The tables that Python writes: ``ops``, ``raw`` and ``analytics``.

``raw`` holds what was loaded, every row with its ``load_id``; ``analytics`` holds computed
results, every row with the fit or input it came from. dbt reads both and writes neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import duckdb

from warehouse.analytics_tables import ANALYTICS
from warehouse.assay_tables import ANALYTICS_ASSAYS, RAW_ASSAYS
from warehouse.clinical_tables import CLINICAL
from warehouse.columns import loaded_columns
from warehouse.literature_tables import LITERATURE
from warehouse.lookups import create_count_lookup
from warehouse.migrations import migrate, recorded_version
from warehouse.ops_tables import OPS

RAW: Final[Mapping[str, dict[str, str]]] = MappingProxyType(
    {
        "raw.studies": loaded_columns(
            study_id="varchar not null",
            title="varchar not null",
            organism="varchar not null",
            source="varchar",
            url="varchar",
            is_simulated="boolean not null",
            simulation_note="varchar",
            cell_context="varchar not null",
            design="varchar not null",
            counts_sha256="varchar not null",
            landed_file="varchar not null",
            landed_lengths_file="varchar",
            definition="varchar not null",
            quantity="varchar",
            recognised_as="varchar",
            not_analysed_reason="varchar",
        ),
        "raw.samples": loaded_columns(
            study_id="varchar not null",
            sample_id="varchar not null",
            sample_position="integer not null",
            drug="varchar",
            concentration_um="double",
            time_h="double",
            cell_line="varchar",
            replicate="varchar",
            batch="varchar",
            rin="double",
            a260_280="double",
            reads="bigint",
        ),
        "raw.sample_attributes": loaded_columns(
            study_id="varchar not null",
            sample_id="varchar not null",
            attribute="varchar not null",
            value="varchar",
        ),
        "raw.features": loaded_columns(
            study_id="varchar not null",
            gene_id="varchar not null",
            gene_id_as_given="varchar not null",
            symbol_as_given="varchar",
            line="bigint not null",
            feature_number="bigint",
        ),
        "raw.counts": loaded_columns(
            study_id="varchar not null",
            gene_id="varchar not null",
            sample_id="varchar not null",
            count="bigint not null",
            feature_number="bigint",
        ),
        "raw.sample_profiles": loaded_columns(
            study_id="varchar not null",
            sample_id="varchar not null",
            genes="bigint not null",
            genes_detected="bigint not null",
            library_size="bigint not null",
            file_column_sum="bigint not null",
            max_count="bigint not null",
            estimated_total="double",
        ),
        "raw.abundances": loaded_columns(
            study_id="varchar not null",
            gene_id="varchar not null",
            sample_id="varchar not null",
            unit="varchar not null",
            value="double not null",
        ),
        "raw.contrasts": loaded_columns(
            study_id="varchar not null",
            contrast_id="varchar not null",
            contrast_position="integer not null",
            factor="varchar not null",
            numerator="varchar not null",
            denominator="varchar not null",
            design="varchar not null",
            subset="varchar not null",
        ),
        "raw.contrast_samples": loaded_columns(
            study_id="varchar not null",
            contrast_id="varchar not null",
            sample_id="varchar not null",
            arm="varchar not null",
        ),
        "raw.de_result_sets": loaded_columns(
            study_id="varchar not null",
            contrast_id="varchar not null",
            factor="varchar not null",
            numerator="varchar not null",
            denominator="varchar not null",
            form="varchar not null",
            test="varchar",
            correction="varchar",
            direction_as_given="varchar not null",
            is_excerpt="boolean not null",
            note="varchar",
            path="varchar not null",
            sha256="varchar not null",
            has_p_value="boolean not null",
            has_padj="boolean not null",
            result_rows="bigint not null",
        ),
        "raw.de_results": loaded_columns(
            study_id="varchar not null",
            contrast_id="varchar not null",
            line="bigint not null",
            gene_id="varchar not null",
            gene_id_as_given="varchar not null",
            symbol_as_given="varchar",
            base_mean="double",
            mean_numerator="double",
            mean_denominator="double",
            average_log2_expression="double",
            log2_fold_change="double",
            lfc_se="double",
            stat="double",
            p_value="double",
            padj="double",
            shrunken_log2_fold_change="double",
        ),
        "raw.genes": loaded_columns(
            gene_id="varchar not null",
            entrez_id="bigint",
            symbol="varchar",
            name="varchar",
            biotype="varchar",
            chromosome="varchar",
            organism="varchar not null",
        ),
        "raw.gene_aliases": loaded_columns(
            gene_id="varchar not null",
            alias="varchar not null",
            alias_kind="varchar not null",
        ),
        "raw.gene_sets": loaded_columns(
            gene_set_id="varchar not null",
            name="varchar not null",
            member_symbols="varchar",
            documents="varchar",
            note="varchar",
        ),
        "raw.drugs": loaded_columns(
            drug_id="varchar not null",
            name="varchar not null",
            drug_class="varchar not null",
            is_imid="boolean not null",
            aliases="varchar",
        ),
        "raw.documents": loaded_columns(
            document_id="varchar not null",
            file_stem="varchar not null",
            title="varchar not null",
            author="varchar",
            published="varchar",
            document_kind="varchar not null",
            url="varchar",
        ),
        "raw.references": loaded_columns(
            reference_id="varchar not null",
            document_id="varchar not null",
            position="integer not null",
            citation_as_written="varchar not null",
            domain="varchar",
            resolution="varchar not null",
            title="varchar",
            journal="varchar",
            year="integer",
            pmid="bigint",
            doi="varchar",
            note="varchar",
        ),
        "raw.regimens": loaded_columns(
            regimen_id="varchar not null",
            label="varchar not null",
            name="varchar not null",
            description="varchar",
        ),
        "raw.regimen_components": loaded_columns(
            regimen_id="varchar not null",
            drug_id="varchar not null",
            component_role="varchar not null",
        ),
        "raw.trials": loaded_columns(
            trial_id="varchar not null",
            name="varchar not null",
            design="varchar not null",
            population="varchar",
            line_of_therapy="varchar",
            is_randomised="boolean",
            source="varchar",
            nct_id="varchar",
        ),
        "raw.arms": loaded_columns(
            arm_id="varchar not null",
            trial_id="varchar not null",
            regimen_id="varchar not null",
            label="varchar not null",
            n_at_risk="bigint",
            n_basis="varchar",
            n_randomised="bigint",
        ),
        "raw.adverse_events": loaded_columns(
            line="bigint not null",
            adverse_event_id="varchar not null",
            document_id="varchar not null",
            source_table="varchar not null",
            source_row="integer not null",
            source_column="varchar not null",
            term="varchar not null",
            verbatim_cell="varchar not null",
            arm_id="varchar not null",
            cell_state="varchar not null",
            value_pct="double",
            operator="varchar",
            value_role="varchar",
            pct_decimals="integer",
            n_affected="bigint",
            n_at_risk="bigint",
            n_basis="varchar",
            grade_lo="integer",
            grade_hi="integer",
            grade_as_written="varchar",
            ascertainment="varchar not null",
            ctcae_version="varchar",
            data_cut="varchar not null",
            evidence_scope="varchar not null",
            source_id="varchar not null",
            verification="varchar",
            published_value="varchar",
            published_grade_lo="integer",
            published_grade_hi="integer",
            note="varchar",
        ),
        "raw.claims": loaded_columns(
            line="bigint not null",
            claim_id="varchar not null",
            document_id="varchar not null",
            source_location="varchar not null",
            source_row="integer",
            source_column="varchar",
            row_label="varchar",
            drug_id="varchar not null",
            comparator_drug_id="varchar",
            claim_kind="varchar not null",
            target_as_written="varchar not null",
            target_type="varchar not null",
            gene_symbol="varchar",
            gene_set_id="varchar",
            effect="varchar not null",
            comparison="varchar",
            molecular_level="varchar not null",
            level_basis="varchar not null",
            magnitude_words="varchar",
            cell_context="varchar not null",
            species="varchar not null",
            verbatim="varchar not null",
            reference_ids="varchar",
            reference_status="varchar not null",
            route="varchar",
            note="varchar",
        ),
        **CLINICAL,
        **LITERATURE,
        **RAW_ASSAYS,
    }
)

_ALL: Final = {**OPS, **RAW, **ANALYTICS, **ANALYTICS_ASSAYS}

SCHEMAS: Final = ("raw", "ops", "analytics", "staging", "intermediate", "marts")


def table_columns(table: str) -> list[str]:
    """Return the column names of a table that Python writes, in order.

    Raises
    ------
    KeyError
        If no such table is declared here.
    """
    return list(_ALL[table])


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas, tables and columns that are missing and migrate what is there.

    Raises
    ------
    DataError
        If a later version of imid-warehouse made the file.
    """
    version = recorded_version(con)
    for schema in SCHEMAS:
        con.execute(f"create schema if not exists {schema}")
    for table, columns in _ALL.items():
        body = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        con.execute(f"create table if not exists {quoted(table)} ({body})")
    _add_columns(con)
    create_count_lookup(con)
    migrate(con, version)


def _add_columns(con: duckdb.DuckDBPyConnection) -> None:
    """Add what a later version of this module declared to tables that an earlier one made.

    Rows of earlier loads have nothing to put there, so an added column may be null.
    """
    present = set(
        con.execute(
            "select table_schema || '.' || table_name, column_name from information_schema.columns"
        ).fetchall()
    )
    for table, columns in _ALL.items():
        for name, kind in columns.items():
            if (table, name) not in present:
                nullable = kind.removesuffix(" not null")
                con.execute(f'alter table {quoted(table)} add column "{name}" {nullable}')


def quoted(table: str) -> str:
    """Return ``schema.table`` with the table quoted (``raw.references`` is a reserved word)."""
    schema, _, name = table.partition(".")
    return f'{schema}."{name}"'
