"""A claim that refers to nothing, or takes another's id, is refused where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from ingest.curated.kinds import KINDS
from ingest.curated.load import ingest_curated
from ingest.curated.models import Claim
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import Home, installation_root

HEADER = (
    "claim_id,document_id,source_location,drug_id,comparator_drug_id,claim_kind,"
    "target_as_written,target_type,gene_symbol,gene_set_id,effect,comparison,molecular_level,"
    "level_basis,cell_context,species,verbatim,reference_ids,reference_status\n"
)
GOOD = (
    "mine-1,000,Results,lenalidomide,,single_drug,IRF4,gene,IRF4,,down,,mrna,stated,"
    "myeloma_cells,human,IRF4 goes down,000-1|000-2,given\n"
)

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(rows: str) -> Path:
        path = tmp_path / "my_claims.csv"
        path.write_text(HEADER + rows, encoding="utf-8")
        return path

    return write


@pytest.fixture
def con(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with write_lock(home, "test"), open_working(home) as con:
        for kind in ("documents", "references", "drugs", "gene-sets", "claims"):
            path = installation_root() / "ingest" / "curated" / f"{kind.replace('-', '_')}.csv"
            ingest_curated(con, KINDS[kind], path)
        yield con


def claims(con: duckdb.DuckDBPyConnection) -> int:
    return con.execute("select count(*) from raw.claims").fetchall()[0][0]


def test_own_claims_stand_beside_the_shipped_ones(
    con: duckdb.DuckDBPyConnection, write: Write
) -> None:
    before = claims(con)
    assert ingest_curated(con, KINDS["claims"], write(GOOD)).action == "loaded"
    assert claims(con) == before + 1
    changed = write(GOOD.replace("down,,mrna", "up,,mrna"))
    assert ingest_curated(con, KINDS["claims"], changed).action == "replaced"
    assert claims(con) == before + 1


@pytest.mark.parametrize(
    ("old", "new", "column", "problem"),
    [
        ("mine-1,000", "mine-1,00", "document_id", "00 is none of the loaded documents. Did you"),
        (
            "lenalidomide,,",
            "lenalidomid,,",
            "drug_id",
            "lenalidomid is none of the loaded drugs. Did you mean lenalidomide?",
        ),
        ("000-1|000-2", "000-1|000-9", "reference_ids", "000-9 is none of the loaded references"),
        ("gene,IRF4,,", "gene_set,,isgs,", "gene_set_id", "isgs is none of the loaded gene_sets"),
        (
            "mine-1",
            "000-T1-r01-a",
            "claim_id",
            "000-T1-r01-a is loaded from another file already .curated.; give each of the claims",
        ),
    ],
)
def test_a_row_that_leads_nowhere_is_refused_with_line_and_column(
    con: duckdb.DuckDBPyConnection, write: Write, old: str, new: str, column: str, problem: str
) -> None:
    before = claims(con)
    second = GOOD.replace(old, new)
    if "mine-1" in second:
        second = second.replace("mine-1", "mine-2")
    rows = GOOD + second
    with pytest.raises(DataError, match=problem) as caught:
        ingest_curated(con, KINDS["claims"], write(rows))
    assert (caught.value.row, caught.value.column) == (3, column)
    assert claims(con) == before


def test_the_template_of_the_curators_page_loads(
    con: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    page = (installation_root() / "docs" / "curating-claims.md").read_text(encoding="utf-8")
    template = page.partition("```csv\n")[2].partition("```")[0]
    shipped = installation_root() / "ingest" / "curated" / "claims_template.csv"
    assert template == shipped.read_text(encoding="utf-8")
    path = tmp_path / "my_claims.csv"
    path.write_text(template, encoding="utf-8")
    assert ingest_curated(con, KINDS["claims"], path).rows_loaded == 4


def test_a_problem_between_columns_points_at_the_one_it_names(
    con: duckdb.DuckDBPyConnection, write: Write
) -> None:
    with pytest.raises(DataError, match="needs a gene_symbol") as caught:
        ingest_curated(con, KINDS["claims"], write(GOOD.replace("gene,IRF4,", "gene,,")))
    assert (caught.value.row, caught.value.column) == (2, "gene_symbol")


def test_the_curators_page_names_every_column() -> None:
    page = (installation_root() / "docs" / "curating-claims.md").read_text(encoding="utf-8")
    for name, field in Claim.model_fields.items():
        assert f"`{name}`" in page
        row = next(line for line in page.splitlines() if line.startswith("| `") and name in line)
        if field.is_required():
            assert f"`{name}` *" in row, name
