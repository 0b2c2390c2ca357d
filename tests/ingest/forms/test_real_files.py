"""Every real quantifier output at hand: what is recognised, and number for number what it holds.

The expected numbers are read with the csv module and plain arithmetic, never through the code
under test.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from ingest.study.forms import recognise
from ingest.study.forms.base import FormOptions, Reading


def rows_of(path: Path, delimiter: str = "\t") -> Iterator[list[str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as handle:
        yield from csv.reader(handle, delimiter=delimiter)


def read(paths: list[Path], samples: list[str], expected_form: str, **options: object) -> Reading:
    form = recognise(paths, samples)
    assert form.name == expected_form
    return form.read(paths, samples, FormOptions(**options))  # type: ignore[arg-type]


def column(reading: Reading, sample: str) -> dict[str, int]:
    assert reading.matrix is not None
    ids = reading.matrix.features["gene_id_as_given"]
    return dict(zip(ids, reading.matrix.counts[sample], strict=True))


def half_even(value: float) -> int:
    return round(value)


def test_featurecounts(formats: Path) -> None:
    path = formats / "featurecounts" / "featureCounts.txt"
    samples = ["UHR_1", "UHR_2", "UHR_3", "HBR_1", "HBR_2", "HBR_3"]
    reading = read([path], samples, "featurecounts")
    _, header, *rows = rows_of(path)
    for sample in samples:
        place = next(i for i, h in enumerate(header) if h.endswith(f"/{sample}.bam"))
        assert column(reading, sample) == {r[0]: int(r[place]) for r in rows}
    assert reading.matrix is not None
    assert reading.matrix.counts.columns == ["gene_id", *samples]
    assert reading.recognised == "featureCounts, 1 file, 6 samples"
    assert sum(r[0].startswith("ERCC-") for r in rows) == 92


@pytest.mark.parametrize(
    ("name", "sample", "genes"),
    [
        (
            "Count.genes.HTseq.232902658_R1_trimmed.star1pass.10MMAligned.sortedByCoord.out.txt",
            "232902658",
            57_773,
        ),
        ("WTCHG_536273_229157.tsv", "WTCHG_536273_229157", 3_551),
    ],
)
def test_htseq_in_both_dialects(formats: Path, name: str, sample: str, genes: int) -> None:
    path = formats / "htseq" / name
    reading = read([path], [sample], "htseq")
    rows = list(rows_of(path))
    expected = {r[0]: int(r[-1]) for r in rows if not r[0].startswith("__")}
    assert column(reading, sample) == expected
    assert len(expected) == genes
    assert reading.statistics is not None
    assert reading.statistics.select("sample_id", "statistic", "reads").rows() == [
        (sample, r[0], int(r[-1])) for r in rows if r[0].startswith("__")
    ]


def test_star_is_reverse_stranded_by_its_sums(formats: Path) -> None:
    path = formats / "star" / "ReadsPerGene.out.tab"
    by_file = {path: "s"}
    reading = read([path], ["s"], "star", sample_files=by_file)
    rows = list(rows_of(path))
    assert column(reading, "s") == {r[0]: int(r[3]) for r in rows[4:]}
    assert reading.recognised == "STAR ReadsPerGene, 1 file, reverse (by the sums: 28.9% forward)"
    assert reading.statistics is not None
    statistics = reading.statistics
    unassigned = statistics.filter(pl.col("source") == "STAR")
    assert unassigned["reads"].to_list() == [int(r[3]) for r in rows[:4]]
    log = dict(statistics.filter(pl.col("source") == "STAR log")["statistic", "reads"].rows())
    assert log["Number of input reads"] == 14_971_841
    assert log["Uniquely mapped reads number"] == 13_303_901
    assert sum(log.values()) - 2 * log["Number of chimeric reads"] == 2 * 14_971_841
    for place, strandedness in enumerate(("unstranded", "forward", "reverse"), start=1):
        stated = read([path], ["s"], "star", sample_files=by_file, strandedness=strandedness)
        assert sum(column(stated, "s").values()) == sum(int(r[place]) for r in rows[4:])
        assert stated.recognised.endswith(f"{strandedness} (as stated)")


def test_rsem(formats: Path) -> None:
    path = formats / "rsem" / "test.genes.results.gz"
    reading = read([path], ["test"], "rsem")
    header, *rows = rows_of(path)
    place = header.index("expected_count")
    expected = {r[0]: float(r[place]) for r in rows}
    assert column(reading, "test") == {g: half_even(v) for g, v in expected.items()}
    assert reading.estimated_totals is not None
    assert reading.estimated_totals["estimated_total"][0] == pytest.approx(sum(expected.values()))
    assert "rounded half to even" in reading.recognised


def gencode_sums(path: Path) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    _, *rows = rows_of(path)
    for name, _, _, _, reads in rows:
        sums[name.split("|")[1]] += float(reads)
    return sums


def test_salmon_with_gencode_names(formats: Path) -> None:
    samples = ["Sample_1", "Sample_2", "Sample_3"]
    paths = [formats / "salmon" / f"{s}.sf" for s in samples]
    reading = read(paths, samples, "salmon")
    for path, sample in zip(paths, samples, strict=True):
        expected = gencode_sums(path)
        assert column(reading, sample) == {g: half_even(v) for g, v in expected.items()}
    assert reading.matrix is not None
    first = reading.matrix.features.row(0, named=True)
    assert (first["gene_id"], first["symbol_as_given"]) == ("ENSMUSG00000083355", "Gm11581")


def test_salmon_with_a_table(formats: Path, tmp_path: Path) -> None:
    path = formats / "salmon" / "quant.sf"
    _, *rows = rows_of(path)
    table = tmp_path / "tx2gene.csv"
    # Without versions, and one transcript left out.
    linked = [r[0].split(".")[0] for r in rows[:-1]]
    table.write_text(
        "TXNAME,GENEID\n" + "".join(f"{t},gene{i % 3}\n" for i, t in enumerate(linked))
    )
    reading = read([path], ["quant"], "salmon", tx2gene=table)
    sums: dict[str, float] = defaultdict(float)
    for i, row in enumerate(rows[:-1]):
        sums[f"gene{i % 3}"] += float(row[4])
    assert column(reading, "quant") == {g: half_even(v) for g, v in sums.items()}
    (lost,) = reading.rejected
    assert (lost.line, lost.path) == (len(rows) + 1, path)
    assert rows[-1][0] in str(lost.content)
    assert f"1 of {len(rows)} transcripts lead to no gene" in reading.recognised


@pytest.fixture(scope="module")
def kallisto(formats: Path) -> dict[str, Path]:
    return {
        sample: formats / "kallisto" / sample / "abundance.tsv.gz"
        for sample in ("SRR1039508", "SRR1039509")
    }


@pytest.fixture(scope="module")
def tx2gene(formats: Path) -> Path:
    return formats / "kallisto" / "Homo_sapiens.GRCh38.tx2gene.tsv.gz"


def test_kallisto_sums(kallisto: dict[str, Path], tx2gene: Path) -> None:
    reading = read(list(kallisto.values()), list(kallisto), "kallisto", tx2gene=tx2gene)
    _, *pairs = rows_of(tx2gene)
    gene_of = dict(map(tuple, pairs))
    lost = 0
    for sample, path in kallisto.items():
        sums: dict[str, float] = defaultdict(float)
        _, *rows = rows_of(path)
        lost = sum(r[0] not in gene_of for r in rows)
        for row in rows:
            if row[0] in gene_of:
                sums[gene_of[row[0]]] += float(row[3])
        found = column(reading, sample)
        assert found.keys() == sums.keys()
        # Two orders of summing doubles may differ in the last bit, and so at an exact half.
        assert sum(found[g] != half_even(v) for g, v in sums.items()) <= 2
        assert max(abs(found[g] - v) for g, v in sums.items()) < 0.5 + 1e-6
    assert len(reading.rejected) == lost


def length_scaled_by_hand(files: list[Path], gene_of: dict[str, str]) -> dict[str, list[float]]:
    """tximport's arithmetic, gene by gene."""
    tables = [[r for r in list(rows_of(f))[1:] if r[0] in gene_of] for f in files]
    members: dict[str, list[int]] = defaultdict(list)
    for i, row in enumerate(tables[0]):
        members[gene_of[row[0]]].append(i)
    numbers = [[(float(r[2]), float(r[3]), float(r[4])) for r in t] for t in tables]
    scaled: dict[str, list[float]] = {}
    for gene, at in members.items():
        abundance = [sum(n[i][2] for i in at) for n in numbers]
        lengths = [
            sum(n[i][2] * n[i][0] for i in at) / a if a else None
            for n, a in zip(numbers, abundance, strict=True)
        ]
        known = [length for length in lengths if length is not None]
        plain = np.mean([np.mean([n[i][0] for n in numbers]) for i in at])
        fill = float(np.exp(np.mean(np.log(known)))) if known else float(plain)
        mean = float(np.mean([fill if length is None else length for length in lengths]))
        scaled[gene] = [a * mean for a in abundance]
    for j, n in enumerate(numbers):
        factor = sum(x[1] for x in n) / sum(s[j] for s in scaled.values())
        for row in scaled.values():
            row[j] *= factor
    return scaled


