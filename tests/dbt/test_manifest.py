"""The dbt project keeps its own rules, read from the manifest that dbt writes."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2] / "dbt"
PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("dim_", "fct_", "bridge_", "mart_"),
}
EXCEPTIONS: dict[str, dict[str, str]] = yaml.safe_load(
    Path(__file__).with_name("exceptions.yml").read_text("utf-8")
)
KEYED_ELSEWHERE = set(EXCEPTIONS["its key is tested"])
VIEWS = set(EXCEPTIONS["a mart is a table"])
MOST_REFERENCES = 6
MOST_LEAF_CHILDREN = 3
LONGEST_CHAIN_OF_VIEWS = 5

Node = dict[str, Any]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Node:
    target = tmp_path_factory.mktemp("dbt")
    dbt = Path(sys.executable).with_name("dbt")
    where = ["--project-dir", PROJECT, "--profiles-dir", PROJECT]
    output = ["--target-path", target, "--log-path", target]
    parsed = subprocess.run(
        [dbt, "--no-use-colors", "parse", *where, *output],
        cwd=target,
        env={**os.environ, "IMID_WORKING": ":memory:", "IMID_TEMP": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert parsed.returncode == 0, parsed.stdout
    assert "Deprecated" not in parsed.stdout, parsed.stdout
    return json.loads((target / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest: Node) -> list[Node]:
    return [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]


def layer(model: Node) -> str:
    return model["fqn"][1]


def parents(model: Node, kind: str) -> list[str]:
    return [p for p in model["depends_on"]["nodes"] if p.startswith(f"{kind}.")]


def described(nodes: list[Node]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        yield node["name"], node["description"]
        for column in node["columns"].values():
            yield f"{node['name']}.{column['name']}", column["description"]


def test_names_carry_the_prefix_of_their_layer(models: list[Node]) -> None:
    assert {layer(m) for m in models} == set(PREFIXES)
    assert [m["name"] for m in models if not m["name"].startswith(PREFIXES[layer(m)])] == []


def test_models_are_built_into_the_schema_of_their_layer(models: list[Node]) -> None:
    assert [m["name"] for m in models if m["schema"] != layer(m)] == []


def test_only_staging_reads_sources_and_each_model_reads_one(models: list[Node]) -> None:
    for model in models:
        sources, references = parents(model, "source"), parents(model, "model")
        if layer(model) == "staging":
            assert (len(sources), len(references)) == (1, 0), model["name"]
        else:
            assert sources == [], model["name"]


def test_every_source_is_read_by_exactly_one_model(manifest: Node, models: list[Node]) -> None:
    read = [source for m in models for source in parents(m, "source")]
    assert sorted(read) == sorted(manifest["sources"])


def test_layers_depend_to_the_left(models: list[Node]) -> None:
    order = list(PREFIXES)
    by_id = {m["unique_id"]: m for m in models}
    for model in models:
        for parent in parents(model, "model"):
            left, right = layer(by_id[parent]), layer(model)
            assert order.index(left) <= order.index(right), (parent, model["name"])


def test_models_refer_to_few_others(models: list[Node]) -> None:
    assert [m["name"] for m in models if len(parents(m, "model")) > MOST_REFERENCES] == []


def test_no_model_feeds_many_ends(models: list[Node]) -> None:
    children = defaultdict(set)
    for model in models:
        for parent in parents(model, "model"):
            children[parent].add(model["unique_id"])
    for model in models:
        ends = [c for c in children[model["unique_id"]] if not children[c]]
        assert len(ends) <= MOST_LEAF_CHILDREN, (model["name"], ends)


def test_chains_of_views_stay_short(models: list[Node]) -> None:
    by_id = {m["unique_id"]: m for m in models}

    def chain(model: Node) -> int:
        if model["config"]["materialized"] != "view":
            return 0
        return 1 + max((chain(by_id[p]) for p in parents(model, "model")), default=0)

    assert {m["name"]: chain(m) for m in models if chain(m) > LONGEST_CHAIN_OF_VIEWS} == {}


def test_every_model_has_its_key_tested(manifest: Node, models: list[Node]) -> None:
    keyed = {
        test["attached_node"]
        for test in manifest["nodes"].values()
        if test["resource_type"] == "test"
        and (test.get("test_metadata") or {}).get("name") in {"unique", "unique_combination"}
    }
    without = {m["name"] for m in models if m["unique_id"] not in keyed}
    assert without == KEYED_ELSEWHERE


def test_everything_is_described(manifest: Node, models: list[Node]) -> None:
    nodes = [*models, *manifest["sources"].values()]
    assert [name for name, text in described(nodes) if not text.strip()] == []
    assert [m["name"] for m in models if not m["columns"]] == []


def test_descriptions_of_models_begin_with_the_grain(models: list[Node]) -> None:
    assert [m["name"] for m in models if not m["description"].startswith("One row per ")] == []


def test_models_are_described_in_the_yml_of_their_folder(models: list[Node]) -> None:
    for model in models:
        folder = Path(model["original_file_path"]).parent
        expected = (folder / f"_{folder.name}__models.yml").as_posix()
        assert model["patch_path"].endswith(expected), model["name"]


def test_marts_are_public_tables_under_contract(models: list[Node]) -> None:
    for model in models:
        if layer(model) == "marts":
            assert model["access"] == "public", model["name"]
            kinds = {"view"} if model["name"] in VIEWS else {"table", "incremental"}
            assert model["config"]["materialized"] in kinds, model["name"]
            assert model["contract"]["enforced"], model["name"]


def test_staging_warns_and_marts_fail(manifest: Node) -> None:
    for test in manifest["nodes"].values():
        attached = test.get("attached_node")
        if test["resource_type"] == "test" and attached:
            in_staging = manifest["nodes"][attached]["fqn"][1] == "staging"
            expected = "warn" if in_staging else "error"
            assert test["config"]["severity"].lower() == expected, test["name"]


def test_every_model_with_logic_has_a_unit_test(manifest: Node, models: list[Node]) -> None:
    logic = re.compile(
        r"\b(case|over|having|union|distinct|group by)\b"
        r"|\b(coalesce|nullif|greatest|least|sum|count|min|max|avg|median|\w+_by|\w*_?agg|bool_\w+"
        r"|percentile_cont)\s*\(",
        re.I,
    )
    tested = {unit["model"] for unit in manifest["unit_tests"].values()}
    comment = re.compile(r"--.*")
    with_logic = {m["name"] for m in models if logic.search(comment.sub("", m["raw_code"]))}
    assert with_logic - tested == set()


def test_numbers_of_marts_say_what_they_are_counted_in(models: list[Node]) -> None:
    """A count is named for what it counts; any other number's description says its unit."""
    counted = re.compile(r"(^|_)n_|_n$|_position$|^(line|source_row)$|_id$")
    unit = re.compile(
        r"log2|percent|%|\b0 to 1\b|p-value|\bdays?\b|hours?|months|seconds|µM|base pairs"
        r"|\bunits?\b|\bcounts?\b|reads|number|\bratio\b|\brate\b|fraction|share|correlation|score|rank|grade"
        r"|decimals|year|\bpatients|participants|genes|samples|wells|colonies|lines?\b|level|slope"
        r"|statistic|identifier|probability|factor|micromol|degrees of freedom",
        re.I,
    )
    silent = [
        f"{m['name']}.{column['name']}: {column['description']}"
        for m in models
        if layer(m) == "marts"
        for column in m["columns"].values()
        if column["data_type"] in {"int", "bigint", "double"}
        and not counted.search(column["name"])
        and not unit.search(column["description"])
    ]
    assert silent == []


