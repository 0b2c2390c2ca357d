"""Gene references: the known forms, one-to-many kept, and what is refused."""

import csv
import gzip

import polars as pl
import pytest

from ingest.genes import ingest_genes, read_gene_reference
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import installation_root

CURATED = """\
gene_id,entrez_id,symbol,name,biotype,chromosome,previous_symbols,aliases
ENSG00000107201,23586,RIGI,RNA sensor,protein_coding,9,DDX58,RIG-I|RIGI-1
ENSG00000124762,,CDKN1A,,,,,
"""
GENE_INFO = (
    "#tax_id\tGeneID\tSymbol\tLocusTag\tSynonyms\tdbXrefs\tchromosome\tdescription\ttype_of_gene\n"
    "9606\t1\tA1BG\t-\tA1B|ABG\tHGNC:5|Ensembl:ENSG00000121410\t19\tglyco\tprotein-coding\n"
    "9606\t2\tTWO\t-\t-\tEnsembl:ENSG00000000001|Ensembl:ENSG00000000002\t1\t-\tncRNA\n"
    "9606\t3\tNONE\t-\tN1\t-\t1\tno Ensembl\tpseudo\n"
    "9606\t4\tMORE\t-\t-\tEnsembl:ENSG00000000002\t1\tx\tncRNA\n"
    "10090\t5\tMouse\t-\t-\tEnsembl:ENSMUSG00000000001\t1\tx\tncRNA\n"
)
HGNC = (
    "hgnc_id\tsymbol\tname\tlocus_group\tlocation\talias_symbol\tprev_symbol\tentrez_id\t"
    "ensembl_gene_id\n"
    'HGNC:19102\tRIGI\tRNA sensor\tprotein-coding gene\t9p21.1\t"RIG-I|FLJ13599"\tDDX58\t23586\t'
    "ENSG00000107201\n"
    "HGNC:2\tONLYNCBI\tx\tother\tXq28\t\t\t77\t\n"
    "HGNC:3\tNEITHER\tx\tother\tunplaced\t\t\t\t\n"
)
ENSEMBL = (
    '"ensgene","entrez","symbol","chr","biotype","description"\n'
    '"ENSG00000000001",7,"AA","1","protein_coding","a, b"\n'
    '"ENSG00000000002",8,"BB","2","lncRNA","c"\n'
    '"ENSG00000000002",9,"BB","2","lncRNA","c"\n'
    '"ENSG00000000003",NA,"","X","lncRNA",""\n'
)


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "genes.txt"
        path.write_text(text, encoding="utf-8")
        return read_gene_reference(path)

    return read


def names_of(reference, gene_id):
    return set(reference.aliases.filter(pl.col("gene_id") == gene_id).drop("gene_id").rows())


def test_curated(read):
    reference = read(CURATED)
    assert reference.form == "curated gene reference"
    assert reference.genes.select("gene_id", "entrez_id", "symbol", "organism").rows() == [
        ("ENSG00000107201", 23586, "RIGI", "human"),
        ("ENSG00000124762", None, "CDKN1A", "human"),
    ]
    assert names_of(reference, "ENSG00000107201") == {
        ("RIGI", "symbol"),
        ("DDX58", "previous_symbol"),
        ("RIG-I", "alias"),
        ("RIGI-1", "alias"),
        ("ENSG00000107201", "ensembl"),
        ("23586", "entrez"),
    }
    assert names_of(reference, "ENSG00000124762") == {
        ("CDKN1A", "symbol"),
        ("ENSG00000124762", "ensembl"),
    }


def test_gene_info_keeps_one_to_many_and_leaves_other_organisms(read):
    reference = read(GENE_INFO)
    genes = {g["gene_id"]: g for g in reference.genes.rows(named=True)}
    assert set(genes) == {
        "ENSG00000121410",
        "ENSG00000000001",
        "ENSG00000000002",
        "NCBIGene:3",
    }
    assert genes["ENSG00000000002"]["entrez_id"] is None
    assert {("2", "entrez"), ("4", "entrez"), ("MORE", "symbol"), ("TWO", "symbol")} <= names_of(
        reference, "ENSG00000000002"
    )
    assert names_of(reference, "NCBIGene:3") == {
        ("NONE", "symbol"),
        ("N1", "alias"),
        ("3", "entrez"),
    }


