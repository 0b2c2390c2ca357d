"""The curated CSV files against the documents that they were typed from, cell by cell."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from pathlib import Path

import pytest

from warehouse.home import installation_root

CURATED = installation_root() / "ingest" / "curated"
HEADERS = ("Gene/Pathway\t", "Gene Target\t", "Gene\t", "Adverse Event\t")
# What the documents' tables hold, counted by hand.
ROWS = {"000": [10, 9], "001": [8], "002": [9], "003": [7, 4, 3]}
CELLS_003 = {"Table 1": 28, "Table 2": 4, "Table 3": 3}

# Statements in prose by document and section, as two readers counted them.
PROSE = {
    ("000", "Core Mechanism of Action: A Shared Pathway"): 16,
    ("000", "Qualitative Comparison:"): 22,
    ("001", "Introduction"): 7,
    ("001", "Comparative Analysis of Gene Expression Changes"): 39,
    ("002", "An In-depth Guide for Researchers and Drug Development Professionals"): 5,
    ("002", "Pomalidomide Mechanism of Action"): 5,
    ("002", "Conclusion"): 7,
    ("003", "Frequently Asked Questions (FAQs)"): 10,
    ("004", "Abstract"): 14,
    ("004", "Introduction"): 1,
    ("004", "Overview (Figure 1)"): 26,
    ("004", "Figure 1"): 9,
    ("004", "Direct anti-tumor activities of lenalidomide"): 30,
    ("004", "Figure 2"): 6,
    ("004", "Anti-angiogenic activity"): 7,
    ("004", "Immunomodulatory activities"): 26,
    ("004", "Clinical trials of lenalidomide"): 2,
}
# Claims of tables by document and column. What a column of gene functions says is no claim.
TABLE_CLAIMS = {
    ("000", "Regulation"): 22,
    ("000", "Implication"): 11,
    ("001", "Effect of Lenalidomide"): 9,
    ("001", "Effect of Pomalidomide"): 14,
    ("002", "Regulation in Pomalidomide-Sensitive Cells"): 13,
    ("002", "Putative Role in Pomalidomide Action"): 16,
}
# Cells of the columns on consequences that state no effect of the drug, by document, table, row.
WITHOUT_CLAIM = {
    ("000", 1): {6, 9},
    ("000", 2): {1, 2, 3, 5, 6, 7, 8, 9},
    ("002", 1): set[int](),
}
# How many statements in prose are read as transcripts, and those that leave the level open.
PROSE_READ_AS_MRNA = 14
PROSE_LEVEL_OPEN = 26
AUTHOR_YEAR_REFERENCES = 60

Table = tuple[list[str], list[list[str]]]


def read_curated(name: str) -> list[dict[str, str]]:
    with (CURATED / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def claims_of_tables() -> list[dict[str, str]]:
    return [c for c in read_curated("claims.csv") if c["source_row"]]


def claims_of_prose() -> list[dict[str, str]]:
    return [c for c in read_curated("claims.csv") if not c["source_row"]]


def without_breaks(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def texts(shared: Path) -> dict[str, str]:
    """The whole text of every document, blanks and line breaks collapsed."""
    return {
        path.name[:3]: without_breaks(path.read_text(encoding="utf-8"))
        for path in (shared / "seeds").glob("*.txt")
    }


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
    for claim in claims_of_tables():
        header, rows = tables[claim["document_id"]][table_number(claim["source_location"]) - 1]
        row = rows[int(claim["source_row"]) - 1]
        cell = row[header.index(claim["source_column"])]
        assert claim["verbatim"] in cell, claim["claim_id"]
        assert claim["row_label"] == row[0], claim["claim_id"]
        named_in = (row[0], *row[2:])
        target = claim["target_as_written"]
        assert any(_names(text, target) for text in named_in) or _abbreviated(target, row[0]), claim
        assert claim["magnitude_words"] in claim["verbatim"], claim["claim_id"]


def _names(text: str, target: str) -> bool:
    """``NK cell activity`` stands in ``Enhances T-cell and NK cell activity``, word after word."""
    words = iter(re.findall(r"[\w-]+", text))
    return target in text or all(word in words for word in target.split())


def _abbreviated(target: str, label: str) -> bool:
    """``DNMT3a`` is written as ``3a`` in ``DNMT1, 3a, 3b``."""
    return target.removeprefix("DNMT") in label.split(", ")


def test_the_statements_of_each_section_are_as_many_as_were_counted() -> None:
    in_tables = Counter((c["document_id"], c["source_column"]) for c in claims_of_tables())
    assert in_tables == TABLE_CLAIMS
    found = Counter((c["document_id"], c["source_location"]) for c in claims_of_prose())
    assert found == PROSE


def test_every_statement_stands_in_its_document_word_for_word(texts: dict[str, str]) -> None:
    for claim in claims_of_prose():
        text = texts[claim["document_id"]]
        assert without_breaks(claim["verbatim"]) in text, claim["claim_id"]
        assert claim["source_location"] == "Abstract" or claim["source_location"] in text, claim
        assert not claim["row_label"], claim["claim_id"]
        assert not claim["source_column"], claim["claim_id"]
        assert claim["magnitude_words"] in claim["verbatim"], claim["claim_id"]


def test_a_statement_stands_in_the_section_it_is_said_to(texts: dict[str, str]) -> None:
    for claim in claims_of_prose():
        text, section = texts[claim["document_id"]], claim["source_location"]
        if section != "Abstract":
            first = text.index(section)
            assert text.rindex(without_breaks(claim["verbatim"])) > first, claim["claim_id"]


def test_no_statement_is_curated_twice() -> None:
    keys = Counter(
        (
            c["document_id"],
            c["verbatim"],
            c["drug_id"],
            c["comparator_drug_id"],
            c["target_as_written"],
            c["molecular_level"],
            c["cell_context"],
        )
        for c in claims_of_prose()
    )
    assert {key for key, times in keys.items() if times > 1} == set()


def test_a_direction_that_is_not_stated_says_so_in_the_note() -> None:
    for claim in read_curated("claims.csv"):
        is_unstated = claim["effect"] == "direction_not_stated"
        assert is_unstated == ("Direction not stated" in claim["note"]), claim["claim_id"]


def test_statements_on_the_class_say_so() -> None:
    claims = [c for c in read_curated("claims.csv") if c["drug_id"] == "imid-class"]
    assert Counter(c["document_id"] for c in claims) == {"004": 12, "002": 1}
    assert all("Class statement" in c["note"] for c in claims)


def test_every_cell_on_consequences_is_curated_or_known_to_hold_no_claim() -> None:
    found = {key: set[int]() for key in WITHOUT_CLAIM}
    for claim in claims_of_tables():
        if claim["source_column"] in {"Implication", "Putative Role in Pomalidomide Action"}:
            table = (claim["document_id"], table_number(claim["source_location"]))
            found[table].add(int(claim["source_row"]))
    for (document, number), without in WITHOUT_CLAIM.items():
        rows = set(range(1, ROWS[document][number - 1] + 1))
        assert found[document, number] == rows - without


def test_a_statement_in_prose_is_read_as_transcripts_only_for_a_reason_given() -> None:
    prose = claims_of_prose()
    read_as_mrna = [c for c in prose if c["molecular_level"] == "mrna"]
    assert len(read_as_mrna) == PROSE_READ_AS_MRNA
    assert all("Read as transcripts:" in c["note"] for c in read_as_mrna)
    assert sum(c["molecular_level"] == "unstated" for c in prose) == PROSE_LEVEL_OPEN


def test_author_year_references_are_printed_so_and_in_the_order_of_the_text(
    texts: dict[str, str],
) -> None:
    cited = [r for r in read_curated("references.csv") if r["resolution"] == "author_year"]
    assert len(cited) == AUTHOR_YEAR_REFERENCES
    assert [int(r["position"]) for r in cited] == list(range(1, len(cited) + 1))
    for reference in cited:
        assert reference["document_id"] == "004"
        author, year = re.match(
            r"(\S+).*?(\d{4}[ab]?)\)?$", reference["citation_as_written"]
        ).groups()
        assert author in texts["004"], reference["reference_id"]
        assert year in texts["004"], reference["reference_id"]


def test_journal_year_and_ids_of_references_are_printed_or_said_to_follow_from_the_title(
    texts: dict[str, str],
) -> None:
    for reference in read_curated("references.csv"):
        key = reference["reference_id"]
        if "follows from the title" in reference["note"]:
            assert reference["resolution"] == "titled", key
            assert without_breaks(reference["title"]) in texts[reference["document_id"]], key
            continue
        assert not reference["pmid"], key
        assert not reference["doi"], key
        assert reference["journal"] in reference["citation_as_written"], key
        assert reference["year"] in reference["citation_as_written"], key
    # the documents print no identifier at all
    for document in texts.values():
        assert not re.search(r"10\.\d{4,9}/|PMID|PMC\d", document)


def test_every_citation_of_document_004_is_in_the_list(texts: dict[str, str]) -> None:
    listed = {
        (r["citation_as_written"].split()[0], re.search(r"\d{4}[ab]?", r["citation_as_written"])[0])
        for r in read_curated("references.csv")
        if r["document_id"] == "004"
    }
    cited = set()
    for before, inside in re.findall(r"(.{0,40})\(([^()]*\d{4}[ab]?)\)", texts["004"]):
        author = re.search(r"([A-Z][\w’]+)(?: et al| and \w+(?: er)?) ?$", before)
        name = author[1] if author else ""
        for part in re.split(r"[;,] ", inside):
            words = re.fullmatch(r"([A-Z][\w’]+)(?: et al| and \w+)? (\d{4}[ab]?)", part)
            name = words[1] if words else name
            if words or re.fullmatch(r"\d{4}[ab]?", part):
                cited.add((name, words[2] if words else part))
    assert cited == listed


def test_the_words_of_a_cell_agree_with_the_direction() -> None:
    for claim in claims_of_tables():
        if not claim["source_column"].startswith(("Regulation", "Effect")):
            continue
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
    events = [e for e in read_curated("adverse_events.csv") if e["document_id"] == "003"]
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
    events = [e for e in read_curated("adverse_events.csv") if e["document_id"] == "003"]
    for event in events:
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


def test_every_quotation_of_document_004_stands_there(shared: Path) -> None:
    (path,) = (shared / "seeds").glob("004_*.txt")
    text = " ".join(path.read_text(encoding="utf-8").split())
    events = [e for e in read_curated("adverse_events.csv") if e["document_id"] == "004"]
    for event in events:
        quoted = " ".join(event["verbatim_cell"].split())
        assert quoted in text, event["adverse_event_id"]
        for number in (event["value_pct"], event["n_affected"]):
            in_words = number == "1" and re.search(r"\b[Oo]ne\b", quoted)
            assert (
                not number
                or in_words
                or re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", quoted)
            ), event["adverse_event_id"]
    assert events


def test_printed_comparisons_stand_in_their_document_and_name_its_figures(
    texts: dict[str, str],
) -> None:
    events = {e["adverse_event_id"]: e for e in read_curated("adverse_events.csv")}
    compared = read_curated("printed_comparisons.csv")
    for row in compared:
        assert row["verbatim"] in texts[row["document_id"]], row["printed_comparison_id"]
        figures = [events[row[f"{side}adverse_event_id"]] for side in ("", "comparator_")]
        assert {e["term"] for e in figures} == {row["term"]}
        assert all(f"{e['value_pct']}%" in row["verbatim"] for e in figures)
        assert row["p_value"] in row["verbatim"]
        assert ("p = " in row["verbatim"]) == (row["p_state"] == "printed")
    assert len(compared) == 8
    # Every "x vs y" of adverse events in the section is among them.
    section = texts["004"].partition("Grade 4 neutro-")[2].partition("If RR is similar")[0]
    assert section.count(" vs ") == 7


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