def test_sql_is_portable(models: list[Node]) -> None:
    unportable = re.compile(
        r"\bexclude\b|\bgroup by all\b|\busing\s*\(|\bhash\(|\blog\(|,\s*\n\s*from\b|\s::\w", re.I
    )
    assert [m["name"] for m in models if unportable.search(m["raw_code"])] == []


def test_every_page_that_reads_marts_is_an_exposure_of_them(manifest: Node) -> None:
    """A page reads what its own module and the query modules that it imports name."""
    app = PROJECT.parent / "app" / "web"
    nodes = manifest["nodes"].values()
    marts = {n["name"] for n in nodes if n["name"].startswith(PREFIXES["marts"])}
    used = {}
    for view in sorted((app / "views").glob("*.py")):
        text = view.read_text(encoding="utf-8")
        texts = [text]
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.web.marts"):
                inner = (node.module or "").removeprefix("app.web.marts").lstrip(".")
                queries = [inner] if inner else [alias.name for alias in node.names]
                texts += [(app / "marts" / f"{q}.py").read_text("utf-8") for q in queries]
        if found := marts & set(re.findall(r"\w+", " ".join(texts))):
            used[f"app_{view.stem}"] = found
    exposed = {
        exposure["name"]: {node.rsplit(".", 1)[-1] for node in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }
    assert {page: sorted(found - exposed.get(page, set())) for page, found in used.items()} == {
        page: [] for page in used
    }
    assert set(exposed) == set(used)


def test_the_ledger_says_how_old_the_main_sources_are(manifest: Node) -> None:
    timed = {
        source["name"]
        for source in manifest["sources"].values()
        if source["loaded_at_query"] and source["freshness"]["warn_after"]["count"]
    }
    assert timed >= {"studies", "claims", "adverse_events", "genes", "registry_trials"}