def test_gene_info_gives_the_names_of_proteins_where_it_has_them(read):
    lines = GENE_INFO.splitlines()
    with_proteins = [lines[0] + "\tOther_designations", lines[1] + "\talpha-1B|glyco B"]
    reference = read("\n".join([*with_proteins, lines[3] + "\t-"]) + "\n")
    proteins = reference.aliases.filter(pl.col("alias_kind") == "protein_name")
    assert proteins.select("gene_id", "alias").rows() == [
        ("ENSG00000121410", "alpha-1B"),
        ("ENSG00000121410", "glyco B"),
    ]


def test_hgnc_complete_set(read):
    reference = read(HGNC)
    assert reference.genes.select("gene_id", "entrez_id", "symbol", "chromosome").rows() == [
        ("ENSG00000107201", 23586, "RIGI", "9"),
        ("NCBIGene:77", 77, "ONLYNCBI", "X"),
        ("HGNC:3", None, "NEITHER", None),
    ]
    assert {("DDX58", "previous_symbol"), ("RIG-I", "alias"), ("FLJ13599", "alias")} <= names_of(
        reference, "ENSG00000107201"
    )


def test_ensembl_table_keeps_one_to_many(read):
    reference = read(ENSEMBL)
    genes = {g["gene_id"]: g for g in reference.genes.rows(named=True)}
    assert [genes[f"ENSG0000000000{i}"]["entrez_id"] for i in (1, 2, 3)] == [7, None, None]
    assert genes["ENSG00000000001"]["name"] == "a, b"
    assert genes["ENSG00000000003"]["symbol"] is None
    assert {("8", "entrez"), ("9", "entrez")} <= names_of(reference, "ENSG00000000002")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a,b\n1,2\n", "no known gene reference"),
        (CURATED + "ENSG00000107201,1,X,,,,,\n", "stands twice"),
        (CURATED + "ENSG00000107202,x,X,,,,,\n", "integer"),
        (GENE_INFO + "9606\tx\n", "fields"),
        (
            GENE_INFO + GENE_INFO.splitlines()[1].replace("\t1\t", "\tone\t", 1) + "\n",
            "not an Entrez",
        ),
        (GENE_INFO.replace("\tSynonyms\t", "\tSyn\t"), "no known gene reference"),
        (ENSEMBL + '"ENSG00000000009","x","S","1","b","d"\n', "not an Entrez"),
        (ENSEMBL + '"ENSG00000000009",1\n', "fields"),
        (ENSEMBL.replace('"entrez"', '"entre"'), "no known gene reference"),
        (ENSEMBL + '"ENSG00000000009,1,"S"x,"1","b","d"\n', "quote"),
    ],
)
def test_references_refused(read, text, problem):
    with pytest.raises(DataError, match=problem):
        read(text)


def test_the_shipped_reference_and_a_reload(home):
    path = installation_root() / "ingest" / "curated" / "genes.csv"
    with write_lock(home, "test"), open_working(home) as con:
        assert ingest_genes(con, path).action == "loaded"
        assert ingest_genes(con, path).action == "unchanged"
        one = con.execute(
            "select distinct gene_id from raw.gene_aliases where alias in ('DDX58', 'RIGI')"
        ).fetchall()
    assert one == [("ENSG00000107201",)]


def test_real_gene_info_row_for_row(shared_data):
    path = shared_data / "genes" / "Homo_sapiens.gene_info.gz"
    reference = read_gene_reference(path)
    human = with_ensembl = 0
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for line in handle:
            fields = line.split("\t")
            if fields[0] == "9606":
                human += 1
                with_ensembl += "Ensembl:ENSG" in fields[5]
    entrez = reference.aliases.filter(pl.col("alias_kind") == "entrez")
    assert entrez["alias"].n_unique() == human
    own = reference.genes.filter(pl.col("gene_id").str.starts_with("NCBIGene:"))
    assert own.height == human - with_ensembl
    assert ("ENSG00000141510", "TP53", "symbol") in reference.aliases.rows()


def test_real_ensembl_table_row_for_row(shared_data):
    path = shared_data / "genes" / "annotables_grch38.csv.gz"
    reference = read_gene_reference(path)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert reference.genes.height == len({r["ensgene"] for r in rows})
    pairs = {(r["ensgene"], r["entrez"]) for r in rows if r["entrez"] not in {"", "NA"}}
    entrez = reference.aliases.filter(pl.col("alias_kind") == "entrez")
    assert set(entrez.select("gene_id", "alias").rows()) == pairs
