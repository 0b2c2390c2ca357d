"""The upload of a session on Compare drugs and Literature: marked, exported, and no one else's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from app.cli.dbt_build import compiled_model
from app.uploads.overlay import UNPAIRABLE, drug_comparison
from app.uploads.results import STUDY_ID, UploadResult
from app.web.components import export
from app.web.components.export import file_name
from app.web.components.frame import SESSION_MARK
from app.web.components.uploads import KEPT, short_name
from app.web.marts.literature import CLAIMS
from app.web.marts.uploads import CHANGES, CONTRAST, FEATURES
from app.web.overlay import SessionReader
from app.web.reader import Reader, ReadError
from tests.app.conftest import OpenPage, metric_of, words_of
from warehouse.home import Home
from warehouse.queries import query_release

WithUpload = Callable[..., AppTest]

MINE = f"{STUDY_ID}.pomalidomide_vs_dmso"
SAME = "small-imid.pomalidomide_vs_dmso"
OTHER = "small-imid.lenalidomide_vs_dmso"
PAIR = f"{MINE} | {OTHER}"
LOOKS = "it names an upload, which only the session that made it can see"


@pytest.fixture(scope="module")
def upload(built_home: Home) -> UploadResult:
    """What an upload of the warehouse's own pomalidomide contrast gives, as measured data.

    Its process is tried in test_your_data.py; here it is the mart's rows under the upload's id.
    """
    release = built_home.current.resolve()

    def of(mart: str, contrast: str = SAME) -> pl.DataFrame:
        found = query_release(release, f"select * from {mart} where contrast_id = '{contrast}'")
        return found.with_columns(contrast_id=pl.lit(MINE))

    contrasts = of("dim_contrast").with_columns(
        study_id=pl.lit(STUDY_ID),
        is_simulated=False,
        label=pl.lit("pomalidomide 1 uM vs DMSO in MM.1S, 24 h (uploaded)"),
    )
    concordance = query_release(release, "select * from analytics.contrast_pairs").filter(
        (pl.col("contrast_id_a") == SAME) & (pl.col("contrast_id_b") == OTHER)
    )
    words = "claim_id, target_as_written, verbatim, document_title"
    verdicts = (
        of("mart_literature_concordance")
        .with_columns(is_simulated=False, contrast_label=pl.lit("pomalidomide vs DMSO (uploaded)"))
        .join(query_release(release, f"select {words} from fct_literature_claim"), on="claim_id")
    )
    nothing = pl.DataFrame()
    return UploadResult(
        refusal=None,
        recognised="a table",
        validations=nothing,
        rejected=nothing,
        profiles=nothing,
        contrasts=contrasts,
        features=query_release(release, UNPAIRABLE).with_columns(study_id=pl.lit(STUDY_ID)),
        genes=of("fct_differential_expression").with_columns(study_id=pl.lit(STUDY_ID)),
        concordance=concordance.with_columns(contrast_id_a=pl.lit(MINE)),
        verdicts=verdicts,
        release=release.stem,
        comparison_model=compiled_model(built_home, "mart_drug_comparison"),
    )


@pytest.fixture
def with_upload(built_home: Home, open_page: OpenPage, upload: UploadResult) -> WithUpload:
    """Return a function that opens a page in a session that holds the upload."""

    def opened(page: str, kept: UploadResult = upload, **parameters: str | list[str]) -> AppTest:
        app = open_page(built_home, "overview")
        app.session_state[KEPT] = kept
        app.switch_page(f"views/{page}.py")
        for key, value in parameters.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, pl.DataFrame]]:
    """What the pages offer to download: file name and rows, by key."""
    seen: dict[str, tuple[str, pl.DataFrame]] = {}

    def note(
        frame: pl.DataFrame,
        release: str,
        what: str,
        filters: dict[str, list[str]],
        key: str,
        notes: dict[str, str],  # noqa: ARG001
    ) -> None:
        seen[key] = (file_name(release, what, filters, "csv"), frame)

    monkeypatch.setattr(export, "table_download", note)
    return seen


def marks(app: AppTest) -> str:
    return "\n".join(str(info.value) for info in app.info)


def banner(app: AppTest) -> str:
    return "\n".join(str(warning.value) for warning in app.warning).replace("\\", "")


def held(home: Home, contrast: str) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    reader = Reader("r", str(home.current.resolve()))
    contrasts, changes, features = (
        reader.bulk(sql, {"contrast": contrast}) for sql in (CONTRAST, CHANGES, FEATURES)
    )
    return contrasts, changes, features


def test_genes_are_classed_by_the_model_of_the_mart(built_home: Home, upload: UploadResult) -> None:
    mine = drug_comparison(upload, *held(built_home, OTHER))
    theirs = query_release(
        built_home.current.resolve(),
        "select gene_id, comparison_class, log2_fold_change_a, log2_fold_change_b "
        f"from mart_drug_comparison where pair_id = '{OTHER} | {SAME}' order by gene_id",
    )
    turned = {"only_a": "only_b", "only_b": "only_a"}
    assert mine["pair_id"].unique().to_list() == [PAIR]
    assert mine["gene_id"].to_list() == theirs["gene_id"].to_list()
    assert mine["comparison_class"].to_list() == [
        turned.get(one, one) for one in theirs["comparison_class"]
    ]
    assert mine["log2_fold_change_a"].equals(theirs["log2_fold_change_b"])
    assert {"both_up", "both_down", "neither", "not_tested"} <= set(mine["comparison_class"])


def test_a_difference_is_tested_only_where_the_warehouse_would(
    built_home: Home, upload: UploadResult
) -> None:
    contrast, *rest = held(built_home, OTHER)
    # Measured against simulated data: never.
    assert drug_comparison(upload, contrast, *rest)["difference_padj"].is_null().all()
    measured = contrast.with_columns(is_simulated=False)
    tested = drug_comparison(upload, measured, *rest).filter(
        pl.col("difference_padj").is_not_null()
    )
    assert tested.height > 200
    assert set(tested["difference_method"]) == {"z_across_fits"}
    apart = (tested["log2_fold_change_a"] - tested["log2_fold_change_b"]).to_list()
    assert tested["difference"].to_list() == pytest.approx(apart)
    for name, value in (("cell_context", "immune_cells"), ("origin", "given")):
        other = measured.with_columns(pl.lit(value).alias(name))
        assert drug_comparison(upload, other, *rest)["difference"].is_null().all()


def test_a_feature_of_no_single_gene_pairs_with_none(
    built_home: Home, upload: UploadResult
) -> None:
    contrast, changes, features = held(built_home, OTHER)
    genes = upload.genes["gene_id"]
    shared = pl.DataFrame(
        {
            "study_id": [STUDY_ID, contrast["study_id"][0]],
            "feature_id": [genes[0], genes[1]],
            "identity_status": ["shared", "ambiguous"],
        }
    )
    mine = replace(upload, features=pl.concat([upload.features, shared[:1]]))
    rows = drug_comparison(mine, contrast, changes, pl.concat([features, shared[1:]]))
    assert set(genes) - set(rows["gene_id"]) == {genes[0], genes[1]}
    measured = contrast.with_columns(is_simulated=False)
    tested = drug_comparison(mine, measured, changes, pl.concat([features, shared[1:]]))
    assert not set(tested["gene_id"]) & {genes[0], genes[1]}


def test_an_upload_is_one_of_two_drugs(
    with_upload: WithUpload, offered: dict[str, tuple[str, pl.DataFrame]], built_home: Home
) -> None:
    plain = with_upload("compare_drugs")
    assert not any(SESSION_MARK in option for option in plain.selectbox[0].value.split("|"))
    assert "can be chosen under “Pair of drugs”" in words_of(plain)
    assert "upload" not in offered["compare_download"][1].columns
    assert "upload" not in offered["compare_download"][0]

    app = with_upload("compare_drugs", pair=PAIR)
    assert "Your upload, this session only" in marks(app)
    assert "cannot be used here" not in banner(app)
    ((spearman,),) = query_release(
        built_home.current.resolve(),
        "select spearman from mart_contrast_concordance "
        f"where contrast_id_a = '{OTHER}' and contrast_id_b = '{SAME}'",
    ).rows()
    assert metric_of(app, "Spearman") == f"{spearman:.3f}"
    shown = app.dataframe[0].value
    assert set(shown["upload"]) == {SESSION_MARK}
    name, rows = offered["compare_download"]
    assert "your-upload-this-session-only" in name
    assert rows["upload"].unique().to_list() == [SESSION_MARK]
    assert rows["gene_id"].to_list() == shown["gene_id"].to_list()
    assert any("Simulated data" in str(warning.value) for warning in app.warning)


@pytest.mark.parametrize(
    ("page", "key", "parameters"),
    [
        ("compare_drugs", "compare_download", {"pair": PAIR}),
        ("your_data", "upload_claims_download", {"with": OTHER}),
    ],
    ids=["compare_drugs", "your_data"],
)
def test_an_upload_beside_simulated_data_is_partly_simulated(
    with_upload: WithUpload,
    offered: dict[str, tuple[str, pl.DataFrame]],
    page: str,
    key: str,
    parameters: dict[str, str],
) -> None:
    app = with_upload(page, **parameters)
    drawn = [*app.get("vega_lite_chart"), *app.get("arrow_vega_lite_chart")]
    assert drawn
    assert all("Partly simulated data." in str(chart.proto.spec) for chart in drawn)
    name, rows = offered[key]
    if page == "compare_drugs":
        assert "partly-simulated" in name
        assert rows["data"].unique().to_list() == ["partly simulated"]
    else:
        assert "simulated" not in name


def test_what_the_checks_say_of_an_upload_can_be_downloaded(
    with_upload: WithUpload, offered: dict[str, tuple[str, pl.DataFrame]], upload: UploadResult
) -> None:
    check = {
        "is_success": False,
        "severity": "warning",
        "meaning": "a p-value is missing",
        "column_name": "pvalue",
        "observed": "NA",
        "unexpected_keys": "row 3",
    }
    checks = pl.DataFrame([check, check | {"is_success": True}])
    left_out = pl.DataFrame({"row": [3, 7], "reason": ["no number", "no gene"]})
    with_upload("your_data", kept=replace(upload, validations=checks, rejected=left_out))
    name, rows = offered["upload_checks_download"]
    assert "your-upload-this-session-only" in name
    assert rows["meaning"].to_list() == ["a p-value is missing"]
    name, rows = offered["upload_rejected_download"]
    assert "your-upload-this-session-only" in name
    assert rows.drop("upload").equals(left_out)


def test_a_figure_that_rests_on_an_upload_says_so(with_upload: WithUpload) -> None:
    for page, parameters in (
        ("compare_drugs", {"pair": PAIR}),
        ("literature", {"against": MINE}),
        ("your_data", {}),
    ):
        app = with_upload(page, **parameters)
        specs = [str(chart.proto.spec) for chart in app.get("vega_lite_chart")]
        specs += [str(chart.proto.spec) for chart in app.get("arrow_vega_lite_chart")]
        assert specs
        assert all(f"With {SESSION_MARK}" in spec for spec in specs), page


def test_an_upload_is_one_of_several_contrasts(
    with_upload: WithUpload, offered: dict[str, tuple[str, pl.DataFrame]]
) -> None:
    asked = {"compare": "several contrasts", "contrasts": [MINE, SAME]}
    app = with_upload("compare_drugs", **asked)
    assert "Your upload, this session only" in marks(app)
    name, rows = offered["overlap_genes_download"]
    assert "your-upload-this-session-only" in name
    mine, theirs = (f for f in rows.columns if f.startswith("log2 FC"))
    assert "your upload" in mine
    # The same contrast twice: every gene is called in both, alike.
    assert rows[mine].to_list() == rows[theirs].to_list()
    assert app.dataframe[0].value["called in exactly"].str.contains("your upload").all()


def test_an_upload_is_one_more_contrast_of_the_claims(
    with_upload: WithUpload,
    offered: dict[str, tuple[str, pl.DataFrame]],
    upload: UploadResult,
    built_home: Home,
) -> None:
    app = with_upload("literature", against=MINE)
    assert "Your upload, this session only" in marks(app)
    counted = dict(upload.verdicts.group_by("verdict").len().iter_rows())
    for label, verdict in (("Agrees", "agrees"), ("Opposite", "opposite")):
        assert metric_of(app, label) == str(counted[verdict])
    name, rows = offered["literature_claims_download"]
    assert "your-upload-this-session-only" in name
    assert rows.height == upload.verdicts.height
    assert rows["upload"].unique().to_list() == [SESSION_MARK]
    # What is of the warehouse alone carries no mark.
    assert "upload" not in offered["standing_download"][1].columns
    assert "your-upload" not in offered["standing_download"][0]

    app = with_upload("literature", against=f"{STUDY_ID}.and_all")
    (held,) = query_release(
        built_home.current.resolve(), "select count(*) from mart_literature_concordance"
    ).row(0)
    rows = offered["literature_claims_download"][1]
    assert rows.height == held + upload.verdicts.height
    marked = rows.filter(pl.col("upload") == SESSION_MARK)
    assert marked.height == upload.verdicts.height
    assert set(marked["contrast"]) == {"pomalidomide vs DMSO (uploaded)"}


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("compare_drugs", {"pair": PAIR}),
        ("compare_drugs", {"compare": "several contrasts", "contrasts": [MINE, SAME, OTHER]}),
        ("literature", {"against": MINE}),
        ("literature", {"against": f"{STUDY_ID}.and_all"}),
    ],
    ids=["pair", "several", "claims", "all_claims"],
)
def test_a_link_to_an_upload_tells_others_what_they_miss(
    built_home: Home,
    open_page: OpenPage,
    with_upload: WithUpload,
    page: str,
    parameters: dict[str, str | list[str]],
) -> None:
    theirs = with_upload(page, **parameters)
    assert "cannot be used here" not in banner(theirs)
    other = open_page(built_home, page, **parameters)
    assert not other.exception
    assert not other.error
    assert LOOKS in banner(other)
    assert SESSION_MARK not in words_of(other).lower().replace(banner(other).lower(), "")
    assert not any(SESSION_MARK in str(box.options) for box in other.selectbox)


def test_another_session_sees_the_warehouse_alone(
    built_home: Home, with_upload: WithUpload, open_page: OpenPage
) -> None:
    mine = with_upload("literature", against=MINE)
    other = open_page(built_home, "literature")
    (pairs,) = query_release(
        built_home.current.resolve(),
        "select count(*) from mart_literature_concordance where verdict = 'agrees'",
    ).row(0)
    assert metric_of(other, "Agrees") == str(pairs)
    assert metric_of(mine, "Agrees") != metric_of(other, "Agrees")
    assert KEPT not in other.session_state
    other.switch_page("views/your_data.py").run()
    assert "Nothing has been uploaded in this session." in marks(other)


def test_an_upload_forgotten_is_offered_no_more(with_upload: WithUpload) -> None:
    app = with_upload("compare_drugs", pair=PAIR)
    app.switch_page("views/your_data.py").run()
    app.button(key="upload_forget").click().run()
    assert "upload_pair" not in app.session_state
    app.switch_page("views/compare_drugs.py").run()
    assert not app.exception
    assert "Your upload, this session only" not in marks(app)
    assert not any(SESSION_MARK in str(box.options) for box in app.selectbox)


def test_an_upload_held_against_an_earlier_release_is_not_overlaid(
    with_upload: WithUpload, upload: UploadResult
) -> None:
    earlier = replace(upload, release="wh_20250101T000000000000Z")
    for page in ("compare_drugs", "literature", "your_data"):
        app = with_upload(page, kept=earlier)
        assert "Check it again on" in marks(app)
        assert not any(SESSION_MARK in str(box.options) for box in app.selectbox)


def test_nothing_of_an_upload_reaches_the_home(built_home: Home, with_upload: WithUpload) -> None:
    def content() -> dict[str, str]:
        files = sorted(path for path in built_home.root.rglob("*") if path.is_file())
        return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}

    before = content()
    with_upload("compare_drugs", pair=PAIR)
    with_upload("compare_drugs", compare="several contrasts", contrasts=[MINE, SAME])
    with_upload("literature", against=f"{STUDY_ID}.and_all")
    with_upload("your_data")
    assert content() == before


def test_rows_of_a_session_answer_only_what_they_hold(upload: UploadResult) -> None:
    reader = SessionReader("r", "nowhere", {"dim_contrast": upload.contrasts})
    found = reader.rows(
        "select contrast_id from marts.dim_contrast where study_id = $study", {"study": STUDY_ID}
    )
    assert found["contrast_id"].to_list() == [MINE]
    with pytest.raises(ReadError, match="upload it again"):
        reader.rows(CLAIMS)
    for sql in ("select * from read_text('/etc/hostname')", "attach '/tmp/x.duckdb' as x"):
        with pytest.raises(ReadError):
            reader.rows(sql)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("pomalidomide", "pomalidomide"),
        ("![x](http://127.0.0.1:9/x.png)", "x http //127.0.0.1 9/x.png"),
        ("<script>alert(1)</script>", "script alert 1 /script"),
        ("**a**\n# b", "a b"),
        ("\x00\u202e", "unnamed"),
        ("x" * 50, "x" * 39 + "…"),
    ],
    ids=["drug", "picture", "script", "markdown", "controls", "long"],
)
def test_names_that_people_type_are_read_by_no_markup(written: str, read: str) -> None:
    assert short_name(written) == read


HOSTILE = "<script>alert(1)</script>![x](http://127.0.0.1:9/x.png)**b**"


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("your_data", {}),
        ("compare_drugs", {"pair": PAIR}),
        ("compare_drugs", {"compare": "several contrasts", "contrasts": [MINE, OTHER]}),
        ("literature", {"against": MINE}),
    ],
    ids=["your_data", "pair", "several", "claims"],
)
def test_hostile_names_are_shown_as_text(
    with_upload: WithUpload,
    upload: UploadResult,
    page: str,
    parameters: dict[str, str | list[str]],
) -> None:
    named = pl.lit(HOSTILE)
    hostile = replace(
        upload,
        refusal=None,
        recognised=HOSTILE,
        contrasts=upload.contrasts.with_columns(
            numerator=named,
            denominator=named,
            label=named,
            direction_sentence=pl.lit(f"positive = higher in {HOSTILE} than in {HOSTILE}"),
        ),
        genes=upload.genes.with_columns(symbol=named),
        verdicts=upload.verdicts.with_columns(contrast_label=named),
        profiles=pl.DataFrame({"sample_id": [HOSTILE], "genes": [1]}),
        rejected=pl.DataFrame({"file": [HOSTILE], "reason": [HOSTILE], "content": [HOSTILE]}),
    )
    app = with_upload(page, kept=hostile, **parameters)
    assert "cannot be used here" not in banner(app)
    said = words_of(app)
    labels = [str(link.label) for link in app.get("page_link")]
    labels += [str(control.options) for control in app.get("button_group")]
    for text in (said, *labels):
        assert "<script>" not in text
        assert "](http" not in text
        assert "**b**" not in text
    assert "script" in said
