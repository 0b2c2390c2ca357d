"""Forms of input through the real command: what is said, and what the tables then hold."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import duckdb
import polars as pl
import pytest

from app.cli.main import run_command
from warehouse.home import Home
from warehouse.landed import lengths_beside, read_lengths
from warehouse.tables import RAW, quoted

HEAD = "id: {id}\ntitle: A study\norganism: human\n"


def ingest(home: Home, study: Path) -> int:
    return run_command(["--home", str(home.root), "ingest", "study", str(study)])


def query(home: Home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.working), read_only=True) as con:
        return con.execute(sql).fetchall()


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_csv", ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "study.yaml"


def test_featurecounts_is_recognised_and_said(
    home: Home, tmp_path: Path, shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shared_data / "counts" / "formats" / "featurecounts" / "featureCounts.txt"
    samples = [f"{a}_{i},{a}" for a in ("UHR", "HBR") for i in (1, 2, 3)]
    study = write(
        tmp_path / "fc",
        study_yaml=HEAD.format(id="fc")
        + f"samples: samples.csv\ncounts: {path}\ndesign: ~ tissue\n"
        "contrasts:\n  - {factor: tissue, numerator: UHR, denominator: HBR}\n",
        samples_csv="\n".join(["sample_id,tissue", *samples]),
    )
    assert ingest(home, study) == 0
    assert "featureCounts, 1 file, 6 samples" in capsys.readouterr().err
    with path.open(newline="") as handle:
        _, header, *rows = csv.reader(handle, delimiter="\t")
    expected = {Path(h).stem: sum(int(r[i]) for r in rows) for i, h in enumerate(header) if i > 5}
    held = query(home, "select sample_id, library_size from raw.sample_profiles")
    assert dict(held) == expected
    assert query(home, "select recognised_as, quantity from raw.studies") == [
        ("featureCounts, 1 file, 6 samples", "counts")
    ]


def test_geo_counts_with_the_series_matrix(home: Home, tmp_path: Path, shared_data: Path) -> None:
    gse = shared_data / "counts" / "GSE211781"
    study = write(
        tmp_path / "geo",
        study_yaml=HEAD.format(id="gse211781") + f"samples: {gse}/GSE211781_series_matrix.txt.gz\n"
        f"counts: {gse}/GSE211781_raw_counts_GRCh38.p13_NCBI.tsv.gz\ndesign: ~ treatment\n"
        "contrasts:\n  - {factor: treatment, numerator: DHT+Bicalutamide, "
        "denominator: DHT+Enzalutamide}\n",
    )
    assert ingest(home, study) == 0
    with gzip.open(gse / "GSE211781_raw_counts_GRCh38.p13_NCBI.tsv.gz", "rt") as handle:
        header, *rows = csv.reader(handle, delimiter="\t")
    held = dict(query(home, "select sample_id, library_size from raw.sample_profiles"))
    assert held == {h: sum(int(r[i]) for r in rows) for i, h in enumerate(header) if i}
    arms = query(home, "select arm, count(*) from raw.contrast_samples group by 1 order by 1")
    assert dict(arms)["numerator"] == dict(arms)["denominator"] == 2


def test_statistics_go_to_ops_and_a_pattern_finds_the_files(home: Home, tmp_path: Path) -> None:
    files = {
        f"counts__{s}.txt": f"g1\t{i}\ng2\t5\n__no_feature\t{10 + i}\n"
        for i, s in enumerate(("l1", "l2", "d1", "d2"))
    }
    study = write(
        tmp_path / "ht",
        study_yaml=HEAD.format(id="ht")
        + "samples: samples.csv\ncounts: counts/*.txt\ndesign: ~ drug\n"
        "contrasts:\n  - {factor: drug, numerator: len, denominator: DMSO}\n",
        samples_csv="sample_id,drug\nl1,len\nl2,len\nd1,DMSO\nd2,DMSO\n",
        **files,
    )
    assert ingest(home, study) == 0
    assert query(
        home, "select sample_id, statistic, reads from ops.assignment_statistics order by 3"
    ) == [(s, "__no_feature", 10 + i) for i, s in enumerate(("l1", "l2", "d1", "d2"))]
    assert query(home, "select count(*) from ops.load_files where role = 'counts'") == [(4,)]
    before = query(home, "select counts_sha256 from raw.studies")
    (study.parent / "counts" / "d2.txt").write_text("g1\t9\ng2\t5\n")
    assert ingest(home, study) == 0
    assert query(home, "select counts_sha256 from raw.studies") != before
    assert query(home, "select count from raw.counts where sample_id = 'd2' order by gene_id") == [
        (9,),
        (5,),
    ]


def test_tpm_is_loaded_shown_and_not_compared(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write(
        tmp_path / "tpm",
        study_yaml=HEAD.format(id="tpm") + "samples: samples.csv\ncounts: tpm.csv\ndesign: ~ drug\n"
        "contrasts:\n  - {factor: drug, numerator: len, denominator: DMSO}\n",
        samples_csv="sample_id,drug\na,len\nb,len\nc,DMSO\nd,DMSO\n",
        tpm_csv="gene,a,b,c,d\ng1,250000.5,1.5,0.25,7.5\ng2,749999.5,999998.5,999999.75,999992.5\n",
    )
    assert ingest(home, study) == 0
    said = capsys.readouterr().err
    assert "matrix of TPM" in said
    assert "No contrast is computed: the files hold TPM, not counts" in said
    assert query(home, "select quantity, landed_file, not_analysed_reason from raw.studies") == [
        (
            "abundance",
            "",
            "the files hold TPM, not counts; differential expression needs the counts that it "
            "was computed from",
        )
    ]
    assert query(
        home, "select gene_id, sample_id, unit, value from raw.abundances order by 1, 2 limit 2"
    ) == [("g1", "a", "TPM", 250000.5), ("g1", "b", "TPM", 1.5)]
    for table in ("raw.counts", "raw.contrasts", "raw.sample_profiles"):
        assert query(home, f"select count(*) from {table}") == [(0,)]
    assert run_command(["--home", str(home.root), "analyze"]) == 0


def test_estimates_keep_their_own_totals_and_lost_transcripts(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"
    rows = "t1\t9\t9\t1\t{0}.4\nt2\t9\t9\t1\t0.2\nt9\t9\t9\t1\t5\n"
    study = write(
        tmp_path / "sf",
        study_yaml=HEAD.format(id="sf")
        + "samples: samples.csv\ncounts: quant/*/quant.sf\ntx2gene: t.csv\ndesign: ~ drug\n"
        "contrasts:\n  - {factor: drug, numerator: len, denominator: DMSO}\n",
        samples_csv="sample_id,drug\na,len\nb,len\nc,DMSO\nd,DMSO\n",
        t_csv="tx,gene\nt1,g1\nt2,g1\n",
        **{f"quant__{s}__quant.sf": header + rows.format(i) for i, s in enumerate("abcd", start=1)},
    )
    assert ingest(home, study) == 0
    assert query(
        home, "select sample_id, library_size, estimated_total from raw.sample_profiles order by 1"
    ) == [(s, i + 1, pytest.approx(i + 0.6)) for i, s in enumerate("abcd", start=1)]
    said = " ".join(capsys.readouterr().err.split())
    assert "note: 1 row refused; ops.rejected_rows says why" in said
    assert query(home, "select line, reason, content from ops.rejected_rows") == [
        (4, "this transcript leads to no gene", "t9: 20 counts")
    ]
    assert query(home, "select rows_in, rows_loaded, rows_refused from ops.loads") == [(2, 1, 1)]


def test_transcript_lengths_are_landed_beside_the_counts_and_go_with_them(
    home: Home, tmp_path: Path
) -> None:
    header = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"
    files = {
        f"quant__{s}__quant.sf": f"{header}t2\t9\t{100 * i}\t{i}\t3\nt1\t9\t50\t1\t5\n"
        for i, s in enumerate("ab", start=1)
    }
    study = write(
        tmp_path / "sf",
        study_yaml=HEAD.format(id="sf")
        + "samples: samples.csv\ncounts: quant/*/quant.sf\ntx2gene: t.csv\n",
        samples_csv="sample_id\na\nb\n",
        t_csv="tx,gene\nt1,g1\nt2,g2\n",
        **files,
    )
    assert ingest(home, study) == 0
    ((counts_file, lengths_file),) = query(
        home, "select landed_file, landed_lengths_file from raw.studies"
    )
    landed = home.landed / str(counts_file)
    assert lengths_file == lengths_beside(landed).name
    lengths = read_lengths(landed)
    assert lengths is not None
    assert lengths.rows() == [("g1", 50.0, 50.0), ("g2", 100.0, 200.0)]
    assert lengths["gene_id"].equals(pl.read_parquet(landed)["gene_id"])
    only_b = read_lengths(landed, ["b"])
    assert only_b is not None
    assert only_b.columns == ["gene_id", "b"]

    text = study.read_text() + "transcript_counts: length_scaled_tpm\n"
    study.write_text(text)
    assert ingest(home, study) == 0
    ((counts_file, lengths_file),) = query(
        home, "select landed_file, landed_lengths_file from raw.studies"
    )
    assert lengths_file is None
    assert read_lengths(home.landed / str(counts_file)) is None
    assert [path.name for path in home.landed.iterdir()] == [counts_file]
    study.write_text(text.replace("transcript_counts: length_scaled_tpm\n", ""))
    assert ingest(home, study) == 0
    assert len(list(home.landed.iterdir())) == 2
    assert run_command(["--home", str(home.root), "ingest", "remove", "study", "sf"]) == 0
    assert list(home.landed.iterdir()) == []


def test_results_alone_make_a_study(home: Home, tmp_path: Path, shared_data: Path) -> None:
    path = shared_data / "de_results" / "MM1S_Lenalidomide_0h_vs_24h.EXCERPT.tsv"
    study = write(
        tmp_path / "mm1s",
        study_yaml=HEAD.format(id="mm1s") + "cell_context: myeloma_cells\nde_results:\n"
        f"  - file: {path}\n    factor: time\n    numerator: 24 h\n    denominator: 0 h\n"
        "    excerpt: true\n    note: 73 chosen genes, no time-matched vehicle\n",
    )
    assert ingest(home, study) == 0
    assert query(
        home,
        "select contrast_id, numerator, denominator, test, correction, is_excerpt, has_p_value, "
        "has_padj, result_rows from raw.de_result_sets",
    ) == [("mm1s.24-h_vs_0-h", "24 h", "0 h", None, None, True, True, False, 73)]
    assert query(
        home, "select count(*), count(p_value), count(padj), count(base_mean) from raw.de_results"
    ) == [(73, 73, 0, 0)]
    assert query(home, "select quantity, design from raw.studies") == [("none", "")]
    warned = query(
        home,
        "select column_name, unexpected_keys from ops.validation_results where not is_success "
        "order by 1",
    )
    assert warned == [("has_padj", "mm1s.24-h_vs_0-h"), ("is_excerpt", "mm1s.24-h_vs_0-h")]
    assert ingest(home, study) == 0
    assert query(home, "select count(*) from ops.loads") == [(1,)]
    assert run_command(["--home", str(home.root), "analyze"]) == 0


def test_counts_and_results_of_one_study_side_by_side(
    home: Home, tmp_path: Path, shared_data: Path
) -> None:
    srp = shared_data / "counts" / "SRP254919"
    study = write(
        tmp_path / "srp",
        study_yaml="id: srp254919\ntitle: hND6 against mCherry\norganism: Mus musculus\n"
        f"samples: {srp}/SRP254919.samplesheet.csv\nsample_id_column: sample\n"
        f"counts: {srp}/SRP254919.salmon.merged.gene_counts.top1000cov.tsv\n"
        "design: ~ treatment\n"
        "contrasts:\n  - {factor: treatment, numerator: hND6, denominator: mCherry}\n"
        "de_results:\n"
        f"  - {{file: {srp}/SRP254919.salmon.merged.deseq2.results.tsv, factor: treatment, "
        "numerator: hND6, denominator: mCherry, name: published}\n",
    )
    assert ingest(home, study) == 0
    assert query(home, "select contrast_id from raw.contrasts") == [("srp254919.hnd6_vs_mcherry",)]
    assert query(home, "select distinct contrast_id from raw.de_results") == [
        ("srp254919.published",)
    ]
    assert query(home, "select count(*), count(p_value), count(padj) from raw.de_results") == [
        (1000, 977, 107)
    ]
    assert query(home, "select rows_in from ops.loads") == [(2000,)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("name: published", "colour: red"), "not known"),
        (("factor: treatment, numerator", "numerator"), "required"),
        (("name: published", "name: hnd6_vs_mcherry"), "two contrasts are called"),
        (("results.csv", "none.csv"), "results file"),
    ],
)
def test_results_definitions_refused(
    home: Home,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: tuple[str, str],
    problem: str,
) -> None:
    text = (
        HEAD.format(id="r") + "de_results:\n"
        "  - {file: results.csv, factor: treatment, numerator: hND6, denominator: mCherry}\n"
        "  - {file: results.csv, factor: x, numerator: a, denominator: b, name: published}\n"
    )
    study = write(
        tmp_path / "r",
        study_yaml=text.replace(*change),
        results_csv="gene,log2fc,pvalue\ng1,1,0.5\n",
    )
    assert ingest(home, study) == 1
    assert problem in capsys.readouterr().err


def test_results_that_an_older_reading_made_are_read_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write(
        tmp_path / "r",
        study_yaml=HEAD.format(id="r") + "de_results:\n"
        "  - {file: results.csv, factor: treatment, numerator: a, denominator: b}\n",
        results_csv="gene,log2fc,pvalue\ng1,1,0.5\n",
    )
    statuses = "select status, count(*) from ops.loads group by 1 order by 1"
    monkeypatch.setattr("ingest.study.load.READING", "an older one")
    assert ingest(home, study) == 0
    monkeypatch.undo()
    for _ in range(2):
        assert ingest(home, study) == 0
        assert query(home, statuses) == [("loaded", 1), ("replaced", 1)]


def test_a_study_needs_counts_or_results(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(home, write(tmp_path / "x", study_yaml=HEAD.format(id="x"))) == 1
    assert "column counts: this key is required" in capsys.readouterr().err


def test_remove_takes_a_study_out_and_leaves_no_orphan(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "one-more"):
        study = write(
            tmp_path / name,
            study_yaml=HEAD.format(id=name)
            + "samples: samples.csv\ncounts: c.csv\ndesign: ~ drug\n"
            "contrasts:\n  - {factor: drug, numerator: len, denominator: DMSO}\n"
            "de_results:\n  - {file: r.csv, factor: drug, numerator: a, denominator: b}\n",
            samples_csv="sample_id,drug\na,len\nb,len\nc,DMSO\nd,DMSO\n",
            c_csv="gene,a,b,c,d\ng1,1,2,3,4\n__no_feature,1,1,1,1\n",
            r_csv="gene,log2fc,pvalue\ng1,1,0.5\n",
        )
        assert ingest(home, study) == 0
    capsys.readouterr()
    remove = ["--home", str(home.root), "ingest", "remove", "study"]
    assert run_command([*remove, "on"]) == 1
    assert "no study on is loaded. Did you mean study one?" in capsys.readouterr().err
    assert run_command([*remove, "one"]) == 0
    for table in RAW:
        ids = {row[0] for row in query(home, f"select load_id from {quoted(table)}")}
        assert all("study" in load_id for load_id in ids)
        assert len(ids) <= 1
    assert query(home, "select subject, status from ops.loads order by 1") == [
        ("one", "removed"),
        ("one-more", "loaded"),
    ]
    assert [p.name.rsplit("-", 1)[0] for p in home.landed.iterdir()] == ["one-more"]
    assert ingest(home, tmp_path / "one" / "study.yaml") == 0
    assert query(home, "select count(*) from raw.counts") == [(8,)]


def test_a_study_without_contrasts_is_loaded_and_says_so(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write(
        tmp_path / "s",
        study_yaml=HEAD.format(id="s") + "samples: samples.csv\ncounts: counts.csv\n",
        samples_csv="sample_id,drug\na,len\nb,DMSO\n",
        counts_csv="gene_id,a,b\ng1,5,7\n",
    )
    assert ingest(home, study) == 0
    words = "No contrast is computed: study.yaml states no contrasts yet."
    assert words in " ".join(capsys.readouterr().err.split())
    assert query(home, "select quantity, design, not_analysed_reason from raw.studies") == [
        ("counts", "", "study.yaml states no contrasts yet")
    ]
    assert query(home, "select sum(count) from raw.counts") == [(12,)]