def test_kallisto_length_scaled_tpm(kallisto: dict[str, Path], tx2gene: Path) -> None:
    reading = read(
        list(kallisto.values()),
        list(kallisto),
        "kallisto",
        tx2gene=tx2gene,
        transcript_counts="length_scaled_tpm",
    )
    _, *pairs = rows_of(tx2gene)
    expected = length_scaled_by_hand(list(kallisto.values()), dict(map(tuple, pairs)))
    for j, sample in enumerate(kallisto):
        found = column(reading, sample)
        assert found.keys() == expected.keys()
        assert max(abs(found[g] - v[j]) for g, v in expected.items()) < 0.5 + 1e-6
    assert "lengthScaledTPM" in reading.recognised


def test_kallisto_h5(formats: Path, tmp_path: Path) -> None:
    path = formats / "kallisto" / "h5" / "abundance.h5"
    with h5py.File(path) as file:
        ids = [i.decode() for i in file["aux/ids"][:]]
        estimates = file["est_counts"][:]
    table = tmp_path / "t.csv"
    table.write_text("tx_id,gene_id\n" + "".join(f"{t},g{i % 2}\n" for i, t in enumerate(ids)))
    reading = read([path], ["h5"], "kallisto-h5", tx2gene=table)
    assert column(reading, "h5") == {
        f"g{k}": half_even(float(sum(estimates[k::2]))) for k in (0, 1)
    }


