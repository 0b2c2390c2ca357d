"""Uploads: the readers, gate, engine and rules of the warehouse, and nothing left behind."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from app.uploads import job
from app.uploads import run as uploads
from app.uploads.overlay import drug_comparison
from app.uploads.results import LARGEST_UPLOAD, UploadRequest, UploadResult
from app.uploads.run import Held, UploadedFile, run_upload
from app.web.marts.uploads import CHANGES, FEATURES
from app.web.marts.uploads import CONTRAST as MART_CONTRAST
from app.web.reader import Reader
from tests.app.conftest import OpenPage, metric_of, words_of
from tests.support.small_study import write_small_study
from warehouse.errors import DataError
from warehouse.home import Home
from warehouse.queries import query_release

CONTRAST = "small-imid.pomalidomide_vs_dmso"
ABOUT: dict[str, Any] = {"title": "t", "organism": "human", "cell_context": "myeloma_cells"}
RESULTS = ABOUT | {
    "de_results": [{"factor": "drug", "numerator": "pomalidomide", "denominator": "DMSO"}]
}
BROKEN = b"gene_id,log2FC,pvalue,padj\nENSG00000137265,-3.1,1e-9,1e-8\nENSG00000124762,x,0.1,0.2\n"


def held(home: Home) -> Held:
    return Held(home.current.resolve(), 0.05, 1.0)


def files_of(home: Home) -> dict[str, str]:
    files = (path for path in home.root.rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def judged(built_home: Home, tmp_path_factory: pytest.TempPathFactory) -> UploadResult:
    """The counts that the warehouse was built from, uploaded."""
    study = write_small_study(tmp_path_factory.mktemp("mine")).definition.parent
    place = tmp_path_factory.mktemp("uploads")
    before = files_of(built_home)
    steps: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uploads.tempfile, "tempdir", str(place))
        result = run_upload(
            {
                "counts": UploadedFile("counts.tsv", (study / "counts.tsv").read_bytes()),
                "samples": UploadedFile("samples.csv", (study / "samples.csv").read_bytes()),
            },
            ABOUT
            | {
                "design": "~ drug",
                "contrasts": [
                    {"factor": "drug", "numerator": "pomalidomide", "denominator": "DMSO"}
                ],
            },
            held(built_home),
            steps.append,
        )
    assert list(place.iterdir()) == []
    assert files_of(built_home) == before
    assert "differential expression" in steps
    return result


def test_uploaded_counts_give_what_the_warehouse_gives(
    built_home: Home, judged: UploadResult
) -> None:
    assert judged.refusal is None
    columns = ["gene_id", "log2_fold_change", "padj", "direction", "not_tested_reason"]
    theirs = query_release(
        built_home.current.resolve(),
        f"select {', '.join(columns)} from fct_differential_expression "
        f"where contrast_id = '{CONTRAST}' order by gene_id",
    )
    mine = judged.genes.select(columns).sort("gene_id")
    assert mine.drop("log2_fold_change", "padj").equals(theirs.drop("log2_fold_change", "padj"))
    for column in ("log2_fold_change", "padj"):
        assert mine[column].is_null().equals(theirs[column].is_null())
        known = theirs[column].drop_nulls().to_list()
        assert mine[column].drop_nulls().to_list() == pytest.approx(known, rel=1e-6)
    assert judged.profiles.height == 12
    failed = judged.validations.filter(~pl.col("is_success"))
    assert set(failed["severity"]) == {"warning"}
    assert failed["meaning"].str.contains("20-30 million reads").all()


def test_uploads_are_judged_by_the_rules_of_the_mart(
    built_home: Home, judged: UploadResult
) -> None:
    columns = ["claim_id", "verdict", "reason_code", "reason"]
    theirs = query_release(
        built_home.current.resolve(),
        f"select {', '.join(columns)} from mart_literature_concordance "
        f"where contrast_id = '{CONTRAST}' order by claim_id",
    )
    mine = judged.verdicts.select(columns).sort("claim_id")
    assert mine.rows() == theirs.rows()
    assert {"agrees", "opposite"} <= set(mine["verdict"])


def test_an_upload_is_compared_with_every_contrast(judged: UploadResult) -> None:
    by_contrast = {row["contrast_id_b"]: row for row in judged.concordance.iter_rows(named=True)}
    assert len(by_contrast) == 3
    assert by_contrast[CONTRAST]["spearman"] == pytest.approx(1.0)
    assert by_contrast[CONTRAST]["n_significant_both_opposite"] == 0


def test_the_model_that_compares_genes_comes_with_the_upload(
    built_home: Home, judged: UploadResult
) -> None:
    reader = Reader("r", str(built_home.current.resolve()))
    asked = {"contrast": CONTRAST}
    theirs = [reader.rows(sql, asked) for sql in (MART_CONTRAST, CHANGES, FEATURES)]
    rows = drug_comparison(judged, *theirs)
    assert rows.height == judged.genes.height
    # The same counts on both sides: what is called is called alike, and nothing on one side only.
    assert set(rows["comparison_class"]) == {"both_up", "both_down", "neither", "not_tested"}
    assert judged.release == built_home.current.resolve().stem


def test_a_bad_table_names_line_and_column(
    built_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads.tempfile, "tempdir", str(tmp_path))
    result = run_upload(
        {"results": UploadedFile("../../etc/my results.csv", BROKEN)},
        RESULTS,
        held(built_home),
        lambda _: None,
    )
    assert result.refusal is not None
    assert result.refusal.startswith("my_results.csv, line 3, column log2FC:")
    assert str(tmp_path) not in result.refusal
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02" * 500, gzip.compress(b"0" * 10_000_000)],
    ids=["binary", "gzip_of_one_line"],
)
def test_what_is_no_table_is_refused_in_a_sentence(built_home: Home, content: bytes) -> None:
    result = run_upload(
        {"results": UploadedFile("x.csv", content)}, RESULTS, held(built_home), lambda _: None
    )
    assert result.refusal
    assert "Traceback" not in result.refusal


def test_too_much_is_refused_before_it_is_written(built_home: Home) -> None:
    with pytest.raises(DataError, match="64 MB"):
        run_upload(
            {"results": UploadedFile("x.csv", b"0" * (LARGEST_UPLOAD + 1))},
            RESULTS,
            held(built_home),
            lambda _: None,
        )


def test_a_refusal_keeps_the_page(built_home: Home, open_page: OpenPage) -> None:
    app = open_page(built_home, "your_data")
    assert "Nothing has been uploaded" in words_of(app)
    app.file_uploader(key="upload_results").set_value(("mine.csv", BROKEN, "text/csv")).run()
    app.selectbox(key="upload_numerator").set_value("pomalidomide").run()
    app.button(key="upload_go").click().run(timeout=300)
    assert not app.exception
    said = words_of(app)
    assert "line 3, column log2FC" in said.replace("\\", "")
    app.button(key="upload_forget").click().run()
    assert "Nothing has been uploaded" in words_of(app)


def test_a_result_is_shown_beside_the_warehouse(
    built_home: Home,
    open_page: OpenPage,
    judged: UploadResult,
) -> None:
    app = open_page(built_home, "your_data", **{"with": CONTRAST})
    app.session_state["upload_result"] = judged
    app.run()
    assert not app.exception
    assert metric_of(app, "Spearman") == "1.000"
    assert metric_of(app, "Same sign") == "100.0 %"
    assert metric_of(app, "Opposite") in {"0", str(judged.verdicts.height)}
    assert any("Simulated data" in str(warning.value) for warning in app.warning)
    assert "higher after pomalidomide than after DMSO" in words_of(app)
    app.switch_page("views/literature.py").run()
    assert [link.label for link in app.page_link if "upload" in link.label]


def test_an_upload_meets_every_contrast_of_the_warehouse(
    built_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tmp_path / "many.duckdb"
    shutil.copy(built_home.current.resolve(), release)
    release.chmod(0o644)
    with duckdb.connect(str(release)) as con:
        for mart in ("dim_contrast", "fct_differential_expression"):
            con.execute(
                f"insert into marts.{mart} select m.* replace ('many.' || i as contrast_id) "
                f"from marts.{mart} as m cross join range(80) as r(i) where contrast_id = $1",
                [CONTRAST],
            )
    genes = query_release(
        release, f"select * from fct_differential_expression where contrast_id = '{CONTRAST}'"
    ).with_columns(pl.lit("uploaded.mine").alias("contrast_id"))
    asked = UploadRequest("", str(release), 0.05, 1.0)
    found, left_out = job._concordance(genes, asked)
    held = query_release(release, "select contrast_id from dim_contrast where is_analysed")
    assert held.height > 80
    assert set(found["contrast_id_b"]) == set(held["contrast_id"])
    assert left_out == 0
    assert found.filter(pl.col("contrast_id_b") == "many.79")["spearman"].item() == pytest.approx(1)
    monkeypatch.setattr(job, "LONGEST_COMPARING_S", -1.0)
    none, left_out = job._concordance(genes, asked)
    assert (none.height, left_out) == (0, held.height)
    assert none.columns == found.columns


def test_contrasts_left_out_are_counted_on_the_page(
    built_home: Home, open_page: OpenPage, judged: UploadResult
) -> None:
    app = open_page(built_home, "your_data")
    app.session_state["upload_result"] = replace(judged, contrasts_left_out=1)
    app.run()
    assert not app.exception
    said = "\n".join(str(warning.value) for warning in app.warning)
    assert "2 of 3 contrasts were compared" in said
