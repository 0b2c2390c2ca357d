"""``imid.yaml``: what a warehouse loads, and its thresholds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from ingest.curated.kinds import KINDS
from ingest.messages import first_validation_error, near_miss
from ingest.yamlfile import read_yaml_mapping
from warehouse.errors import DataError
from warehouse.home import Home, installation_root

SHIPPED: Final = "shipped:"
STUDY: Final = "study"
GENES: Final = "genes"
TRIAL: Final = "trial"
CTCAE: Final = "ctcae"
ASSAY: Final = "assay"
# The key of ``freshness`` that is no source: the age of the serving release.
BUILD: Final = "build"

_STARTING_PROJECT: Final = """\
# What this warehouse loads, in this order, and where it draws its lines.
# Paths are relative to this file; "shipped:" is the installation's own folder.
thresholds:
  fdr: 0.05                        # a gene is called at padj below this ...
  abs_log2_fold_change: 1.0        # ... and a change beyond this in either direction
keep_releases: 5
# What `imid status` and a scheduler may complain about, and whom `imid run` tells:
# freshness:
#   trial: {{warn_days: 30, error_days: 90}}
#   build: {{error_days: 8}}
# on_failure: [/usr/local/bin/notify, imid]   # run without a shell; IMID_MESSAGE says what failed
sources:
{sources}"""

_CURATED_FILES: Final = (
    "documents",
    "references",
    "drugs",
    "genes",
    "gene-sets",
    "regimens",
    "regimen-components",
    "trials",
    "arms",
    "adverse-events",
    "printed-comparisons",
    "claims",
    "mechanism-edges",
    "outcomes",
    "pharmacokinetics",
    "ongoing-trials",
    "toxicity-guides",
    "assays",
    "safety-statements",
    "term-crosswalk",
    "ctcae-terms",
)


class Thresholds(BaseModel):
    """The lines between significant and not, by default those of the source documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    fdr: Annotated[float, Field(gt=0, lt=1)] = 0.05
    abs_log2_fold_change: Annotated[float, Field(ge=0)] = 1.0


class Source(BaseModel):
    """One thing to load: its kind and its file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: str
    path: str


def _null_as_none(value: object) -> object:
    # Every scalar of the file comes as the text it is.
    return None if value in ("", "~", "null", "Null", "NULL") else value


Days = Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(_null_as_none)]


class Freshness(BaseModel):
    """How old the newest load of a kind may be, in days, before it is a warning or an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    warn_days: Days = None
    error_days: Days = None


class Project(BaseModel):
    """The content of ``imid.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    thresholds: Thresholds = Thresholds()
    keep_releases: Annotated[int, Field(ge=1)] = 5
    sources: tuple[Source, ...] = ()
    freshness: dict[str, Freshness] = {}
    on_failure: tuple[str, ...] = ()
    on_success: tuple[str, ...] = ()


def read_project(home: Home) -> Project:
    """Read a home's ``imid.yaml``, writing the starting one if there is none.

    Raises
    ------
    DataError
        If it cannot be read, is no YAML mapping, says a key twice, or a key or kind is not known.
    """
    path = home.project_file
    if not path.exists():
        home.create()
        path.write_text(_STARTING_PROJECT.format(sources=_shipped_sources()), encoding="utf-8")
    content = read_yaml_mapping(path, "imid.yaml", "sources, thresholds", may_be_empty=True)
    try:
        project = Project.model_validate(content)
    except ValidationError as error:
        key, problem = first_validation_error(error)
        raise DataError(problem, path, column=key) from error
    known = [STUDY, GENES, TRIAL, CTCAE, ASSAY, *KINDS]
    used = [("sources", source.kind) for source in project.sources]
    used += [("freshness", kind) for kind in project.freshness if kind != BUILD]
    for key, kind in used:
        if kind not in known:
            raise DataError(
                f"{kind!r} is no kind of source; there are {', '.join(known)}."
                f"{near_miss(kind, known)}",
                path,
                column=key,
            )
    return project


def source_path(home: Home, source: Source) -> Path:
    """Return the file of a source listed in ``imid.yaml``."""
    if source.path.startswith(SHIPPED):
        return installation_root() / source.path.removeprefix(SHIPPED)
    return (home.root / source.path).resolve()


def _shipped_sources() -> str:
    lines = [
        f"  - {{kind: {kind}, path: 'shipped:ingest/curated/{kind.replace('-', '_')}.csv'}}"
        for kind in _CURATED_FILES
    ]
    lines.append(
        "  - {kind: gene-sets, path: 'shipped:examples/simulated-imid/simulated_sets.gmt'}"
    )
    lines.append("  - {kind: study, path: 'shipped:examples/simulated-imid/study.yaml'}")
    lines += [
        f"  - {{kind: assay, path: 'shipped:examples/simulated-assays/{name}/assay.yaml'}}"
        for name in ("cytotoxicity", "colonies")
    ]
    return "\n".join(lines) + "\n"
