"""``normalisation: lengths`` from salmon's files to stored results, against R's DESeq2 1.38.3.

The files are written from the counts and lengths of tests/golden/deseq/make_lengths.R, one
transcript per gene, whose answers R gave to the same counts and lengths.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from app.cli.main import run_command
from warehouse.home import Home

GOLDEN = Path(__file__).parents[1] / "golden" / "deseq"
DEFINITION = """id: len
title: Genes whose transcripts differ in length between samples
organism: human
samples: samples.csv
counts: quant/*/quant.sf
tx2gene: t.csv
design: ~ group
contrasts:
  - {factor: group, numerator: b, denominator: a}
"""
LENGTHS = "normalisation: lengths\n"


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(GOLDEN / f"lengths.{name}.csv.gz", index_col=0)


def quantify(folder: Path, lengths: pd.DataFrame) -> None:
    for sample, counts in read("counts").items():
        table = pd.DataFrame(
            {
                "Name": [f"t{gene}" for gene in lengths.index],
                "Length": 9,
                "EffectiveLength": lengths[sample],
                "TPM": 1.0,
                "NumReads": counts,
            }
        )
        path = folder / "quant" / str(sample) / "quant.sf"
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, sep="\t", index=False)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    lengths = read("lengths")
    quantify(tmp_path, lengths)
    (tmp_path / "t.csv").write_text("tx,gene\n" + "".join(f"t{g},{g}\n" for g in lengths.index))
    samples = (GOLDEN / "lengths.samples.csv").read_text()
    (tmp_path / "samples.csv").write_text(f"sample_id{samples}")
    path = tmp_path / "study.yaml"
    path.write_text(DEFINITION + LENGTHS)
    return path


def run(home: Home, *words: object) -> int:
    return run_command(["--home", str(home.root), *map(str, words)])


def results(home: Home) -> pd.DataFrame:
    with duckdb.connect(str(home.working), read_only=True) as con:
        return (
            con.sql(
                "select gene_id, base_mean, log2_fold_change, p_value, padj "
                "from analytics.differential_expression"
            )
            .df()
            .set_index("gene_id")
        )


def fits(home: Home) -> list[tuple[str, str]]:
    with duckdb.connect(str(home.working), read_only=True) as con:
        return con.execute("select fit_id, normalisation from analytics.fits").fetchall()


@pytest.mark.golden
def test_lengths_reach_the_fit_and_their_change_makes_it_stale(home: Home, study: Path) -> None:
    assert run(home, "ingest", "study", study) == 0
    assert run(home, "analyze") == 0
    ((first, normalisation),) = fits(home)
    assert normalisation == "lengths"
    r = read("one")
    ours = results(home).loc[r.index]
    for name, theirs in (("p_value", "pvalue"), ("padj", "padj")):
        np.testing.assert_array_equal(ours[name].isna(), r[theirs].isna())
    np.testing.assert_allclose(ours["base_mean"], r["baseMean"], rtol=1e-9)
    tested = r["padj"].notna()
    assert tested.sum() > 200
    np.testing.assert_allclose(
        ours.loc[tested, "log2_fold_change"], r.loc[tested, "log2FoldChange"], atol=1e-6
    )
    np.testing.assert_allclose(
        np.log10(ours.loc[tested, "p_value"]), np.log10(r.loc[tested, "pvalue"]), atol=2e-3
    )

    # the same counts with the lengths of two samples exchanged
    lengths = read("lengths")
    lengths[["s1", "s2"]] = lengths[["s2", "s1"]].to_numpy()
    quantify(study.parent, lengths)
    assert run(home, "ingest", "study", study) == 0
    assert run(home, "analyze") == 0
    ((second, _),) = fits(home)
    assert second != first
    exchanged = results(home).loc[r.index]
    assert (exchanged["base_mean"] - ours["base_mean"]).abs().max() > 1

    study.write_text(DEFINITION)
    assert run(home, "ingest", "study", study) == 0
    assert run(home, "analyze") == 0
    ((third, normalisation),) = fits(home)
    assert (third != second, normalisation) == (True, "size_factors")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("transcript_counts: length_scaled_tpm\n", "are scaled by transcript lengths already"),
        ("engine: pydeseq2\n", "unaltered pydeseq2 has size factors only"),
    ],
    ids=["scaled", "pydeseq2"],
)
def test_lengths_that_cannot_normalise_are_refused(
    home: Home, study: Path, capsys: pytest.CaptureFixture[str], more: str, problem: str
) -> None:
    study.write_text(DEFINITION + LENGTHS + more)
    assert run(home, "ingest", "study", study) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "column normalisation" in said
    assert problem in said


def test_counts_without_lengths_are_refused(
    home: Home, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    read("counts").to_csv(study.parent / "counts.csv", index_label="gene_id")
    text = DEFINITION.replace("quant/*/quant.sf\ntx2gene: t.csv", "counts.csv")
    study.write_text(text + LENGTHS)
    assert run(home, "ingest", "study", study) == 1
    assert "state no transcript lengths" in " ".join(capsys.readouterr().err.split())
    study.write_text(text)
    assert run(home, "ingest", "study", study) == 0
