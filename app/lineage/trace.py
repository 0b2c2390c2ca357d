"""Finding a row by its key and following it back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from app.lineage.result import Row, Trace
from ingest.messages import near_miss
from warehouse import lineage
from warehouse.errors import DataError, UsageError
from warehouse.lineage import Lookup
from warehouse.resolve import resolve

_NAMED: Final = re.compile(r"(?:^|,)\s*(\w+)=")
_PLACE: Final = {
    "source_location": ("source_location", "source_table"),
    "source_row": ("source_row",),
    "source_column": ("source_column",),
    "source_line": ("line",),
    "verbatim": ("verbatim", "verbatim_cell"),
}
# Subjects of mart_provenance by the columns that name them.
_SUBJECTS: Final = {
    "fct_literature_claim": ("claim_id", "claim_ids"),
    "fct_adverse_event": ("adverse_event_id", "comparator_adverse_event_id"),
    "fct_assay_measurement": ("measurement_id",),
    "fct_dose_response": ("dose_response_id",),
    "fct_colony_ratio": ("colony_ratio_id",),
}


def trace(release: str, mart: str, key: Sequence[str], lookup: Lookup) -> Trace:
    """Follow one row of a mart back to loads, files and documents.

    Parameters
    ----------
    key
        Values of the mart's key in its order, or ``column=value`` pairs (also several in one
        text, separated by commas) of any columns that single out a row. A gene may be given by
        any name that leads to one gene.
    lookup
        Runs a SELECT on the release.

    Raises
    ------
    UsageError
        If there is no such mart or column, or the key does not fit; it names the key's columns.
    DataError
        If no row, or more than one, has this key.
    """
    mart = mart.removeprefix("marts.")
    columns = _columns(lookup, mart)
    models = _models(lookup, mart)
    keys: list[list[str]] = json.loads(models[0]["key_columns"]) if models else []
    given = _given(mart, key, columns, keys, lookup)
    row = _row(lookup, mart, columns, given, keys)
    contrasts = _contrasts(row)
    subjects = [("fct_differential_expression", contrast) for contrast in contrasts]
    for subject_mart, names in _SUBJECTS.items():
        subjects += [(subject_mart, value) for name in names for value in _listed(row.get(name))]
    if not subjects and row.get("study_id"):
        subjects = [("dim_study", row["study_id"])]
    sources = _sources(lookup, subjects)
    load_ids = dict.fromkeys(source["load_id"] for source in sources)
    if row.get("load_id"):
        load_ids[row["load_id"]] = None
    load_ids.update(dict.fromkeys(_listed(row.get("load_ids"))))
    if not load_ids or mart == "dim_gene":
        load_ids.update(dict.fromkeys(lineage.loads_of_row(lookup, row)))
    fits = lineage.fits(
        lookup, list(dict.fromkeys(s["fit_id"] for s in sources if s["fit_id"] is not None))
    )
    counts: list[Row] = []
    if row.get("gene_id") and contrasts:
        counts = lineage.counts(lookup, contrasts, row["gene_id"])
    elif row.get("gene_id") and row.get("sample_key"):
        sample = row["sample_key"].removeprefix(f"{row['study_id']}/")
        counts = lineage.sample_counts(lookup, row["study_id"], sample, row["gene_id"])
    return Trace(
        release=release,
        mart=mart,
        key=given,
        row=row,
        models=[{**model, "depends_on": json.loads(model["depends_on"])} for model in models],
        documents=_documents(lookup, row, sources),
        fits=fits,
        counts=counts,
        results=(
            lineage.given_results(lookup, contrasts, row["gene_id"])
            if row.get("gene_id") and contrasts
            else []
        ),
        loads=_loads(lookup, list(load_ids)),
        build=_build(lookup, release),
    )


def _columns(lookup: Lookup, mart: str) -> dict[str, str]:
    found = lookup(
        "select table_name, column_name, data_type from information_schema.columns "
        "where table_schema = 'marts' order by table_name, ordinal_position",
        {},
    )
    marts = sorted(set(found["table_name"]))
    if mart not in marts:
        raise UsageError(
            f"there is no mart {mart!r}; there are {', '.join(marts)}.{near_miss(mart, marts)}"
        )
    return {row[1]: row[2] for row in found.rows() if row[0] == mart}


def _models(lookup: Lookup, mart: str) -> list[Row]:
    """Return the mart's model and all that it rests on, nearest first; none where unrecorded."""
    recorded = lookup(
        "select 1 from information_schema.tables "
        "where table_schema = 'ops' and table_name = 'models'",
        {},
    )
    if not recorded.height:
        return []
    rows = lookup(
        "select model, schema_name, file_path, file_sha256, key_columns, depends_on "
        "from ops.models order by schema_name, model",
        {},
    ).to_dicts()
    known = {f"{row['schema_name']}.{row['model']}": row for row in rows}
    queue, reached = [f"marts.{mart}"], {}
    while queue:
        name = queue.pop(0)
        if name in known and name not in reached:
            reached[name] = known[name]
            queue += json.loads(known[name]["depends_on"])
    return list(reached.values())


