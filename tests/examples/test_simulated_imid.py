"""The shipped simulated study: it regenerates byte for byte and holds what its README says."""

import gzip
import hashlib
import subprocess
import sys
import zlib
from pathlib import Path

import polars as pl
import pytest
import yaml

STUDY = Path(__file__).resolve().parents[2] / "examples" / "simulated-imid"
OUTPUTS = (
    "study.yaml",
    "samples.csv",
    "counts.tsv.gz",
    "planted_effects.csv.gz",
    "simulated_sets.gmt",
)
CELL_LINES = {"MM.1S", "U266", "RPMI-8226"}
DRUGS = {"lenalidomide", "pomalidomide", "thalidomide"}


@pytest.fixture(scope="module")
def regenerated(tmp_path_factory):
    out = tmp_path_factory.mktemp("simulated-imid")
    subprocess.run(
        [sys.executable, str(STUDY / "simulate.py"), "--out", str(out)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return out


@pytest.fixture(scope="module")
def counts():
    return pl.read_csv(STUDY / "counts.tsv.gz", separator="\t")


@pytest.fixture(scope="module")
def samples():
    return pl.read_csv(STUDY / "samples.csv")


@pytest.fixture(scope="module")
def planted():
    return pl.read_csv(STUDY / "planted_effects.csv.gz")


@pytest.fixture(scope="module")
def study():
    return yaml.safe_load((STUDY / "study.yaml").read_text(encoding="utf-8"))


def digest(content):
    return hashlib.sha256(content).hexdigest()


def test_script_writes_exactly_the_shipped_outputs(regenerated):
    assert sorted(path.name for path in regenerated.iterdir()) == sorted(OUTPUTS)


@pytest.mark.parametrize("name", OUTPUTS)
def test_content_regenerates_byte_for_byte(regenerated, name):
    shipped, again = (STUDY / name).read_bytes(), (regenerated / name).read_bytes()
    if name.endswith(".gz"):
        shipped, again = gzip.decompress(shipped), gzip.decompress(again)
    assert digest(again) == digest(shipped)


# Another deflate implementation may pack the same content into other bytes.
@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="shipped files come from zlib")
@pytest.mark.parametrize("name", [name for name in OUTPUTS if name.endswith(".gz")])
def test_compressed_file_regenerates_byte_for_byte(regenerated, name):
    assert digest((regenerated / name).read_bytes()) == digest((STUDY / name).read_bytes())


@pytest.mark.parametrize("name", OUTPUTS)
def test_lines_end_in_lf(name):
    content = (STUDY / name).read_bytes()
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    assert b"\r" not in content
    assert content.endswith(b"\n")


@pytest.mark.parametrize("name", [name for name in OUTPUTS if name.endswith(".gz")])
def test_gzip_header_holds_no_time_and_no_name(name):
    header = (STUDY / name).read_bytes()[:10]
    assert header[:3] == b"\x1f\x8b\x08"
    assert header[3] == 0
    assert header[4:8] == bytes(4)


def test_counts_are_below_3_mb_compressed():
    assert (STUDY / "counts.tsv.gz").stat().st_size < 3_000_000


def test_counts_are_non_negative_integers(counts, samples):
    assert counts.columns == ["gene_id", "symbol", *samples["sample_id"]]
    values = counts.drop("gene_id", "symbol")
    assert set(values.dtypes) == {pl.Int64}
    assert sum(values.null_count().row(0)) == 0
    assert min(values.min().row(0)) == 0


def test_every_gene_stands_once(counts):
    assert counts.height == 15_000
    assert counts["gene_id"].null_count() == 0
    assert counts["gene_id"].is_unique().all()


def test_library_sizes_are_20_to_30_million_and_match_the_sheet(counts, samples):
    sums = counts.select(samples["sample_id"].to_list()).sum().row(0, named=True)
    assert all(20_000_000 <= total <= 30_000_000 for total in sums.values())
    assert sums == dict(samples.select("sample_id", "reads").iter_rows())


def test_some_genes_are_all_zero(counts):
    silent = counts.filter(pl.sum_horizontal(pl.exclude("gene_id", "symbol")) == 0)
    assert 300 <= silent.height <= 600


def test_design_is_balanced_with_three_replicates(samples):
    assert samples.height == 36
    assert samples["sample_id"].is_unique().all()
    groups = samples.group_by("cell_line", "drug").agg(
        pl.col("replicate").sort(), pl.col("batch").n_unique().alias("batches")
    )
    assert groups.height == 12
    assert groups["replicate"].to_list() == [[1, 2, 3]] * 12
    assert set(groups["batches"]) == {3}


def test_sample_sheet_figures_are_plausible(samples):
    assert samples["rin"].is_between(8.1, 10).all()
    assert samples["a260_280"].is_between(1.9, 2.1).all()
    assert set(samples["time_h"]) == {24}
    doses = dict(samples.select("drug", "concentration_um").unique().iter_rows())
    assert doses == {"DMSO": None, "lenalidomide": 5, "pomalidomide": 1, "thalidomide": 50}


def test_only_the_documents_genes_carry_real_identities(counts):
    documents = pl.read_csv(STUDY / "document_genes.csv")
    made_up = counts["gene_id"].str.contains(r"^SIMG\d{8}$")
    assert (made_up == counts["symbol"].str.contains(r"^SIM\d{5}$")).all()
    real = counts.filter(~made_up).select("gene_id", "symbol").sort("gene_id")
    assert real.equals(documents.select("gene_id", "symbol").sort("gene_id"))
    assert real["gene_id"].str.contains(r"^ENSG\d{11}$").all()


def test_every_planted_gene_is_in_the_matrix(counts, planted):
    pairs = planted.select("gene_id", "symbol").unique()
    assert pairs.join(counts, on=["gene_id", "symbol"], how="anti").is_empty()


def test_planted_effects_are_well_formed(planted):
    assert planted.columns == ["gene_id", "symbol", "drug", "cell_line", "log2_fold_change"]
    assert not planted.select("gene_id", "drug", "cell_line").is_duplicated().any()
    assert set(planted["drug"]) == DRUGS
    assert set(planted["cell_line"]) == CELL_LINES
    assert (planted["log2_fold_change"] != 0).all()
    assert planted["log2_fold_change"].abs().max() <= 5
    assert planted["gene_id"].n_unique() == 1_500


def test_thalidomide_is_planted_weakest(planted):
    size = dict(planted.group_by("drug").agg(pl.col("log2_fold_change").abs().median()).iter_rows())
    assert size["thalidomide"] < size["lenalidomide"] < size["pomalidomide"]


def test_documents_genes_go_up_down_and_nowhere(planted):
    documents = set(pl.read_csv(STUDY / "document_genes.csv")["gene_id"])
    effects = planted.filter(pl.col("gene_id").is_in(list(documents)))
    assert documents - set(effects["gene_id"])
    assert (effects["log2_fold_change"] > 0).any()
    assert (effects["log2_fold_change"] < 0).any()


def test_effects_are_recovered_from_the_counts(counts, samples, planted):
    """Plain means of reads per million recover the planted changes of well-counted genes."""
    names = samples["sample_id"]
    scaled = counts.select("gene_id", *(pl.col(name) * 1e6 / pl.col(name).sum() for name in names))
    means = (
        scaled.unpivot(index="gene_id", variable_name="sample_id", value_name="cpm")
        .join(samples.select("sample_id", "cell_line", "drug"), on="sample_id")
        .group_by("gene_id", "cell_line", "drug")
        .agg(pl.col("cpm").mean())
    )
    vehicle = means.filter(pl.col("drug") == "DMSO").drop("drug").rename({"cpm": "vehicle"})
    observed = (
        planted.join(means, on=["gene_id", "cell_line", "drug"])
        .join(vehicle, on=["gene_id", "cell_line"])
        .filter((pl.col("vehicle") > 5) & (pl.col("cpm") > 5))
        .with_columns((pl.col("cpm") / pl.col("vehicle")).log(2).alias("observed"))
    )
    assert observed.height > 5_000
    assert observed.select(pl.corr("observed", "log2_fold_change")).item() > 0.95


def test_study_says_it_is_simulated(study):
    assert study["simulated"] is True
    assert "simulated" in study["title"].lower()
    assert "random" in study["simulation_note"]
    assert study["source"] == "simulation"


def test_study_points_to_its_files(study):
    assert (STUDY / study["samples"]).is_file()
    assert (STUDY / study["counts"]).is_file()
    assert study["design"] == "~ cell_line + drug"


def test_contrasts_select_samples_on_both_sides(study, samples):
    contrasts = study["contrasts"]
    assert len(contrasts) == 5 + 4 * len(CELL_LINES)
    for contrast in contrasts:
        chosen = samples
        for column, value in contrast.get("where", {}).items():
            chosen = chosen.filter(pl.col(column) == value)
        levels = set(chosen[contrast["factor"]])
        assert {contrast["numerator"], contrast["denominator"]} <= levels
        assert ("where" in contrast) == ("design" in contrast)
        assert contrast.get("design", "~ drug") == "~ drug"
