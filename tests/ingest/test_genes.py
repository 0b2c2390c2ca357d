"""Gene references: the known forms, one-to-many kept, and what is refused."""

import csv
import gzip
import re

import polars as pl
import pytest

from ingest.genes import ingest_genes, read_gene_reference
from warehouse.connections import open_working, write_lock
from warehouse.errors import DataError
from warehouse.home import installation_root
from warehouse.organisms import ORGANISMS, common_name

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
    "63221\t5\tND1\t-\t-\t-\tMT\tx\tprotein-coding\n"
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


MOUSE_INFO = (
    GENE_INFO.splitlines()[0]
    + "\n10090\t11287\tPzp\t-\tA1m\tMGI:1|Ensembl:ENSMUSG00000030359\t6\tx\tprotein-coding\n"
    "10090\t11298\tAanat\t-\t-\tMGI:2\t11\tx\tprotein-coding\n"
    "10091\t17705\tATP6\t-\t-\t-\tMT\tx\tprotein-coding\n"
)
MOUSE_TABLE = ENSEMBL.replace("ENSG", "ENSMUSG")
FLY_TABLE = '"ensgene","entrez","symbol"\n"FBgn0000003",NA,"7SLRNA"\n'


def test_gene_info_keeps_one_to_many_and_other_organisms_apart(read):
    reference = read(GENE_INFO)
    assert [(r.line, r.reason, r.content) for r in reference.rejected] == [
        (6, "the tax id is not that of human (9606)", "tax id 63221, gene 5 ND1")
    ]
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
    ("text", "genes", "refused"),
    [
        (
            MOUSE_INFO,
            [
                ("ENSMUSG00000030359", 11287, "Pzp", "mouse"),
                ("NCBIGene:11298", 11298, "Aanat", "mouse"),
            ],
            1,
        ),
        (
            MOUSE_TABLE,
            [
                ("ENSMUSG00000000001", 7, "AA", "mouse"),
                ("ENSMUSG00000000002", None, "BB", "mouse"),
                ("ENSMUSG00000000003", None, None, "mouse"),
            ],
            0,
        ),
        (FLY_TABLE, [("FBgn0000003", None, "7SLRNA", "fruit fly")], 0),
        (
            "gene_id,symbol,organism\nENSDARG00000038868,rigi,Danio rerio\nX1,a,Mouse\n",
            [
                ("ENSDARG00000038868", None, "rigi", "zebrafish"),
                ("X1", None, "a", "mouse"),
            ],
            0,
        ),
    ],
    ids=["gene_info", "ensembl", "fly", "curated"],
)
def test_the_organism_is_the_file_s_own(read, text, genes, refused):
    reference = read(text)
    columns = ("gene_id", "entrez_id", "symbol", "organism")
    assert reference.genes.select(columns).rows() == genes
    assert len(reference.rejected) == refused


ODD_ROWS = (
    '"LRG_1",x,"COL1A1","17","LRG_gene","no Entrez id"\n'
    '"ENSG00000000001.15_PAR_Y",7,"AA","Y","protein_coding","a copy"\n'
    '"ENSGR0000182378",7,"AA","Y","protein_coding","a copy"\n'
    '"",7,"","Y","protein_coding",""\n'
)


def test_rows_of_no_gene_are_rejected_from_an_ensembl_table(read):
    first, *others = ENSEMBL.splitlines(keepends=True)
    reference = read(first + ODD_ROWS + "".join(others))
    reason = "the gene id is none that Ensembl gives a gene of human"
    assert [(r.line, r.reason, r.content) for r in reference.rejected] == [
        (2, reason, "gene LRG_1, symbol COL1A1"),
        (3, reason, "gene ENSG00000000001.15_PAR_Y, symbol AA"),
        (4, reason, "gene ENSGR0000182378, symbol AA"),
        (5, reason, "gene -, symbol -"),
    ]
    clean = read(ENSEMBL)
    assert reference.genes.equals(clean.genes)
    assert reference.aliases.equals(clean.aliases)


