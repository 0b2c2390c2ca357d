"""Forms of count files, written small: what tells them, what they give, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.study.forms import FORMS, companions_of, form_called, recognise
from ingest.study.forms.base import FormOptions, Reading
from ingest.study.forms.names import sample_of
from ingest.study.forms.transcripts import length_scaled_tpm, mean_lengths
from warehouse.errors import DataError

Read = Callable[..., tuple[str, Reading]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(
        files: dict[str, str], samples: list[str], form: str | None = None, **options: object
    ) -> tuple[str, Reading]:
        paths = []
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            paths.append(path)
        if "tx2gene" in options:
            options["tx2gene"] = tmp_path / str(options["tx2gene"])
            paths.remove(options["tx2gene"])  # type: ignore[arg-type]
        paths = [p for p in paths if p.suffix != ".summary"]
        found = form_called(form, tmp_path) if form else recognise(paths, samples)
        return found.name, found.read(paths, samples, FormOptions(**options))  # type: ignore[arg-type]

    return read


def counts(reading: Reading) -> list[tuple[object, ...]]:
    assert reading.matrix is not None
    return reading.matrix.counts.rows()


FEATURE_COUNTS = (
    "# Program:featureCounts v2.0.3; Command:x\n"
    "Geneid\tChr\tStart\tEnd\tStrand\tLength\tgene_name\t{bam}\n"
    "ENSG00000000003.15\tchrX\t1\t9\t-\t9\tTSPAN6\t{a}\n"
    "ENSG00000000005.6\tchrX\t1\t9\t-\t9\tTNMD\t{b}\n"
)
STAR = (
    "N_unmapped\t9\t9\t9\nN_multimapping\t8\t8\t8\nN_noFeature\t7\t20\t5\nN_ambiguous\t1\t0\t2\n"
    "g1\t{}\t{}\t{}\ng2\t0\t0\t0\n"
)
SALMON = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"


def test_featurecounts_of_many_files_with_their_summaries(read: Read) -> None:
    files = {}
    for i, sample in enumerate(("a", "b")):
        text = FEATURE_COUNTS.format(bam=f"/data/bam/{sample}.sorted.bam", a=i, b=10 + i)
        files[f"{sample}.txt"] = text
        files[f"{sample}.txt.summary"] = (
            f"Status\t/data/bam/{sample}.sorted.bam\nAssigned\t{10 + 2 * i}\n"
            "Unassigned_NoFeatures\t3\n"
        )
    name, reading = read(files, ["b", "a"])
    assert name == "featurecounts"
    assert counts(reading) == [("ENSG00000000003", 1, 0), ("ENSG00000000005", 11, 10)]
    assert reading.matrix is not None
    assert reading.matrix.features["symbol_as_given"].to_list() == ["TSPAN6", "TNMD"]
    assert reading.matrix.features["line"].to_list() == [3, 4]
    assert reading.statistics is not None
    assert set(reading.statistics.rows()) == {
        ("a", "featureCounts", "Assigned", 10),
        ("a", "featureCounts", "Unassigned_NoFeatures", 3),
        ("b", "featureCounts", "Assigned", 12),
        ("b", "featureCounts", "Unassigned_NoFeatures", 3),
    }


def test_featurecounts_files_whose_columns_are_all_called_alike(read: Read) -> None:
    files = {
        f"{s}/counts.txt": FEATURE_COUNTS.format(bam="aligned.bam", a=i, b=i)
        for i, s in enumerate(("a", "b"))
    }
    assert counts(read(files, ["a", "b"])[1])[0] == ("ENSG00000000003", 0, 1)


def test_a_featurecounts_file_named_for_a_sample_is_that_sample_whatever_its_bam(
    read: Read, tmp_path: Path
) -> None:
    files = {
        "1.txt": FEATURE_COUNTS.format(bam="/x/a.bam", a=1, b=1),
        "2.txt": FEATURE_COUNTS.format(bam="/x/b.bam", a=2, b=2),
    }
    by_file = {tmp_path / "1.txt": "b", tmp_path / "2.txt": "a"}
    reading = read(files, ["a", "b"], sample_files=by_file)[1]
    assert counts(reading)[0] == ("ENSG00000000003", 2, 1)


BAMS = "Geneid\tChr\tStart\tEnd\tStrand\tLength\t{}\ng1\tX\t1\t9\t-\t9\t{}\n"


def bams(**columns: int) -> str:
    names = "\t".join(f"{name}.bam" for name in columns)
    return BAMS.format(names, "\t".join(map(str, columns.values())))


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        (
            {"run1.txt": bams(S1=10), "run2.txt": bams(S1=500)},
            r"sample S1 is recognised in two columns, S1\.bam of \S*run1\.txt and S1\.bam of "
            r"\S*run2\.txt",
        ),
        (
            {"S1.txt": bams(laneA=1, laneB=2)},
            r"sample S1 is recognised in two columns, laneA\.bam of \S*S1\.txt and laneB\.bam of "
            r"\S*S1\.txt",
        ),
        (
            {"run1.txt": bams(S1=10), "S1.txt": bams(lane=500)},
            r"S1\.bam of \S*run1\.txt and lane\.bam of \S*S1\.txt",
        ),
        ({"run1.txt": bams(S1=10, x=500)}, r"no sample of the sheet is recognised in this column"),
    ],
)
def test_featurecounts_with_two_columns_for_a_sample_are_refused(
    read: Read, files: dict[str, str], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read(files, ["S1"])


def test_of_a_featurecounts_file_named_for_a_sample_only_its_column_is_read(
    read: Read, tmp_path: Path
) -> None:
    files = {
        "run1.txt": bams(S1=10, S2=20),
        "run1.txt.summary": "Status\tS1.bam\tS2.bam\nAssigned\t10\t20\n",
        "run2.txt": bams(lane=7),
    }
    by_file = {tmp_path / "run1.txt": "S1", tmp_path / "run2.txt": "S3"}
    reading = read(files, ["S3", "S1"], sample_files=by_file)[1]
    assert counts(reading) == [("g1", 7, 10)]
    assert reading.statistics is not None
    assert reading.statistics.rows() == [("S1", "featureCounts", "Assigned", 10)]


@pytest.mark.parametrize(
    ("files", "named", "expected"),
    [
        ({"S1.txt": ["Aligned.sortedByCoord.out.bam"]}, [], ("g1", 10)),
        ({"all.txt": ["S1.bam"]}, [], ("g1", 10)),
        ({"all.txt": ["S1.bam", "S2.bam"]}, [], ("g1", 10, 11)),
        ({"S1.txt": ["Aligned.out.bam"], "S2.txt": ["Aligned.out.bam"]}, [], ("g1", 10, 10)),
        ({"run1.txt": ["lane.bam"]}, ["run1.txt"], ("g1", 10)),
    ],
    ids=["one file", "one column", "one matrix", "files", "named"],
)
def test_attributes_that_featurecounts_copied_are_no_columns_of_counts(
    read: Read,
    tmp_path: Path,
    files: dict[str, list[str]],
    named: list[str],
    expected: tuple[object, ...],
) -> None:
    texts = {
        file: BAMS.format(
            "\t".join(["gene_biotype", "Description", *columns]),
            "\t".join(["lncRNA", "a gene", *(str(10 + i) for i in range(len(columns)))]),
        )
        for file, columns in files.items()
    }
    samples = [f"S{i}" for i in range(1, len(expected))]
    reading = read(texts, samples, sample_files={tmp_path / file: "S1" for file in named})[1]
    assert counts(reading) == [expected]


def test_a_sample_called_like_an_annotation_is_a_column_of_counts(read: Read) -> None:
    columns = BAMS.format("gene\tname", "3\t4")
    assert counts(read({"c.txt": columns}, ["gene", "name"])[1]) == [("g1", 3, 4)]
    named = {"name": "S2"}
    assert counts(read({"c.txt": columns}, ["gene", "S2"], sample_names=named)[1]) == [("g1", 3, 4)]


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"laneA": 1, "laneB": 2}, r"S1, and none of its columns \(laneA\.bam, laneB\.bam\) is"),
        ({"S1_a": 1, "S1_b": 2}, r"S1, and several of its columns \(S1_a\.bam, S1_b\.bam\) are"),
    ],
)
def test_a_featurecounts_file_named_for_a_sample_must_tell_which_column_is_its(
    read: Read, tmp_path: Path, columns: dict[str, int], problem: str
) -> None:
    with pytest.raises(DataError, match=problem):
        read({"run1.txt": bams(**columns)}, ["S1"], sample_files={tmp_path / "run1.txt": "S1"})


def test_the_summary_of_a_featurecounts_file_whose_columns_were_renamed(read: Read) -> None:
    files = {
        "all.txt": bams(S1=10, S2=20).replace(".bam", ""),
        "all.txt.summary": "Status\tx/S1.bam\tx/S2_a.bam\tx/S2_b.bam\nAssigned\t10\t8\t12\n",
    }
    reading = read(files, ["S1", "S2"])[1]
    assert counts(reading) == [("g1", 10, 20)]
    assert reading.statistics is not None
    assert reading.statistics.rows() == [("S1", "featureCounts", "Assigned", 10)]


def test_a_summary_counts_as_a_companion(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_text("x")
    assert companions_of([path]) == []
    (tmp_path / "c.txt.summary").write_text("x")
    assert companions_of([path]) == [tmp_path / "c.txt.summary"]


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("/data/run 1/UHR_1/UHR_1.bam", "UHR_1"),
        ("C:\\data\\UHR_1.sorted.bam", "UHR_1"),
        ("UHR_1/quant.sf", "UHR_1"),
        ("x/Count.genes.UHR_1_R1_trimmed.txt", "UHR_1"),
        ("UHR_10.bam", "UHR_10"),
        ("UHR_1-b.bam", "UHR_1-b"),
        ("UHR_100.bam", None),
        ("s2_and_UHR_1.bam", None),
        ("other.bam", "s2"),
    ],
)
def test_the_sample_of_a_path(name: str, sample: str | None) -> None:
    samples = ["UHR_1", "UHR_10", "UHR_1-b", "s2"]
    assert sample_of(name, samples, {"other.bam": "s2"}) == sample


@pytest.mark.parametrize(
    ("forward", "reverse", "expected"),
    [(90, 10, "forward"), (10, 90, "reverse"), (52, 48, "unstranded")],
)
def test_star_decides_by_the_sums(read: Read, forward: int, reverse: int, expected: str) -> None:
    name, reading = read({"s.ReadsPerGene.out.tab": STAR.format(100, forward, reverse)}, ["s"])
    assert name == "star"
    value = {"forward": forward, "reverse": reverse, "unstranded": 100}[expected]
    assert counts(reading) == [("g1", value), ("g2", 0)]
    assert f", {expected} (by the sums: {forward / (forward + reverse):.1%} forward)" in (
        reading.recognised
    )


def test_star_asks_where_the_sums_do_not_tell(read: Read) -> None:
    with pytest.raises(DataError, match=r"strandedness cannot be told: 63% .* State strandedness"):
        read({"s.tab": STAR.format(100, 63, 37)}, ["s"])
    with pytest.raises(DataError, match=r"forward by its sums but .* is reverse"):
        read({"a.tab": STAR.format(9, 1, 9), "b.tab": STAR.format(9, 9, 1)}, ["a", "b"])
    _, reading = read({"s.tab": STAR.format(100, 63, 37)}, ["s"], strandedness="reverse")
    assert counts(reading)[0] == ("g1", 37)
    assert reading.statistics is not None
    assert reading.statistics["reads"].to_list() == [9, 8, 5, 2]


def test_files_of_other_genes_are_refused_and_of_another_order_are_not(read: Read) -> None:
    a = "g1\t1\ng2\t2\n__no_feature\t0\n"
    assert counts(read({"a.txt": a, "b.txt": "g2\t4\ng1\t3\n"}, ["a", "b"])[1]) == [
        ("g1", 1, 3),
        ("g2", 2, 4),
    ]
    with pytest.raises(DataError, match=r"gene g2 of .*a\.txt .line 2. is not in this file"):
        read({"a.txt": a, "b.txt": "g1\t3\n"}, ["a", "b"])
    with pytest.raises(DataError, match=r"gene g3 of .*b\.txt"):
        read({"a.txt": a, "b.txt": "g1\t3\ng2\t1\ng3\t1\n"}, ["a", "b"])


def test_what_htseq_marks_as_no_gene_is_none(read: Read) -> None:
    _, reading = read({"a.txt": "g1\t1\ng2\t4\n__`mbiguous\t2\n"}, ["a"])
    assert counts(reading) == [("g1", 1), ("g2", 4)]


def test_htseq_with_a_header(read: Read) -> None:
    name, reading = read({"a.tsv": "gene\tsymbol\treads\ng1\tS1\t5\n__ambiguous\t\t7\n"}, ["a"])
    assert (name, counts(reading)) == ("htseq", [("g1", 5)])
    assert reading.matrix is not None
    assert reading.matrix.features.row(0) == ("g1", "g1", "S1", 2)


@pytest.mark.parametrize(
    ("files", "samples", "problem"),
    [
        ({"a.txt": "g1\t1\n"}, ["a", "b"], "b has no file"),
        ({"a.txt": "g1\t1\ng2\t1\n", "x.txt": "g1\t1\ng2\t1\n"}, ["a"], "no sample of the sheet"),
        ({"a.txt": "g1\t1\ng2\t1\n", "a/a.tsv": "g1\t1\ng2\t1\n"}, ["a"], "recognised in two"),
        ({"a.txt": "g1\t1\ng2\t-1\n", "b.txt": "g1\t1\ng2\t1\n"}, ["a", "b"], "negative"),
        ({"a.txt": "g1\t1\ng2\t1\ng1\t3\n"}, ["a"], "g1 stands twice"),
        ({"a.tab": STAR.format(1, 1, 9), "b.txt": "g1\t1\ng2\t1\n"}, ["a", "b"], "of one form"),
        ({"a.sf": SALMON + "t1\t9\t9\t1\t1\n"}, ["a"], "name a table of transcript"),
        ({"a.tab": STAR.format(1, -1, 9)}, ["a"], "negative"),
        ({"a.txt": "ENSG01\t.5\nENSG02\t1\n"}, ["a"], "'.5' is not the count of ENSG01"),
        ({"a.txt": "ENSG01\tNA\nENSG02\t1\n"}, ["a"], "'NA' is not the count of ENSG01"),
        ({"a.txt": "TP53\t'3\nIRF4\t1\n"}, ["a"], "is not the count of TP53"),
        ({"a.tab": STAR.format(1, 1, 9) + "N_ambiguous\t1\t1\t1\n"}, ["a"], "a second time"),
    ],
)
def test_files_refused(read: Read, files: dict[str, str], samples: list[str], problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read(files, samples)


def test_sample_names_and_files_named_one_by_one(read: Read, tmp_path: Path) -> None:
    files = {"x.txt": "g1\t1\ng2\t2\n", "y.txt": "g1\t3\ng2\t4\n"}
    named = {"x.txt": "b", "y.txt": "a"}
    assert counts(read(files, ["a", "b"], sample_names=named)[1])[0] == ("g1", 3, 1)
    by_file = {tmp_path / "x.txt": "b", tmp_path / "y.txt": "a"}
    assert counts(read(files, ["a", "b"], sample_files=by_file)[1])[0] == ("g1", 3, 1)
    with pytest.raises(DataError, match="gives c, which is not in the sample sheet"):
        read(files, ["a", "b"], sample_names={**named, "x.txt": "c"})


LONG = "sample,gene_id,symbol,count\na,g1,S1,1\nb,g1,S1,2\na,g2,S2,3\nb,g2,S2,4\n"


def test_long(read: Read) -> None:
    name, reading = read({"c.csv": LONG}, ["b", "a"])
    assert (name, counts(reading)) == ("long", [("g1", 2, 1), ("g2", 4, 3)])
    assert reading.matrix is not None
    assert reading.matrix.features.rows() == [("g1", "g1", "S1", 2), ("g2", "g2", "S2", 4)]


@pytest.mark.parametrize(
    ("text", "problem", "row"),
    [
        (LONG + "a,g1,S1,9\n", "g1 stands twice for sample a", 6),
        (LONG + "a,g3,S3,9\n", "g3 has no count for sample b", None),
        (LONG + "a,,S3,9\n", "gene id is empty", 6),
        (LONG + "a,g3,S3,1.5\n", "not a whole number", 6),
        (LONG.replace("b,", "a,"), "stands twice", 3),
    ],
)
def test_long_refused(read: Read, text: str, problem: str, row: int | None) -> None:
    with pytest.raises(DataError, match=problem) as caught:
        read({"c.csv": text}, ["a", "b"])
    assert caught.value.row == row


def test_long_with_a_sample_that_the_sheet_has_not(read: Read) -> None:
    # Beyond the head that tells the form, so that the reader itself must see it.
    many = "".join(f"{s},g{i},S,{i}\n" for i in range(3, 60_000) for s in "ab")
    with pytest.raises(DataError, match="sample c is not in the sample sheet") as caught:
        read({"c.csv": LONG + many + "c,g9,S,1\n"}, ["a", "b"])
    assert caught.value.row == 6 + many.count("\n")


TPM = "gene_id,a,b\ng1,250000.5,100000.25\ng2,749999.5,899999.75\n"


def test_tpm_is_abundance_and_no_counts(read: Read) -> None:
    name, reading = read({"t.csv": TPM}, ["a", "b"])
    assert (name, reading.quantity, reading.matrix) == ("abundance", "abundance", None)
    assert reading.abundance is not None
    assert reading.abundance.unit == "TPM"
    assert reading.abundance.values.rows() == [
        ("g1", 250000.5, 100000.25),
        ("g2", 749999.5, 899999.75),
    ]


def test_values_that_may_be_anything_are_asked_about(read: Read) -> None:
    fpkm = TPM.replace("250000.5", "25.5").replace("749999.5", "0.75")
    with pytest.raises(DataError, match=r"format: estimated-counts .* format: abundance"):
        read({"t.csv": fpkm}, ["a", "b"])
    with pytest.raises(DataError, match="state the unit"):
        read({"t.csv": fpkm}, ["a", "b"], form="abundance")
    _, reading = read({"t.csv": fpkm}, ["a", "b"], form="abundance", unit="FPKM")
    assert reading.recognised == "matrix of FPKM (as stated), no counts"
    _, reading = read({"t.csv": fpkm}, ["a", "b"], form="estimated-counts")
    assert counts(reading) == [("g1", 26, 100000), ("g2", 1, 900000)]
    assert "as stated, rounded half to even" in reading.recognised


def test_a_single_fraction_in_a_matrix_is_a_fault_not_an_estimate(read: Read) -> None:
    rows = "".join(f"g{i}\tN\t{i}\t{i + 1}\n" for i in range(1, 60))
    with pytest.raises(DataError, match=r"'7\.5' is not a whole number"):
        read({"m.tsv": "gene_id\tgene_name\ta\tb\n" + rows + "g99\tN\t7.5\t1\n"}, ["a", "b"])


def test_halves_are_rounded_to_even(read: Read) -> None:
    text = "gene_id,a\n" + "".join(f"g{i},{i}.5\n" for i in range(6))
    assert [c for _, c in counts(read({"m.csv": text}, ["a"], form="estimated-counts")[1])] == [
        0, 2, 2, 4, 4, 6,
    ]  # fmt: skip


def test_transcripts_that_lead_nowhere_are_kept_apart(read: Read) -> None:
    files = {
        "t.csv": "tx,gene\nENST00000000001,g1\nENST00000000002,g1\nENST00000000003,g2\n",
        "a/quant.sf": SALMON
        + "ENST00000000001.4\t9\t9\t1\t1.4\nENST00000000002.1|x\t9\t9\t1\t1.3\n"
        + "ENST00000000009.1\t9\t9\t1\t5\nENST00000000003.1\t9\t9\t1\t2.5\n",
    }
    name, reading = read(files, ["a"], tx2gene="t.csv")
    assert (name, counts(reading)) == ("salmon", [("g1", 3), ("g2", 2)])
    assert [(r.line, r.reason) for r in reading.rejected] == [
        (4, "this transcript leads to no gene")
    ]
    assert reading.estimated_totals is not None
    assert reading.estimated_totals.rows() == [("a", pytest.approx(5.2))]


@pytest.mark.parametrize(
    ("table", "quant", "problem"),
    [
        ("tx,gene\nt1,g1\nt1,g2\n", "t1\t9\t9\t1\t1\n", "t1 leads to several genes"),
        ("tx,gene\nt9,g1\n", "t1\t9\t9\t1\t1\n", "none of its transcripts"),
        ("tx,gene\nt1,g1\n", "t1\t9\t9\t1\t-1\n", "negative"),
        ("tx,gene\nt1,g1\n", "t1\t9\t9\t1\tx\n", "not a number"),
        ("tx,gene\nt1,g1\n", "t1\t9\t9\t1\t1\nt1\t9\t9\t1\t1\n", "stands twice"),
        ("only\nt1\n", "t1\t9\t9\t1\t1\n", "two columns"),
    ],
)
def test_transcripts_refused(read: Read, table: str, quant: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read({"t.csv": table, "a/quant.sf": SALMON + quant}, ["a"], tx2gene="t.csv")


def test_transcripts_of_two_indexes_are_refused(read: Read) -> None:
    files = {
        "t.csv": "tx,gene\nt1,g1\nt2,g1\n",
        "a/quant.sf": SALMON + "t1\t9\t9\t1\t1\n",
        "b/quant.sf": SALMON + "t2\t9\t9\t1\t1\n",
    }
    with pytest.raises(DataError, match="against one index"):
        read(files, ["a", "b"], tx2gene="t.csv")


def test_length_scaled_tpm_by_hand() -> None:
    counts = np.array([[10.0, 0.0], [30.0, 20.0], [60.0, 0.0]])
    tpm = np.array([[1.0, 0.0], [3.0, 4.0], [2.0, 0.0]])
    lengths = np.array([[100.0, 100.0], [200.0, 200.0], [500.0, 300.0]])
    groups = np.array([0, 0, 1])
    # Gene 0: (100 + 600) / 4 and 200; gene 1: 500 and, absent there, 500 again.
    means = mean_lengths(tpm, lengths, groups)
    np.testing.assert_allclose(means, [[175, 200], [500, 500]], rtol=1e-12)
    scaled = np.array([[4 * 187.5, 4 * 187.5], [2 * 500, 0]])
    expected = scaled * np.array([100 / 1750, 20 / 750])
    found = length_scaled_tpm(counts, np.array([[4.0, 4.0], [2.0, 0.0]]), means)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=0), counts.sum(axis=0), rtol=1e-12)


def test_lengths_of_a_gene_without_abundance() -> None:
    # Absent in one sample: the geometric mean of the others; absent in all: the plain mean.
    tpm = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    lengths = np.array([[100.0, 400.0, 999.0], [10.0, 20.0, 30.0], [40.0, 50.0, 60.0]])
    found = mean_lengths(tpm, lengths, np.array([0, 1, 1]))
    np.testing.assert_allclose(found, [[100, 400, 200], [35, 35, 35]], rtol=1e-12)


def test_a_gene_absent_everywhere_has_no_counts() -> None:
    tpm = np.array([[0.0, 0.0], [1.0, 1.0]])
    counts = np.array([[0.0, 0.0], [5.0, 5.0]])
    found = length_scaled_tpm(counts, tpm, np.full((2, 2), 9.0))
    np.testing.assert_allclose(found, [[0, 0], [5, 5]])


RSEM_ISOFORMS = (
    "transcript_id\tgene_id\tlength\teffective_length\texpected_count\tTPM\tFPKM\tIsoPct\n"
    "t1\tg1\t300\t100.00\t10.25\t1.00\t1\t25.00\n"
    "t2\tg1\t400\t200.00\t30.25\t3.00\t1\t75.00\n"
    "t3\tg2\t700\t500.00\t2.50\t2.00\t1\t100.00\n"
)


def test_rsem_isoforms_are_summed_to_their_genes_or_to_those_of_a_table(read: Read) -> None:
    name, reading = read({"a/a.isoforms.results": RSEM_ISOFORMS}, ["a"])
    assert (name, counts(reading)) == ("rsem-isoforms", [("g1", 40), ("g2", 2)])
    assert reading.lengths is not None
    assert reading.lengths.rows() == [("g1", pytest.approx(175)), ("g2", pytest.approx(500))]
    files = {"t.csv": "tx,gene\nt1,h1\nt2,h2\nt3,h2\n", "a/a.isoforms.results": RSEM_ISOFORMS}
    _, reading = read(files, ["a"], tx2gene="t.csv")
    assert counts(reading) == [("h1", 10), ("h2", 33)]
    _, scaled = read(files, ["a"], tx2gene="t.csv", transcript_counts="length_scaled_tpm")
    assert scaled.lengths is None


def test_lengths_of_rsem_genes_have_no_zero(read: Read) -> None:
    head = "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n"
    row = "{}\tt\t9\t{}\t{}\t1\t1\n"
    files = {
        "a.genes.results": head + row.format("g1", 0, 0) + row.format("g2", 0, 0),
        "b.genes.results": head + row.format("g1", 100, 5) + row.format("g2", 0, 0),
        "c.genes.results": head + row.format("g1", 400, 6) + row.format("g2", 0, 0),
    }
    name, reading = read(files, ["a", "b", "c"])
    assert name == "rsem"
    assert reading.lengths is not None
    assert reading.lengths.rows() == [
        ("g1", pytest.approx(200), pytest.approx(100), pytest.approx(400)),
        ("g2", 1.0, 1.0, 1.0),
    ]


GCT = "#1.2\n2\t2\nName\tDescription\ta\tb\n"


def test_gct_is_recognised_and_checked_against_its_size(read: Read) -> None:
    text = GCT + "ENSG00000000003.15\tTSPAN6\t5\t0\nENSG00000000005.6\tTNMD\t1\t7\n"
    name, reading = read({"x.txt": text}, ["b", "a"])
    assert (name, counts(reading)) == (
        "gct",
        [("ENSG00000000003", 0, 5), ("ENSG00000000005", 7, 1)],
    )
    assert reading.features["symbol_as_given"].to_list() == ["TSPAN6", "TNMD"]
    assert reading.features["line"].to_list() == [4, 5]
    _, windows = read({"y.txt": text.replace("\n", "\r\n")}, ["a", "b"])
    assert counts(windows) == [("ENSG00000000003", 5, 0), ("ENSG00000000005", 1, 7)]


@pytest.mark.parametrize("description", ["na", "interferon regulatory factor 4"])
def test_descriptions_of_a_gct_that_are_no_symbols_are_not_taken_for_such(
    read: Read, description: str
) -> None:
    _, reading = read({"x": GCT + f"g1\t{description}\t5\t0\ng2\tna\t1\t7\n"}, ["a", "b"])
    assert reading.features["symbol_as_given"].to_list() == [None, None]


def test_a_gct_of_abundances_is_no_matrix_of_counts(read: Read) -> None:
    text = GCT + "g1\tA\t400000.5\t250000.25\ng2\tB\t599999.5\t749999.75\n"
    _, reading = read({"x": text}, ["a", "b"])
    assert reading.matrix is None
    assert reading.abundance is not None
    assert reading.abundance.unit == "TPM"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (GCT + "g1\tA\t5\t0\n", "1 genes where this line states 2; the file is cut"),
        (GCT.replace("2\t2", "2\t3") + "g1\tA\t5\t0\ng2\tB\t1\t1\n", "2 samples where"),
        (GCT.replace("2\t2", "two") + "g1\tA\t5\t0\ng2\tB\t1\t1\n", "numbers of genes"),
        (GCT.replace("Description", "Text") + "g1\tA\t5\t0\ng2\tB\t1\t1\n", "Description"),
        (GCT + "g1\tA\t5\t0\ng2\tB\t1.5\t1\n", "not a whole number"),
        (GCT + "g1\tA\t5\t0\ng1\tB\t1\t1\n", "g1 stands twice"),
        (GCT + "g1\tA\t5\t0\ng2\tB\t1\n", "fields"),
        ("#1.2\n2\t2\n", "begins with #1.2"),
    ],
)
def test_gct_refused(read: Read, text: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        read({"x": text}, ["a", "b"])


def test_format_names_are_known_and_distinct(tmp_path: Path) -> None:
    names = [form.name for form in FORMS]
    assert len(set(names)) == len(names)
    assert all(form_called(name, tmp_path).name == name for name in names)
    with pytest.raises(DataError, match="Did you mean kallisto"):
        form_called("kalisto", tmp_path)


@pytest.mark.parametrize("name", [form.name for form in FORMS])
def test_every_form_stated_for_another_file_refuses_in_words(
    read: Read, name: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("tx,gene\ng1,G1\n")
    files = {"t.csv": "tx,gene\ng1,G1\n", "a.txt": "this is\nno table of counts at all\n"}
    with pytest.raises(DataError):
        read(files, ["a"], form=name, tx2gene="t.csv")


HEADS = [
    "Geneid\tChr\tStart\tEnd\tStrand\tLength\ta\n",
    "N_unmapped\t1\t1\t1\nN_multimapping\t1\t1\t1\nN_noFeature\t1\t1\t1\nN_ambiguous\t1\t1\t1\n",
    SALMON,
    "target_id\tlength\teff_length\test_counts\ttpm\n",
    "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n",
    "GeneID\tGSM1\n",
    "gene_id\tgene_name\ta\n",
    "sample,gene,count\na,g,1\n",
    "g1\t5\n",
    "#",
    "PAR1",
    "\x89HDF",
    "",
]


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    head=st.sampled_from(HEADS),
    body=st.text(alphabet='gt1\t2\n,."-aN_e', max_size=60) | st.text(max_size=40),
)
def test_fuzz_every_form_reads_or_refuses(read: Read, head: str, body: str) -> None:
    text = (head + body).encode("utf-8", errors="ignore").decode()
    samples = ["GSM1"] if "GSM1" in head else ["a"]
    try:
        _, reading = read(
            {"t.csv": "tx,gene\ng1,G1\nt1,G1\n", "a.txt": text}, samples, tx2gene="t.csv"
        )
    except DataError:
        return
    if reading.matrix is not None:
        values = reading.matrix.counts[samples[0]]
        assert values.dtype == pl.Int64
        assert values.null_count() == 0
        assert (values >= 0).all()