def _given(
    mart: str,
    arguments: Sequence[str],
    columns: Mapping[str, str],
    keys: Sequence[Sequence[str]],
    lookup: Lookup,
) -> Row:
    """Return the columns and values that the arguments name, genes by their stable id."""
    words = " or ".join(", ".join(key) for key in keys) or "not recorded; name columns"
    given: dict[str, str] = {}
    if any(_NAMED.match(argument) for argument in arguments):
        for argument in arguments:
            parts = _NAMED.split(argument)
            if parts[0].strip():
                raise UsageError(f"{argument!r} is no column=value. The key of {mart} is {words}.")
            given.update({n: v.strip() for n, v in zip(parts[1::2], parts[2::2], strict=True)})
    else:
        fitting = [key for key in keys if len(key) == len(arguments)]
        if not fitting:
            counted = "1 value was" if len(arguments) == 1 else f"{len(arguments)} values were"
            raise UsageError(f"{counted} given. The key of {mart} is {words}.")
        given = dict(zip(fitting[0], arguments, strict=True))
    for name in given:
        if name not in columns:
            raise UsageError(
                f"{mart} has no column {name!r}. Its key is {words}."
                f"{near_miss(name, list(columns))}"
            )
    if "gene_id" in given:
        given["gene_id"] = _gene(given["gene_id"], lookup)
    return given


def _gene(text: str, lookup: Lookup) -> str:
    known = lookup("select gene_id from marts.dim_gene where gene_id = $gene", {"gene": text})
    if known.height:
        return text
    found = resolve(text, lookup)
    if len(found) == 1 and len(found[0].gene_ids) == 1:
        return found[0].gene_ids[0]
    raise DataError(" ".join(f.sentence for f in found) or f"no gene is called {text!r}.")


def _row(
    lookup: Lookup,
    mart: str,
    columns: Mapping[str, str],
    given: Mapping[str, str],
    keys: Sequence[Sequence[str]],
) -> Row:
    # A cast on a text column would keep the scan from skipping row groups.
    tests = " and ".join(
        f'"{name}" = $p{i}'
        if columns[name] == "VARCHAR"
        else f'cast("{name}" as varchar) = lower($p{i})'
        for i, name in enumerate(given)
    )
    found = lookup(
        f"select * from marts.{mart} where {tests} limit 2",
        {f"p{i}": value for i, value in enumerate(given.values())},
    ).to_dicts()
    named = ", ".join(f"{name}={value}" for name, value in given.items())
    if not found:
        raise DataError(f"{mart} has no row with {named}.")
    if len(found) > 1:
        words = " or ".join(", ".join(key) for key in keys) or "not recorded"
        raise DataError(f"several rows of {mart} have {named}. Its key is {words}.")
    return found[0]


def _contrasts(row: Row) -> list[str]:
    named = [
        value
        for name, value in row.items()
        if value is not None and (name.startswith("contrast_id") or name.endswith("_contrast_id"))
    ]
    return list(dict.fromkeys([*named, *_listed(row.get("pooled_contrast_ids"))]))


def _listed(value: object) -> list[str]:
    """Return one value, a list of them or a text of several as a list."""
    if value is None:
        return []
    if isinstance(value, list):
        return [str(item) for item in value]
    return [part.strip() for part in str(value).split("|") if part.strip()]


def _sources(lookup: Lookup, subjects: Sequence[tuple[str, str]]) -> list[Row]:
    rows: list[Row] = []
    for mart in dict.fromkeys(subject[0] for subject in subjects):
        rows += lookup(
            "select * from marts.mart_provenance where mart = $mart "
            "and list_contains($subjects, subject_key) order by subject_key",
            {"mart": mart, "subjects": [key for name, key in subjects if name == mart]},
        ).to_dicts()
    return rows


def _loads(lookup: Lookup, load_ids: Sequence[str]) -> list[Row]:
    simulated = lookup(
        "select load_id from marts.dim_study where is_simulated union all "
        "select load_id from marts.dim_assay_run where is_simulated",
        {},
    )
    known = set(simulated["load_id"])
    return [
        {**load, "is_simulated": load["load_id"] in known}
        for load in lineage.loads(lookup, load_ids)
    ]


def _documents(lookup: Lookup, row: Row, sources: Sequence[Row]) -> list[Row]:
    places = [source for source in sources if source["document_id"] is not None]
    own = {
        name: next((row[column] for column in columns if row.get(column) is not None), None)
        for name, columns in _PLACE.items()
    }
    if not places and row.get("document_id") and any(own.values()):
        titles = lookup(
            "select title from marts.dim_document where document_id = $id",
            {"id": row["document_id"]},
        )
        title = titles["title"][0] if titles.height else None
        places = [{"document_id": row["document_id"], **own, "document_title": title}]
    return [
        {name: place.get(name) for name in ("document_id", "document_title", *_PLACE, "file_name")}
        for place in places
    ]


def _build(lookup: Lookup, release: str) -> Row | None:
    found = lookup(
        "select build_id, finished_at, models, tests_passed, tests_warned, fdr_threshold, "
        "abs_lfc_threshold, imid_version from ops.builds where build_id = $build",
        {"build": release},
    ).to_dicts()
    return found[0] if found else None
