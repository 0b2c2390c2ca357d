"""Every reader with a small sound file, what it reads, and a plain second reading of the same."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.dom import minidom

import yaml
from scipy.stats import norm

from ingest.assay.definition import AssayDefinition
from ingest.assay.table import read_assay_table
from ingest.curated.clinical import Pharmacokinetic
from ingest.curated.load import read_rows
from ingest.curated.models import AdverseEvent, Claim, Drug
from ingest.gene_sets import read_gmt
from ingest.genes import read_gene_reference
from ingest.study.definition import ResultsDefinition, read_definition
from ingest.study.forms import recognise
from ingest.study.forms.base import FormOptions
from ingest.study.results import read_results
from ingest.study.samples import read_sample_sheet
from ingest.trials.files import read_records_of
from tests.ingest.trials.records import XML, api_study
from warehouse.home import installation_root

CURATED: Final = installation_root() / "ingest" / "curated"
SAMPLES: Final = ["s1", "s2", "s3"]
GENES: Final = [f"ENSG{n:011d}" for n in range(1, 13)]
COUNTS: Final = {g: [7 * i + 100 * j + 3 for j in range(3)] for i, g in enumerate(GENES)}
STATISTICS: Final = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
TX2GENE: Final = "tx2gene.tsv"
MISSING: Final = frozenset({"NA", "NaN", "nan", "NULL", "N/A"})

Values = Any


@dataclass(frozen=True)
class Form:
    """A kind of file.

    Attributes
    ----------
    name
        Name of the file as people have it.
    read
        The product's reading, as plain values.
    plain
        A second reading of the text by the standard library alone.
    unpacks
        Whether a compressed file is read too.
    """

    name: str
    sound: bytes
    read: Callable[[Path], Values]
    plain: Callable[[str], Values]
    unpacks: bool = True


def lines_of(text: str, mark: str) -> list[list[str]]:
    lines = re.split(r"\r\n|\r|\n", text.lstrip("\ufeff"))
    kept = "\n".join(line for line in lines if not line.startswith("# "))
    rows = csv.reader(io.StringIO(kept, newline=""), delimiter=mark)
    return [row for row in rows if row]


def tabbed(rows: Sequence[Sequence[object]], mark: str = "\t") -> bytes:
    return "".join(mark.join(map(str, row)) + "\n" for row in rows).encode()


def counted(samples: Sequence[str]) -> Callable[[Path], Values]:
    def read(path: Path) -> Values:
        form = recognise([path], samples)
        reading = form.read(
            [path],
            samples,
            FormOptions(
                sample_files={path: samples[0]} if len(samples) == 1 else {},
                sample_names={path.name: samples[0]} if len(samples) == 1 else {},
                tx2gene=path.parent / TX2GENE,
            ),
        )
        assert reading.matrix is not None
        return {row[0]: list(row[1:]) for row in reading.matrix.counts.rows()}

    return read


def gene(cell: str) -> str:
    """An id without the version that Ensembl puts behind it."""
    return re.sub(r"^(ENSG\d{11})\.\d+$", r"\1", cell.strip())


def wide(mark: str, first: int) -> Callable[[str], Values]:
    """A table with a header whose counts start at a column."""

    def plain(text: str) -> Values:
        rows = lines_of(text, mark)
        header = next(i for i, row in enumerate(rows) if len(row) > first)
        return {gene(row[0]): [int(float(c)) for c in row[first:]] for row in rows[header + 1 :]}

    return plain


def column(position: int, heading: str | None = None) -> Callable[[str], Values]:
    """A table whose counts stand in one column, below a heading if there is one."""

    def plain(text: str) -> Values:
        rows = lines_of(text, "\t")
        header = next((i for i, row in enumerate(rows) if row[0].lstrip("#") == heading), -1)
        kept = [r for r in rows[header + 1 :] if not r[0].startswith(("#", "__", *STATISTICS))]
        return {gene(row[0]): [int(float(row[position]))] for row in kept}

    return plain


def plain_long(text: str) -> Values:
    found: dict[str, dict[str, int]] = {}
    for gene, sample, count in lines_of(text, "\t")[1:]:
        found.setdefault(gene.strip(), {})[sample.strip()] = int(float(count))
    return {gene: [counts[sample] for sample in SAMPLES] for gene, counts in found.items()}


def text_rows(text: str) -> Values:
    first = text.removeprefix("\ufeff").lstrip("\n").split("\n", 1)[0]
    header, *rows = lines_of(text, max("\t,;", key=first.count))
    return [
        {h.strip(): c.strip() for h, c in zip(header, row, strict=True) if c.strip()}
        for row in rows
    ]


def read_curated(model: Any) -> Callable[[Path], Values]:
    def read(path: Path) -> Values:
        return [model_texts(row) for _, row in read_rows(path, model)]

    return read


def plain_curated(model: Any) -> Callable[[str], Values]:
    return lambda text: [model_texts(model.model_validate(row)) for row in text_rows(text)]


def model_texts(row: Any) -> dict[str, str]:
    return {k: str(v) for k, v in row.model_dump().items() if v is not None}


def read_sheet(path: Path) -> Values:
    rows = read_sample_sheet(path).attributes.rows(named=True)
    return [{k: v for k, v in row.items() if v is not None} for row in rows]


def read_de(path: Path) -> Values:
    study = path.parent / "study.yaml"
    found = read_results(
        study, ResultsDefinition(file=path.name, factor="d", numerator="a", denominator="b")
    )
    rows = found.rows
    return {r["gene_id"]: (r["log2_fold_change"], r["p_value"]) for r in rows.rows(named=True)}


def plain_de(text: str) -> Values:
    # What stands several times, names no gene or is infinite is kept apart, with its line.
    header, *rows = lines_of(text, ",")
    # The column of row names may be without a name.
    header = [h.strip() or "gene" for h in ["gene", *header][-len(rows[0]) :]]
    records = [dict(zip(header, (c.strip() for c in row), strict=True)) for row in rows]
    named = [(gene(r.get("gene") or "NA"), r) for r in records]
    times = Counter(gene for gene, _ in named)

    def number(cell: str | None) -> float | None:
        return None if cell in {None, "", *MISSING} else float(cell)

    found = {g: (number(r.get("log2FoldChange")), number(r.get("pvalue"))) for g, r in named}
    return {
        gene: (change, p_value)
        for gene, (change, p_value) in found.items()
        if times[gene] == 1 and gene not in MISSING and not math.isinf(change or 0)
    }


def read_assay(path: Path) -> Values:
    definition = AssayDefinition(
        id="a", title="a", kind="cytotoxicity", table=path.name, vehicle="DMSO",
        concentration_unit="uM",
    )  # fmt: skip
    rows = read_assay_table(path, definition).rows
    return [(r["treatment"], r["concentration_um"], r["signal"]) for r in rows]


def plain_assay(text: str) -> Values:
    rows = text_rows(text)
    at = {"treatment", "concentration", "conc"}
    # A well without a signal is kept apart, with its line; replicates may have any heading; a
    # vehicle is at nought, whatever stands there.
    return [
        (name, 0.0 if name == "DMSO" else float(r.get("concentration") or r["conc"]), float(signal))
        for r in rows
        for name in [r["treatment"]]
        for heading, signal in r.items()
        if heading not in at
    ]


def read_genes(path: Path) -> Values:
    return [row[:3] for row in read_gene_reference(path).genes.rows()]


def plain_genes(text: str) -> Values:
    return [(r["gene_id"], int(r["entrez_id"]), r["symbol"]) for r in text_rows(text)]


def plain_gene_info(text: str) -> Values:
    lines = [line for line in text.lstrip("#\ufeff").splitlines() if line.strip()]
    header, *rows = [line.split("\t") for line in lines]
    named = [dict(zip(header, row, strict=True)) for row in rows if row[0] == "9606"]
    # A gene that stands several times is told by its first row.
    first = {r["GeneID"]: r for r in reversed(named)}
    ids = dict.fromkeys(r["GeneID"] for r in named)
    return [(f"NCBIGene:{i}", int(i), first[i]["Symbol"]) for i in ids]


def plain_gmt(text: str) -> Values:
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    rows = [line.split("\t") for line in lines if line.strip()]
    return [
        (row[0], "|".join(dict.fromkeys(g.split(",")[0] for g in row[2:] if g))) for row in rows
    ]


def read_trials(path: Path) -> Values:
    return [
        (f.record.nct_id, f.record.brief_title, [e.n_affected for e in f.record.events])
        for f in read_records_of([path])
    ]


def plain_json(text: str) -> Values:
    study = json.loads(text)
    identity = study["protocolSection"]["identificationModule"]
    adverse = study.get("resultsSection", {}).get("adverseEventsModule", {})
    stats = [
        stat.get("numAffected")
        for kind in ("serious", "other")
        for event in adverse.get(f"{kind}Events", [])
        for stat in event.get("stats", [])
    ]
    return [(identity["nctId"], identity.get("briefTitle", identity["nctId"]), stats)]


def plain_xml(text: str) -> Values:
    document = minidom.parseString(text.encode())  # noqa: S318

    def first(tag: str) -> str:
        return document.getElementsByTagName(tag)[0].firstChild.data  # type: ignore[union-attr]

    affected = [
        n.getAttribute("subjects_affected")
        for event in document.getElementsByTagName("event")
        if "Total," not in event.getElementsByTagName("sub_title")[0].toxml()
        for n in event.getElementsByTagName("counts")
    ]
    return [(first("nct_id"), first("brief_title"), [int(n) if n else None for n in affected])]


def plain_soft(text: str) -> Values:
    found: list[list[str]] = []
    for line in text.removeprefix("\ufeff").splitlines():
        name, _, value = (part.strip() for part in line.partition("="))
        if name == "^SAMPLE":
            found.append([value])
        elif name.startswith("!Sample_") and value:
            found[-1].append(value.split(": ", 1)[-1])
    return found


def plain_series(text: str) -> Values:
    rows = {r[0]: r[1:] for r in lines_of(text, "\t") if r[0].startswith("!Sample_")}
    ids = rows["!Sample_geo_accession"]
    titles = rows["!Sample_title"]
    return [{"sample_id": i, "title": t} for i, t in zip(ids, titles, strict=True)]


def read_study(path: Path) -> Values:
    study = read_definition(path)
    return {"id": study.id, "title": study.title, "samples": study.samples}


def plain_study(text: str) -> Values:
    held = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    return {key: held.get(key) for key in ("id", "title", "samples")}


def shipped(name: str, rows: int) -> bytes:
    with (CURATED / name).open(encoding="utf-8", newline="") as handle:
        kept = [row for row, _ in zip(csv.reader(handle), range(rows + 1), strict=False)]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(kept)
    return text.getvalue().encode()


STUDY = (
    b"id: a-study\ntitle: A study\norganism: human\nsamples: samples.csv\ncounts: counts.csv\n"
    b"design: ~ drug\ncontrasts:\n  - {factor: drug, numerator: a, denominator: b}\n"
)
DE = tabbed(
    [["gene", "baseMean", "log2FoldChange", "lfcSE", "stat", "pvalue", "padj"]]
    + [
        [g, 100 + i, 0.25 * z, 0.25, z, f"{2 * norm.sf(z):.6g}", 0.05]
        for i, g in enumerate(GENES)
        for z in [(2 + i) / 8]
    ],
    ",",
)
GENE_INFO_HEADER = [
    "#tax_id", "GeneID", "Symbol", "LocusTag", "Synonyms", "dbXrefs", "chromosome",
    "map_location", "description", "type_of_gene",
]  # fmt: skip
SOFT = b"^SERIES = GSE1\n!Series_title = A series\n" + b"".join(
    f"^SAMPLE = GSM{i}\n!Sample_title = sample {i}\n"
    f"!Sample_characteristics_ch1 = treatment: drug {i}\n".encode()
    for i in range(1, 7)
)
SERIES = (
    b'!Series_title\t"A series"\n'
    + tabbed([["!Sample_title", *(f'"sample {i}"' for i in range(6))]])
    + tabbed([["!Sample_geo_accession", *(f'"GSM{i}"' for i in range(6))]])
)
ONE, ROWS = SAMPLES[:1], list(COUNTS.items())


def transcripts(header: Sequence[str]) -> bytes:
    return tabbed([header, *([g.replace("G", "T"), 900, 700, 10, c[0]] for g, c in ROWS)])


def plain_transcripts(text: str) -> Values:
    # What leads to no gene is kept apart, with its counts.
    known = {g.replace("G", "T"): g for g in GENES}
    rows = lines_of(text, "\t")[1:]
    return {known[row[0]]: [int(float(row[-1]))] for row in rows if row[0] in known}


FORMS: Final[dict[str, Form]] = {
    "matrix": Form(
        "counts.csv",
        tabbed([["gene_id", *SAMPLES], *([g, *c] for g, c in ROWS)], ","),
        counted(SAMPLES),
        wide(",", 1),
    ),
    "nfcore": Form(
        "merged.tsv",
        tabbed(
            [
                ["gene_id", "gene_name", *SAMPLES],
                *([g, f"G{i}", *c] for i, (g, c) in enumerate(ROWS)),
            ]
        ),
        counted(SAMPLES),
        wide("\t", 2),
    ),
    "geo-counts": Form(
        "GSE1_raw_counts.tsv",
        tabbed(
            [["GeneID", "GSM1", "GSM2", "GSM3"], *([i, *c] for i, (_, c) in enumerate(ROWS, 1))]
        ),
        counted(["GSM1", "GSM2", "GSM3"]),
        wide("\t", 1),
    ),
    "gct": Form(
        "counts.gct",
        b"#1.2\n12\t3\n"
        + tabbed([["Name", "Description", *SAMPLES], *([g, "na", *c] for g, c in ROWS)]),
        counted(SAMPLES),
        wide("\t", 2),
    ),
    "long": Form(
        "long.tsv",
        tabbed(
            [
                ["gene_id", "sample", "count"],
                *([g, s, n] for g, c in ROWS for s, n in zip(SAMPLES, c, strict=True)),
            ]
        ),
        counted(SAMPLES),
        plain_long,
    ),
    "featurecounts": Form(
        "counts.txt",
        b"# Program:featureCounts v2.0.3\n"
        + tabbed(
            [
                ["Geneid", "Chr", "Start", "End", "Strand", "Length", "s1.bam"],
                *([g, "1", 1, 9, "+", 9, c[0]] for g, c in ROWS),
            ]
        ),
        counted(ONE),
        column(6, "Geneid"),
    ),
    "htseq": Form(
        "s1.counts",
        tabbed([*([g, c[0]] for g, c in ROWS), ["__no_feature", 5], ["__ambiguous", 2]]),
        counted(ONE),
        column(1),
    ),
    "star": Form(
        "s1.ReadsPerGene.out.tab",
        tabbed(
            [
                *(
                    [n, 1, 2, 3]
                    for n in ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
                ),
                *([g, c[0], 1, c[0]] for g, c in ROWS),
            ]
        ),
        counted(ONE),
        column(3),
    ),
    "rsem": Form(
        "s1.genes.results",
        tabbed(
            [
                [
                    "gene_id",
                    "transcript_id(s)",
                    "length",
                    "effective_length",
                    "expected_count",
                    "TPM",
                    "FPKM",
                ],
                *([g, g, 9, 8, c[0], 1, 1] for g, c in ROWS),
            ]
        ),
        counted(ONE),
        column(4, "gene_id"),
    ),
    "salmon": Form(
        "quant.sf",
        transcripts(["Name", "Length", "EffectiveLength", "TPM", "NumReads"]),
        counted(ONE),
        plain_transcripts,
    ),
    "de-results": Form("results.csv", DE, read_de, plain_de),
    "samples": Form(
        "samples.csv",
        tabbed(
            [
                ["sample_id", "drug", "note"],
                *([s, "DMSO", f"=1+{i}"] for i, s in enumerate(SAMPLES)),
            ],
            ",",
        ),
        read_sheet,
        text_rows,
    ),
    "geo-soft": Form(
        "GSE1_family.soft",
        SOFT,
        lambda path: [list(row.values()) for row in read_sheet(path)],
        plain_soft,
    ),
    "geo-series": Form("GSE1_series_matrix.txt", SERIES, read_sheet, plain_series),
    "study": Form("study.yaml", STUDY, read_study, plain_study, unpacks=False),
    "assay-table": Form(
        "plates.csv",
        tabbed(
            [
                ["treatment", "concentration", "signal"],
                *(["DMSO", 0, 1000 + i] for i in range(3)),
                *(["drug", 10**i, 900 - i] for i in range(4)),
            ],
            ",",
        ),
        read_assay,
        plain_assay,
    ),
    "claims": Form(
        "claims.csv", shipped("claims.csv", 6), read_curated(Claim), plain_curated(Claim)
    ),
    "adverse-events": Form(
        "adverse_events.csv",
        shipped("adverse_events.csv", 6),
        read_curated(AdverseEvent),
        plain_curated(AdverseEvent),
    ),
    "pharmacokinetics": Form(
        "pharmacokinetics.csv",
        shipped("pharmacokinetics.csv", 6),
        read_curated(Pharmacokinetic),
        plain_curated(Pharmacokinetic),
    ),
    "drugs": Form("drugs.csv", shipped("drugs.csv", 4), read_curated(Drug), plain_curated(Drug)),
    "genes": Form("genes.csv", shipped("genes.csv", 6), read_genes, plain_genes),
    "gene-info": Form(
        "gene_info.tsv",
        tabbed(
            [
                GENE_INFO_HEADER,
                *(
                    [9606, i, f"SYM{i}", "-", "-", "-", "1", "-", "a gene", "protein-coding"]
                    for i in range(1, 9)
                ),
            ]
        ),
        read_genes,
        plain_gene_info,
    ),
    "gmt": Form(
        "sets.gmt",
        tabbed([[f"SET{i}", "words", "IRF4", "MYC", f"GENE{i}"] for i in range(6)]),
        lambda path: read_gmt(path).select("name", "member_symbols").rows(),
        plain_gmt,
    ),
    "trial-json": Form(
        "NCT09999999.json", json.dumps(api_study(), indent=1).encode(), read_trials, plain_json
    ),
    "trial-xml": Form("NCT09999999.xml", XML.encode(), read_trials, plain_xml),
}
