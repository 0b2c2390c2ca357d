"""From rows of marts to the bytes they came from."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from app.cli.main import run_command
from app.lineage import Trace, trace
from app.web.reader import Reader
from tests.app.conftest import OpenPage, words_of
from tests.support.small_study import DRUGS, REPLICATES
from warehouse.errors import DataError, UsageError
from warehouse.home import Home, installation_root
from warehouse.queries import query_release, release_lookup

CURATED = installation_root() / "ingest" / "curated"


@pytest.fixture
def traced(built_home: Home) -> Iterator[Callable[[str, Sequence[str]], Trace]]:
    release = built_home.current.resolve()
    with release_lookup(release) as lookup:
        yield lambda mart, key: trace(release.stem, mart, key, lookup)


def contrast(home: Home) -> str:
    found = query_release(
        home.current.resolve(),
        "select contrast_id from dim_contrast where numerator = 'lenalidomide'",
    )
    return str(found.item())


def test_a_fold_change_leads_to_the_lines_of_its_counts_file(
    built_home: Home, traced: Callable[[str, Sequence[str]], Trace]
) -> None:
    found = traced("fct_differential_expression", [contrast(built_home), "c-Myc"])
    assert found.key["gene_id"] == "ENSG00000136997"
    (load,) = found.loads
    files = {file["role"]: Path(file["path"]) for file in load["files"]}
    for file in load["files"]:
        digest = hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest()
        assert digest == file["sha256"]
    with files["counts"].open() as handle:
        lines = list(csv.reader(handle, delimiter="\t"))
    assert len(found.counts) == REPLICATES * len(DRUGS)
    for count in found.counts:
        line = lines[count["line"] - 1]
        assert line[1] == "MYC"
        assert int(line[lines[0].index(count["sample_id"])]) == count["count"]
    (fit,) = found.fits
    assert fit["load_id"] == load["load_id"]
    assert found.models[0]["model"] == "fct_differential_expression"
    path = installation_root() / "dbt" / found.models[0]["file_path"]
    assert path.is_file()
    assert "raw.features" in found.tables()
    assert not any(table.startswith(("staging", "intermediate")) for table in found.tables())


def test_a_curated_cell_leads_to_its_words_and_its_line(
    traced: Callable[[str, Sequence[str]], Trace],
) -> None:
    for mart, file, column in (
        ("fct_adverse_event", "adverse_events.csv", "verbatim_cell"),
        ("fct_literature_claim", "claims.csv", "verbatim"),
    ):
        with (CURATED / file).open(newline="") as handle:
            first = next(csv.DictReader(handle))
        key = first["adverse_event_id" if mart == "fct_adverse_event" else "claim_id"]
        found = traced(mart, [key])
        (place,) = found.documents
        assert place["verbatim"] == first[column]
        assert place["source_line"] == 2
        assert place["document_id"] == first["document_id"]
        (load,) = found.loads
        (file_entry,) = load["files"]
        assert file_entry["sha256"] == hashlib.sha256((CURATED / file).read_bytes()).hexdigest()
        assert any(first[column] in line for line in found.lines())


def test_a_row_of_every_mart_leads_to_a_file(
    built_home: Home, traced: Callable[[str, Sequence[str]], Trace]
) -> None:
    release = built_home.current.resolve()
    models = query_release(
        release, "select model, key_columns from ops.models where schema_name = 'marts'"
    ).rows()
    followed = 0
    for mart, keys in models:
        assert json.loads(keys), f"{mart} has no key"
        (key, *_) = json.loads(keys)
        columns = ", ".join(key)
        rows = query_release(release, f"select {columns} from {mart} order by {columns} limit 1")
        if not rows.height:
            continue
        given = [
            f"{name}={value}"
            for name, value in rows.row(0, named=True).items()
            if value is not None
        ]
        found = traced(mart, given)
        assert found.loads, mart
        assert all(load["files"] for load in found.loads), mart
        assert found.build is not None
        followed += 1
    assert followed > 30


def test_what_does_not_fit_is_answered_with_the_key(
    built_home: Home, traced: Callable[[str, Sequence[str]], Trace]
) -> None:
    de = "fct_differential_expression"
    with pytest.raises(UsageError, match=r"Did you mean|dim_drug"):
        traced("dim_drg", ["lenalidomide"])
    with pytest.raises(UsageError, match=r"1 value was given.*contrast_id, gene_id"):
        traced(de, ["IRF4"])
    with pytest.raises(UsageError, match=r"no column 'gene'.*contrast_id, gene_id"):
        traced(de, [f"contrast_id={contrast(built_home)},gene=IRF4"])
    with pytest.raises(UsageError, match="no column=value"):
        traced(de, ["IRF4", "contrast_id=x"])
    with pytest.raises(DataError, match="no row with contrast_id=x"):
        traced(de, ["contrast_id=x,gene_id=IRF4"])
    with pytest.raises(DataError, match=r"several rows.*contrast_id, gene_id"):
        traced(de, ["gene_id=IRF4"])
    with pytest.raises(DataError, match="NOGENE"):
        traced(de, [contrast(built_home), "NOGENE"])


def test_the_command_writes_lines_or_json(
    built_home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    at = ["--home", str(built_home.root), "trace"]
    key = f"contrast_id={contrast(built_home)},gene_id=IRF4"
    assert run_command([*at, "fct_differential_expression", key]) == 0
    said = capsys.readouterr().out
    for word in ("row ", "model ", "fit ", "counts ", "load ", "file ", "release "):
        assert f"\n{word}" in f"\n{said}".replace("  file", "file"), word
    assert run_command([*at, "marts.fct_differential_expression", key, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["loads"][0]["files"][0]["sha256"]
    assert run_command([*at, "dim_gene"]) == 2
    assert run_command([*at, "dim_gene", "gene=x"]) == 2
    assert "Its key is gene_id" in capsys.readouterr().err


def test_the_page_shows_the_same_chain(built_home: Home, open_page: OpenPage) -> None:
    release = built_home.current.resolve()
    key = f"contrast_id={contrast(built_home)},gene_id=IRF4"
    page = open_page(built_home, "provenance", mart="fct_differential_expression", id=key)
    assert not page.exception
    chain = "\n".join(code.value for code in page.code)
    reader = Reader(release.stem, str(release))
    expected = trace(release.stem, "fct_differential_expression", [key], reader.rows)
    assert "\n".join(expected.source_lines()) in chain
    page = open_page(built_home, "provenance", mart="fct_adverse_event", id="003-T1-r1-c3")
    assert "load " in "\n".join(code.value for code in page.code)
    assert not page.exception


def test_an_assay_s_numbers_lead_to_the_lines_of_its_table(
    built_home: Home, traced: Callable[[str, Sequence[str]], Trace]
) -> None:
    release = built_home.current.resolve()
    row = query_release(
        release,
        "select measurement_id, assay_run_id, line, concentration_as_given "
        "from fct_assay_measurement where treatment_role = 'treated' "
        "order by measurement_id limit 1",
    ).row(0, named=True)
    found = traced("fct_assay_measurement", [row["measurement_id"]])
    (load,) = found.loads
    written = [Path(file["path"]) for file in load["files"] if file["path"].endswith(".csv")]
    for file in load["files"]:
        assert hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest() == file["sha256"]
    lines = written[0].read_text(encoding="utf-8").splitlines()
    assert row["concentration_as_given"] in lines[row["line"] - 1]

    held = query_release(
        release,
        "select p.mart, p.subject_kind, count(*) as n, count(p.source_line) as lines "
        "from mart_provenance as p inner join dim_assay_run as r on p.load_id = r.load_id "
        "group by p.mart, p.subject_kind order by p.mart",
    ).to_dicts()
    for one in held:
        rows = query_release(release, f"select count(*) from {one['mart']}").item()
        assert one["n"] == rows > 0
        assert one["lines"] == (rows if one["mart"] == "fct_assay_measurement" else 0)
    assert [one["mart"] for one in held] == [
        "dim_assay_run",
        "fct_assay_measurement",
        "fct_colony_ratio",
        "fct_dose_response",
    ]


@pytest.mark.parametrize("mart", ["fct_dose_response", "fct_colony_ratio"])
def test_a_result_of_an_assay_leads_to_its_files(
    built_home: Home,
    traced: Callable[[str, Sequence[str]], Trace],
    open_page: OpenPage,
    mart: str,
) -> None:
    key = f"{mart.removeprefix('fct_')}_id"
    subject = query_release(
        built_home.current.resolve(), f"select {key} from {mart} order by {key} limit 1"
    ).item()
    (load,) = traced(mart, [subject]).loads
    assert {"assay.yaml"} < {Path(file["path"]).name for file in load["files"]}
    page = open_page(built_home, "provenance", mart=mart, id=subject)
    assert not page.exception
    said = words_of(page)
    assert "assay\\.yaml" in said or "assay.yaml" in said
    assert any("Simulated data" in str(warning.value) for warning in page.warning)