@pytest.mark.parametrize("prefix", ["SRX", ""])
def test_nfcore_merged_with_text_and_numeric_ids(counts: Path, prefix: str) -> None:
    name = "SRP254919.salmon.merged.gene_counts.top1000cov.tsv"
    folder = counts / "SRP254919"
    path = folder / name if prefix else folder / "variant_numeric_ids" / name
    samples = [f"{prefix}{n}" for n in range(8042386, 8042380, -1)]
    reading = read([path], samples, "nf-core")
    header, *rows = rows_of(path)
    for sample in samples:
        place = header.index(sample)
        expected = {r[0]: float(r[place]) for r in rows}
        assert column(reading, sample) == {g: half_even(v) for g, v in expected.items()}
    assert any(float(r[2]) % 1 for r in rows)
    assert "estimates rounded half to even" in reading.recognised


def test_geo_raw_counts(counts: Path) -> None:
    path = counts / "GSE211781" / "GSE211781_raw_counts_GRCh38.p13_NCBI.tsv.gz"
    header, *rows = rows_of(path)
    reading = read([path], header[:0:-1], "geo")
    assert len(rows) == 39_376
    for place, sample in enumerate(header[1:], start=1):
        assert column(reading, sample) == {r[0]: int(r[place]) for r in rows}


def test_pydeseq2_synthetic(counts: Path) -> None:
    path = counts / "pydeseq2" / "datasets" / "synthetic" / "test_counts.csv"
    header, *rows = rows_of(path, ",")
    reading = read([path], header[1:], "matrix")
    for place, sample in enumerate(header[1:], start=1):
        assert column(reading, sample) == {r[0]: int(r[place]) for r in rows}


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_a_real_matrix_compressed(
    counts: Path, tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "counts.txt"
    path.write_bytes(compress((counts / "pasilla" / "pasilla_counts.csv").read_bytes()))
    header, *rows = rows_of(counts / "pasilla" / "pasilla_counts.csv", ",")
    reading = read([path], header[1:], "matrix")
    assert column(reading, "treated2") == {r[0]: int(r[2]) for r in rows}


@pytest.mark.parametrize("kind", [pl.Int64, pl.UInt32, pl.Float32, pl.String, pl.UInt64])
def test_parquet_wide(pasilla: pl.DataFrame, tmp_path: Path, kind: type[pl.DataType]) -> None:
    path = tmp_path / "counts.parquet"
    samples = pasilla.columns[1:]
    pasilla.with_columns(pl.col(samples).cast(kind)).write_parquet(path)
    reading = read([path], samples, "parquet")
    assert reading.matrix is not None
    assert reading.matrix.counts.equals(pasilla)


def test_long_as_text_and_as_parquet(pasilla: pl.DataFrame, tmp_path: Path) -> None:
    samples = pasilla.columns[1:]
    long = pasilla.unpivot(index="gene_id", variable_name="run", value_name="count").sample(
        fraction=1.0, shuffle=True, seed=1
    )
    long.write_csv(tmp_path / "long.tsv", separator="\t")
    long.write_parquet(tmp_path / "long.parquet")
    for name, form in (("long.tsv", "long"), ("long.parquet", "parquet")):
        reading = read([tmp_path / name], samples, form)
        assert reading.matrix is not None
        assert reading.matrix.counts.sort("gene_id").equals(pasilla.sort("gene_id"))


@pytest.mark.parametrize("layer", [None, "counts"])
def test_h5ad(pasilla: pl.DataFrame, tmp_path: Path, layer: str | None) -> None:
    anndata = pytest.importorskip("anndata")
    scipy_sparse = pytest.importorskip("scipy.sparse")
    samples = pasilla.columns[1:]
    matrix = pasilla.select(samples).to_numpy().T.astype(np.float32)
    data = anndata.AnnData(X=np.log1p(matrix) if layer else matrix)
    data.obs_names, data.var_names = samples, pasilla["gene_id"].to_list()
    if layer:
        data.layers[layer] = scipy_sparse.csr_matrix(matrix)
    data.write_h5ad(tmp_path / "data.h5ad")
    reading = read([tmp_path / "data.h5ad"], samples, "h5ad")
    assert reading.matrix is not None
    assert reading.matrix.counts.equals(pasilla)
    assert reading.recognised.endswith("layer counts" if layer else "X")