def test_versions_are_taken_off_the_ids_of_an_ensembl_table(read):
    versioned = ENSEMBL.replace("ENSG00000000001", "ENSG00000000001.15")
    versioned = versioned.replace("ENSG00000000002", "ENSG00000000002.3", 1)
    reference, clean = read(versioned), read(ENSEMBL)
    assert reference.genes.equals(clean.genes)
    assert reference.aliases.equals(clean.aliases)
    assert not reference.rejected


def test_a_bad_row_behind_rejected_ones_is_named_by_its_own_line(read):
    first, *others = ENSEMBL.replace('3",NA', '3","x"').splitlines(keepends=True)
    with pytest.raises(DataError, match=r"line 9\b.*'x' is not an Entrez"):
        read(first + ODD_ROWS + "".join(others))


def test_rows_of_other_organisms_are_kept_among_the_refused(home, tmp_path):
    path = tmp_path / "Mus_musculus.gene_info"
    path.write_text(MOUSE_INFO, encoding="utf-8")
    with write_lock(home, "test"), open_working(home) as con:
        outcome = ingest_genes(con, path)
        assert (outcome.rows_loaded, outcome.rows_refused) == (2, 1)
        assert con.execute("select line, content from ops.rejected_rows").fetchall() == [
            (4, "tax id 10091, gene 17705 ATP6")
        ]


def test_a_reference_that_an_older_reading_made_is_read_again(home, tmp_path, monkeypatch):
    path = tmp_path / "mouse.csv"
    path.write_text(MOUSE_TABLE, encoding="utf-8")
    with write_lock(home, "test"), open_working(home) as con:
        monkeypatch.setattr("ingest.genes.READING", "an older one")
        actions = [ingest_genes(con, path).action]
        monkeypatch.undo()
        actions += [ingest_genes(con, path).action for _ in range(2)]
    assert actions == ["loaded", "replaced", "unchanged"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GENE_INFO + MOUSE_INFO.splitlines()[1] + "\n", "rows are of human and mouse"),
        (
            GENE_INFO.replace("\n9606", "\n4932"),
            r"its tax ids \(4932, 63221\) are of none of human",
        ),
        (GENE_INFO + GENE_INFO.splitlines()[5].join("\n" * 6), "rows are of many organisms"),
        (
            ENSEMBL + MOUSE_TABLE.splitlines()[1] + "\n",
            "ENSMUSG00000000001 is a gene of mouse in a table of human",
        ),
        (
            ENSEMBL.replace("ENSG", "ENSXXXG"),
            r"none of its gene ids \(ENSXXXG00000000001, .*\) is one that Ensembl gives a gene of",
        ),
        ('"ensgene","entrez","symbol"\n"",1,"S"\n', r"none of its gene ids \(all are empty\)"),
        ("a,b\n1,2\n", "no known gene reference"),
        (CURATED + "ENSG00000107201,1,X,,,,,\n", "stands twice"),
        (CURATED + "ENSG00000107202,x,X,,,,,\n", "integer"),
        (GENE_INFO + "9606\tx\n", "fields"),
        (
            GENE_INFO + GENE_INFO.splitlines()[1].replace("\t1\t", "\tone\t", 1) + "\n",
            "not an Entrez",
        ),
        (GENE_INFO.replace("9606\t3\t", "9606\t\t"), "'' is not an Entrez"),
        (GENE_INFO.replace("9606\t3\t", "9606\t-\t"), "'' is not an Entrez"),
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
    human = with_ensembl = others = 0
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        for line in handle:
            fields = line.split("\t")
            if fields[0] == "9606":
                human += 1
                with_ensembl += "Ensembl:ENSG" in fields[5]
            elif not line.startswith("#"):
                others += 1
    entrez = reference.aliases.filter(pl.col("alias_kind") == "entrez")
    assert entrez["alias"].n_unique() == human
    assert len(reference.rejected) == others > 0
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


def test_the_marts_name_organisms_as_the_loads_do():
    macro = (installation_root() / "dbt" / "macros" / "wording.sql").read_text(encoding="utf-8")
    named = dict(re.findall(r"when '([a-z ]+)' then '([a-z ]+)'", macro.split("endmacro")[0]))
    assert named == {o.scientific_name.lower(): o.name for o in ORGANISMS}
    assert {name: common_name(name.upper()) for name in named} == named
    assert common_name(" Danio aequipinnatus") == "danio aequipinnatus"
