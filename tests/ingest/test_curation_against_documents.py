"""The curated CSV files against the documents that they were typed from, cell by cell."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from warehouse.home import installation_root

CURATED = installation_root() / "ingest" / "curated"
HEADERS = ("Gene/Pathway\t", "Gene Target\t", "Gene\t", "Adverse Event\t")
# What the documents' tables hold, counted by hand.
ROWS = {"000": [10, 9], "001": [8], "002": [9], "003": [7, 4, 3]}
CELLS_003 = {"Table 1": 28, "Table 2": 4, "Table 3": 3}

Table = tuple[list[str], list[list[str]]]


def read_curated(name: str) -> list[dict[str, str]]:
    with (CURATED / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="module")
def tables(shared: Path) -> dict[str, list[Table]]:
    """Every table of documents 000 to 003, as header and rows of cells."""
    found: dict[str, list[Table]] = {}
    for document in ROWS:
        (path,) = (shared / "seeds").glob(f"{document}_*.txt")
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith(HEADERS):
                found.setdefault(document, []).append((line.split("\t"), []))
            elif "\t" in line:
                found[document][-1][1].append(line.split("\t"))
    return found


def table_number(location: str) -> int:
    return int(location.removeprefix("Table ")) if location.startswith("Table") else 1


def test_the_documents_tables_have_the_rows_that_were_counted(
    tables: dict[str, list[Table]],
) -> None:
    assert {d: [len(rows) for _, rows in held] for d, held in tables.items()} == ROWS


def test_every_row_of_a_claims_table_is_curated() -> None:
    curated = {
        (c["document_id"], table_number(c["source_location"]), int(c["source_row"]))
        for c in read_curated("claims.csv")
        if c["document_id"] in {"000", "001", "002"} and c["source_row"]
    }
    expected = {
        (document, number, row)
        for document in ("000", "001", "002")
        for number, count in enumerate(ROWS[document], start=1)
        for row in range(1, count + 1)
    }
    assert curated == expected


def test_every_claim_stands_in_the_document_as_it_was_typed(
    tables: dict[str, list[Table]],
) -> None:
    for claim in read_curated("claims.csv"):
        header, rows = tables[claim["document_id"]][table_number(claim["source_location"]) - 1]
        row = rows[int(claim["source_row"]) - 1]
        cell = row[header.index(claim["source_column"])]
        assert claim["verbatim"] in cell, claim["claim_id"]
        assert claim["row_label"] == row[0], claim["claim_id"]
        named_in = (row[0], *row[2:])
        target = claim["target_as_written"]
        assert any(target in text for text in named_in) or _abbreviated(target, row[0]), claim


def _abbreviated(target: str, label: str) -> bool:
    """``DNMT3a`` is written as ``3a`` in ``DNMT1, 3a, 3b``."""
    return target.removeprefix("DNMT") in label.split(", ")


def test_the_words_of_a_cell_agree_with_the_direction() -> None:
    for claim in read_curated("claims.csv"):
        words = claim["verbatim"].lower()
        down = any(w in words for w in ("downregulat", "degradation", "deactivated"))
        up = "upregulat" in words
        if claim["effect"] == "up":
            assert up, claim["claim_id"]
        elif claim["effect"] == "down":
            assert down, claim["claim_id"]
        else:
            assert claim["effect"] == "variable"
            assert "variable" in words


def test_every_cell_of_document_003_is_curated_verbatim(tables: dict[str, list[Table]]) -> None:
    events = read_curated("adverse_events.csv")
    assert Counter(e["source_table"] for e in events) == CELLS_003
    seen = set()
    for event in events:
        header, rows = tables["003"][table_number(event["source_table"]) - 1]
        row = rows[int(event["source_row"]) - 1]
        column = header.index(event["source_column"])
        assert event["verbatim_cell"] == row[column], event["adverse_event_id"]
        assert event["term"] == row[0], event["adverse_event_id"]
        seen.add((event["source_table"], event["source_row"], column))
    assert len(seen) == len(events) == sum(CELLS_003.values())


def test_the_typed_state_is_that_of_the_verbatim_cell() -> None:
    for event in read_curated("adverse_events.csv"):
        cell, state, key = event["verbatim_cell"], event["cell_state"], event["adverse_event_id"]
        if cell == "-":
            assert (state, event["value_pct"], event["n_affected"]) == ("not_reported", "", ""), key
            continue
        number = cell.removeprefix("≥").split("%")[0]
        assert float(event["value_pct"]) == float(number), key
        decimals = len(number.partition(".")[2])
        if cell.startswith("≥"):
            assert (state, event["operator"]) == ("bound", ">="), key
            assert event["value_role"] == "listing_threshold", key
        elif "separate" in cell:
            assert (state, event["n_at_risk"]) == ("other_source", ""), key
        else:
            assert (state, event["operator"], event["pct_decimals"]) == (
                "percent",
                "=",
                str(decimals),
            ), key


# How the published check names arms, and what the curation calls them.
ARMS = {
    "IRd": "furlan-2024-ird",
    "R2": "augment-r2",
    "R-placebo": "augment-placebo-r",
    "Tafa-Len": "l-mind-tafa-len",
    "D-Rd": "d-rd-phase-1-2-part-2",
}


def test_values_and_denominators_agree_with_the_published_check(shared_data: Path) -> None:
    curated = {
        (e["source_table"].replace("Table ", "T"), e["arm_id"], e["term"].lower()): e
        for e in read_curated("adverse_events.csv")
    }
    with (shared_data / "clinical" / "seed_vs_published.csv").open(encoding="utf-8") as handle:
        checks = [c for c in csv.DictReader(handle) if c["seed"] == "003" and c["arm"] in ARMS]
    compared = 0
    for check in checks:
        place = (check["location"], ARMS[check["arm"]], check["ae_term"].lower())
        if check["verdict"] == "not reported":
            continue
        if check["verdict"].startswith("DISAGREES"):
            assert place not in curated
            other = curated["T2", "tafa-len-real-world-tafa-len", "anemia"]
            assert (other["value_pct"], other["n_at_risk"]) == ("14", "")
            compared += 1
            continue
        event = curated[place]
        number = check["seed_value"].removeprefix(">=").split("%")[0]
        assert float(event["value_pct"]) == float(number), place
        assert event["n_at_risk"] == check["n"], place
        compared += 1
    assert compared == 15


def test_gene_ids_symbols_and_entrez_agree_with_the_references(shared_data: Path) -> None:
    genes = {g["gene_id"]: g for g in read_curated("genes.csv")}
    ensembl: dict[str, set[str]] = {}
    entrez: dict[str, set[str]] = {}
    path = shared_data / "genes" / "annotables_grch38.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["ensgene"] in genes:
                ensembl.setdefault(row["ensgene"], set()).add(row["symbol"])
                entrez.setdefault(row["ensgene"], set()).add(row["entrez"])
    ncbi: dict[str, tuple[str, str]] = {}
    path = shared_data / "genes" / "Homo_sapiens.gene_info.gz"
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for line in handle:
            fields = line.split("\t")
            if fields[0] == "9606":
                ncbi[fields[1]] = (fields[2], fields[5])
    assert len(genes) == 55
    for gene_id, gene in genes.items():
        assert ensembl[gene_id] == {gene["symbol"]}, gene_id
        assert gene["entrez_id"] in entrez[gene_id], gene_id
        symbol, cross_references = ncbi[gene["entrez_id"]]
        assert symbol in {gene["symbol"], *gene["previous_symbols"].split("|")}, gene_id
        assert f"Ensembl:{gene_id}" in cross_references, gene_id


def test_every_gene_of_a_claim_is_in_the_curated_reference() -> None:
    symbols = {g["symbol"] for g in read_curated("genes.csv")}
    named = {c["gene_symbol"] for c in read_curated("claims.csv") if c["gene_symbol"]}
    assert named <= symbols


def test_every_reference_between_curated_files_leads_somewhere() -> None:
    ids = {
        name: {row[key] for row in read_curated(f"{name}.csv")}
        for name, key in {
            "documents": "document_id",
            "references": "reference_id",
            "drugs": "drug_id",
            "gene_sets": "gene_set_id",
            "regimens": "regimen_id",
            "trials": "trial_id",
            "arms": "arm_id",
        }.items()
    }
    for claim in read_curated("claims.csv"):
        assert claim["document_id"] in ids["documents"]
        assert {claim["drug_id"], claim["comparator_drug_id"]} - {""} <= ids["drugs"]
        assert {claim["gene_set_id"]} - {""} <= ids["gene_sets"]
        assert set(claim["reference_ids"].split("|")) - {""} <= ids["references"]
    for event in read_curated("adverse_events.csv"):
        assert event["arm_id"] in ids["arms"]
        assert event["source_id"] in ids["trials"]
    for arm in read_curated("arms.csv"):
        assert (arm["trial_id"] in ids["trials"], arm["regimen_id"] in ids["regimens"]) == (
            True,
            True,
        )
    for component in read_curated("regimen_components.csv"):
        assert component["regimen_id"] in ids["regimens"]
        assert component["drug_id"] in ids["drugs"]
