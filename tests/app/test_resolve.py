"""The resolver on the shipped reference, and on NCBI's and Ensembl's whole tables."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.cli.dbt_build import dbt_environment
from ingest.curated.kinds import KINDS
from ingest.curated.load import ingest_curated
from ingest.genes import ingest_genes
from warehouse.connections import open_release, open_working, write_lock
from warehouse.home import Home, installation_root
from warehouse.resolve import Lookup, Resolution, resolve

CURATED = installation_root() / "ingest" / "curated"

# Every name that the source documents use, and where it must lead.
NAMES = {
    "p21": "CDKN1A",
    "P21": "CDKN1A",
    "p21(WAF-1)": "CDKN1A",
    "p21Cip1": "CDKN1A",
    "p21 (CDKN1A)": "CDKN1A",
    "c-Myc": "MYC",
    "c-MYC": "MYC",
    "hTERT": "TERT",
    "IFN-gamma": "IFNG",
    "IFN-γ": "IFNG",
    "IFN- γ": "IFNG",
    "IL-2": "IL2",
    "IL-1b": "IL1B",
    "IL-1β": "IL1B",
    "IL-6": "IL6",
    "IL-10": "IL10",
    "IGF1-R": "IGF1R",
    "VDUP1": "TXNIP",
    "C/EBP-beta": "CEBPB",
    "C/EBP-β": "CEBPB",
    "DDX58": "RIGI",
    "Ikaros": "IKZF1",
    "Aiolos": "IKZF3",
    "IKZF1 (Ikaros)": "IKZF1",
    "Aiolos (IKZF3)": "IKZF3",
    "CD155": "PVR",
    "Cox-2": "PTGS2",
    "beta-catenin": "CTNNB1",
    "β-catenin": "CTNNB1",
    "PU.1": "SPI1",
    "LSD1": "KDM1A",
    "Cereblon (CRBN)": "CRBN",
    "Interferon Regulatory Factor 4 (IRF4)": "IRF4",
    "TNF-a": "TNF",
    "TNFα": "TNF",
    "bFGF": "FGF2",
    "VEGF": "VEGFA",
    "DKK-1": "DKK1",
    "caspase-8": "CASP8",
    "CD28": "CD28",
    "NF-AT2": "NFATC1",
    "interferon gamma": "IFNG",
    "Tumor protein, translationally-controlled 1": "TPT1",
    "ENSG00000111537": "IFNG",
    "ENSG00000111537.12": "IFNG",
    "ensg00000111537.3": "IFNG",
    "3458": "IFNG",
    "NCBIGene:3458": "IFNG",
    "irf4": "IRF4",
    " IRF-4 ": "IRF4",
    "IRF4 gene": "IRF4",
}
SEVERAL = {
    "MICA/PVR (CD155)": ["MICA", "PVR"],
    "DNMT1, 3a, 3b": ["DNMT1", "DNMT3A", "DNMT3B"],
    "DNMT1/3a/3b": ["DNMT1", "DNMT3A", "DNMT3B"],
    "IKZF1/3": ["IKZF1", "IKZF3"],
    "IKZF1/IKZF3": ["IKZF1", "IKZF3"],
}
SETS = {
    "ISGs": "interferon-stimulated-genes",
    "Interferon Stimulated Genes (ISGs)": "interferon-stimulated-genes",
    "interferon-stimulated genes": "interferon-stimulated-genes",
    "NF-kB pathway": "nf-kb-pathway",
    "NF-κB": "nf-kb-pathway",
    "NF- κ B pathway": "nf-kb-pathway",
    "genes with GC-rich promoters": "gc-rich-promoter-genes",
}

# Names that only the list of proteins knows.
PROTEINS = {
    "interleukin-2": "IL2",
    "CDK-interacting protein 1": "CDKN1A",
    "protein cereblon": "CRBN",
    "DNA-binding protein Ikaros": "IKZF1",
    "prostaglandin H2 synthase 2": "PTGS2",
}

# Written so in the documents, and understood only from the words around them.
NEEDS_ITS_SENTENCE = {
    "3a",
    "3b",
    "ligase",
    "E3 ligase",
    "cereblon (CRBN) E3 ubiquitin ligase complex",
}


@pytest.fixture(scope="module")
def small(built_home: Home) -> Iterator[Lookup]:
    yield from lookup_on(built_home.current.resolve())


@pytest.fixture(scope="module")
def large(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lookup]:
    """A look-up on the curated genes, NCBI's gene_info and Ensembl's annotation together."""
    home = Home(tmp_path_factory.mktemp("genes") / "home").create()
    with write_lock(home, "test"), open_working(home) as con:
        ingest_genes(con, CURATED / "genes.csv")
        ingest_genes(con, shared_data / "genes" / "Homo_sapiens.gene_info.gz")
        ingest_genes(con, shared_data / "genes" / "annotables_grch38.csv.gz")
        ingest_curated(con, KINDS["gene-sets"], CURATED / "gene_sets.csv")
    dbt = installation_root() / "dbt"
    ran = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "run", "--select", "+dim_gene",
         "+dim_gene_alias", "+dim_gene_set", "--project-dir", dbt, "--profiles-dir", dbt,
         "--target-path",
         home.temporary / "target", "--log-path", home.logs],
        env=dbt_environment(home), cwd=dbt, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    yield from lookup_on(home.working)


def lookup_on(path: Path) -> Iterator[Lookup]:
    con = open_release(path)

    def lookup(sql: str, parameters: Mapping[str, Any]) -> pl.DataFrame:
        return con.sql(sql, params=dict(parameters)).pl()

    yield lookup
    con.close()


@pytest.fixture(params=["small", pytest.param("large", marks=pytest.mark.slow)])
def lookup(request: pytest.FixtureRequest) -> Lookup:
    return request.getfixturevalue(request.param)


def one(name: str, lookup: Lookup) -> Resolution:
    (found,) = resolve(name, lookup)
    return found


@pytest.mark.parametrize(("name", "symbol"), NAMES.items(), ids=list(NAMES))
def test_every_name_of_the_documents_leads_to_its_gene(
    name: str, symbol: str, lookup: Lookup
) -> None:
    found = one(name, lookup)
    assert [gene.symbol for gene in found.genes] == [symbol], found.sentence
    assert found.status in {"current", "previous", "alias"}
    assert len(found.gene_ids) == 1


@pytest.mark.parametrize(("name", "symbols"), SEVERAL.items(), ids=list(SEVERAL))
def test_one_name_for_several_genes(name: str, symbols: list[str], lookup: Lookup) -> None:
    found = one(name, lookup)
    assert (found.status, found.term) == ("several_genes", name)
    assert [gene.symbol for gene in found.genes] == symbols


@pytest.mark.parametrize(("name", "set_id"), SETS.items(), ids=list(SETS))
def test_names_of_sets_are_no_genes(name: str, set_id: str, lookup: Lookup) -> None:
    found = one(name, lookup)
    assert found.status == "gene_set", found.sentence
    assert found.gene_set is not None
    assert found.gene_set.gene_set_id == set_id
    assert found.gene_ids == ()


def test_every_target_of_a_claim_leads_where_the_curator_led_it(lookup: Lookup) -> None:
    with (CURATED / "claims.csv").open(encoding="utf-8", newline="") as handle:
        claims = [c for c in csv.DictReader(handle) if c["target_type"] != "phenotype"]
    targets = {(c["target_as_written"], c["gene_symbol"] or c["gene_set_id"]) for c in claims}
    missed = set()
    for written, expected in targets:
        found = resolve(written, lookup)
        led = {gene.symbol for r in found for gene in r.genes}
        led |= {r.gene_set.gene_set_id for r in found if r.gene_set is not None}
        if expected not in led:
            missed.add(written)
    assert len(targets) > 70
    assert missed == NEEDS_ITS_SENTENCE


def test_a_list_gives_one_resolution_per_term_in_order(lookup: Lookup) -> None:
    found = resolve("MYC, p21; DNMT1, 3a\nISGs | nonsense99 IRF4 IL-2", lookup)
    assert [(r.term, r.status) for r in found] == [
        ("MYC", "current"),
        ("p21", "alias"),
        ("DNMT1, 3a", "several_genes"),
        ("ISGs", "gene_set"),
        ("nonsense99 IRF4 IL-2", "unknown"),
    ]
    assert [r.term for r in resolve("IRF4 IL-2", lookup)] == ["IRF4", "IL-2"]


def test_previous_symbols_say_so(lookup: Lookup) -> None:
    found = one("DDX58", lookup)
    assert found.status == "previous"
    assert found.sentence == "DDX58 is a previous symbol of RIGI."


def test_an_unknown_name_comes_with_what_it_is_almost(lookup: Lookup) -> None:
    found = one("IKFZ1", lookup)
    assert found.status == "unknown"
    assert found.near_misses[0].symbol == "IKZF1"
    assert "Did you mean IKZF1" in found.sentence
    assert one("zzzzqqqqxx", lookup).near_misses == ()


def test_nothing_typed_is_nothing_resolved(lookup: Lookup) -> None:
    assert resolve(" ,;\n", lookup) == []


def test_a_name_of_several_genes_is_never_resolved_by_picking_one(large: Lookup) -> None:
    found = one("P1", large)
    assert found.status == "ambiguous"
    assert found.gene_ids == ()
    assert len(found.genes) > 2
    assert "name one of them" in found.sentence


def test_names_of_proteins_lead_to_their_gene_unless_they_are_shared(large: Lookup) -> None:
    for name, symbol in PROTEINS.items():
        found = one(name, large)
        assert (found.status, [gene.symbol for gene in found.genes]) == ("alias", [symbol]), name
    shared = one("flavoprotein-linked monooxygenase", large)
    assert shared.status == "ambiguous"
    assert len(shared.genes) > 10
    assert "more; name one of them" in shared.sentence


def test_two_names_of_different_genes_in_one_are_ambiguous(small: Lookup, large: Lookup) -> None:
    """NF-AT2 is NFATC1, but the full name with a 2 is that of NFATC2."""
    name = "nuclear factor of activated T cells (NF-AT)-2"
    assert [gene.symbol for gene in one(name, small).genes] == ["NFATC1"]
    found = one(name, large)
    assert found.status == "ambiguous"
    assert {gene.symbol for gene in found.genes} == {"NFATC1", "NFATC2"}


def test_the_documents_sense_of_a_name_wins_and_the_others_are_named(large: Lookup) -> None:
    found = one("p21", large)
    assert found.genes[0].symbol == "CDKN1A"
    assert {"NSG1", "TCEAL1"} <= set(found.also)


def test_an_unknown_name_is_not_guessed_from_a_mere_alias_in_its_parentheses(
    large: Lookup,
) -> None:
    assert one("some new factor (NF)", large).status == "unknown"


def test_values_are_bound_not_pasted(lookup: Lookup) -> None:
    assert one("x'=''--9", lookup).status == "unknown"


def test_the_command_line_resolves(built_home: Home) -> None:
    imid = Path(sys.executable).parent / "imid"
    arguments = [imid, "--home", built_home.root, "resolve", "--json", "DNMT1, 3a, 3b", "IRFF4"]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=True)
    several, unknown = json.loads(ran.stdout)
    assert several["status"] == "several_genes"
    assert len(several["gene_ids"]) == 3
    assert [near["symbol"] for near in unknown["near_misses"]] == ["IRF4"]
    ran = subprocess.run(
        [imid, "--home", built_home.root, "resolve", "Aiolos"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.startswith("alias         Aiolos is another name of IKZF3. [ENSG00000161405]")
