"""A GEO series by its accession: its samples and NCBI's counts, as a study folder."""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import shutil
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from ingest.download import POLITE, Downloaded, NotThereError, Policy, Progress, download
from ingest.limits import refuse_bomb
from ingest.messages import near_miss
from ingest.study.geo_samples import characteristic_names, read_geo_samples, series_title
from ingest.textfiles import first_line_of, read_head
from ingest.written import WrittenFolder
from warehouse.errors import DataError
from warehouse.home import Home
from warehouse.organisms import HUMAN

FILES_VARIABLE: Final = "IMID_GEO_FILES_URL"
FILES_URL: Final = "https://ftp.ncbi.nlm.nih.gov"
COUNTS_VARIABLE: Final = "IMID_GEO_COUNTS_URL"
COUNTS_URL: Final = "https://www.ncbi.nlm.nih.gov"
ACCESSION: Final = re.compile(r"GSE[1-9]\d{0,8}")

_PAGE: Final = "https://www.ncbi.nlm.nih.gov/geo/query/acc.cgi?acc="
_HUMAN: Final = HUMAN.scientific_name
_MOST_SERIES_BYTES: Final = 1 << 30
_MOST_COUNTS_BYTES: Final = 2 << 30
_STUDY: Final = "study.yaml"
_SAMPLES: Final = "samples.csv"
_DESCRIBING: Final = ("title", "source_name", "organism", "description")
_MOST_LEVELS: Final = 12
_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class Comparison:
    """One contrast of a series: a factor's numerator over its denominator."""

    factor: str
    numerator: str
    denominator: str


@dataclass(frozen=True)
class Series:
    """A series' files in the cache: its samples' descriptions and its counts."""

    accession: str
    samples: Downloaded
    counts: Downloaded


@dataclass(frozen=True)
class Factor:
    """A sample column with more than one level, and how many samples have each."""

    name: str
    levels: dict[str, int]


def fetch_series(
    home: Home,
    accession: str,
    progress: Progress,
    *,
    refresh: bool = False,
    policy: Policy = POLITE,
) -> Series:
    """Fetch the series matrix, or the SOFT file where there is none, and NCBI's raw counts.

    Raises
    ------
    DataError
        If GEO lacks one of them, cannot be reached, or sends something else.
    """
    folder = home.downloads / "geo" / accession
    stub = accession[:-3] if len(accession) > len("GSE") + 3 else "GSE"
    files = os.environ.get(FILES_VARIABLE, FILES_URL).rstrip("/")
    series = f"{files}/geo/series/{stub}nnn/{accession}"
    matrix = f"{accession}_series_matrix.txt.gz"
    soft = f"{accession}_family.soft.gz"

    def get(url: str, name: str, most_bytes: int) -> Downloaded:
        return download(
            url,
            folder / name,
            progress,
            most_bytes=most_bytes,
            check=_gzip_problem,
            refresh=refresh,
            policy=policy,
        )

    try:
        samples = get(f"{series}/matrix/{matrix}", matrix, _MOST_SERIES_BYTES)
    except NotThereError:
        # A series of several platforms has a matrix for each, and one SOFT file.
        try:
            samples = get(f"{series}/soft/{soft}", soft, _MOST_SERIES_BYTES)
        except NotThereError:
            raise DataError(f"GEO has no public series {accession}.") from None
    counts = f"{accession}_raw_counts_GRCh38.p13_NCBI.tsv.gz"
    query = f"type=rnaseq_counts&acc={accession}&format=file&file={counts}"
    base = os.environ.get(COUNTS_VARIABLE, COUNTS_URL).rstrip("/")
    try:
        return Series(
            accession,
            samples,
            get(f"{base}/geo/download/?{query}", counts, _MOST_COUNTS_BYTES),
        )
    except NotThereError:
        raise DataError(
            f"NCBI has computed no counts for {accession}; it does so for human RNA-seq only. "
            "Write a study.yaml for the authors' own count files instead."
        ) from None


def _gzip_problem(path: Path) -> str | None:
    unpacked = 0
    try:
        with gzip.open(path, "rb") as stream:
            while block := stream.read(_BLOCK):
                unpacked += len(block)
                refuse_bomb(path, unpacked)
    except (EOFError, zlib.error):
        return "the file is damaged"
    except gzip.BadGzipFile:
        return "the server sent something else than a gzip file"
    return None


def write_study_folder(
    home: Home, series: Series, comparison: Comparison | None
) -> tuple[Path, list[Factor]]:
    """Write ``studies/GSE.../``: both files, ``samples.csv`` and ``study.yaml``.

    What a person has changed there stays: ``samples.csv`` and ``study.yaml`` are each written
    again only as long as they are what this function last wrote, by the sha256 in
    ``written.sha256`` beside them. Without a comparison the one that was written stays.

    Returns
    -------
    tuple
        The path of ``study.yaml``, and the factors found in the samples' characteristics.

    Raises
    ------
    DataError
        If the series is not of human samples, has no sample with counts, lacks the comparison's
        factor or levels, or ``study.yaml`` was changed and a comparison is to be written into it.
        Nothing is written then.
    """
    found = read_geo_samples(series.samples.path)
    if found is None:
        raise DataError("this is neither a series matrix nor a SOFT file.", series.samples.path)
    counted = set(first_line_of(read_head(series.counts.path)).split("\t"))
    records = [record for _, record in found[1] if record["sample_id"] in counted]
    if not records:
        raise DataError("it has no column of a sample of this series.", series.counts.path)
    organisms = {record.get("organism", _HUMAN) for record in records}
    if organisms != {_HUMAN}:
        raise DataError(
            f"its samples are of {', '.join(sorted(organisms))}; human was expected.",
            series.samples.path,
        )
    names = characteristic_names(series.samples.path)
    factors = _factors(records, [*names, "source_name"])
    folder = WrittenFolder(home.root / "studies" / series.accession)
    path = folder.path / _STUDY
    alternatives = [_definition(series, factors, c) for c in {None, comparison}]
    is_ours = folder.is_ours(_STUDY, *alternatives)
    if comparison is not None and not is_ours:
        raise DataError("it was changed since it was written; add the contrast there.", path)
    if is_ours:
        comparison = comparison or _written_comparison(path)
    if comparison is not None:
        _require_levels(series, factors, comparison)
    folder.path.mkdir(parents=True, exist_ok=True)
    for file in (series.samples.path, series.counts.path):
        shutil.copyfile(file, folder.path / file.name)
    sheet = _sheet(records, list(dict.fromkeys(["sample_id", *names, *_DESCRIBING])))
    if folder.is_ours(_SAMPLES, sheet):
        folder.write(_SAMPLES, sheet)
    if is_ours:
        folder.write(_STUDY, _definition(series, factors, comparison))
    return path, factors


def _written_comparison(path: Path) -> Comparison | None:
    """Return the comparison of a ``study.yaml`` that this module wrote, if it states one."""
    held = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return next((Comparison(**contrast) for contrast in held.get("contrasts", ())), None)


def _sheet(records: Sequence[dict[str, str]], columns: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _factors(records: Sequence[dict[str, str]], names: Sequence[str]) -> list[Factor]:
    factors = []
    for name in dict.fromkeys(names):
        levels = Counter(record.get(name, "") for record in records)
        if 1 < len(levels) < len(records):
            factors.append(Factor(name, dict(levels)))
    return factors


def _require_levels(series: Series, factors: Sequence[Factor], wanted: Comparison) -> None:
    names = [factor.name for factor in factors]
    if wanted.factor not in names:
        raise DataError(
            f"the samples of {series.accession} have no factor {wanted.factor!r}; found were "
            f"{', '.join(names) or 'none'}.{near_miss(wanted.factor, names)}"
        )
    levels = next(factor.levels for factor in factors if factor.name == wanted.factor)
    for level in (wanted.numerator, wanted.denominator):
        if level not in levels:
            raise DataError(
                f"no sample of {series.accession} has {wanted.factor} = {level}; its levels are "
                f"{'; '.join(map(repr, levels))}."
            )


def _definition(series: Series, factors: Sequence[Factor], comparison: Comparison | None) -> str:
    held: dict[str, object] = {
        "id": series.accession,
        "title": series_title(series.samples.path) or series.accession,
        "organism": HUMAN.name,
        "source": f"GEO {series.accession}, NCBI-generated raw counts",
        "url": f"{_PAGE}{series.accession}",
        "samples": _SAMPLES,
        "counts": series.counts.path.name,
        "format": "geo",
    }
    lines = ["# Factors found in the samples, with the number of samples at each level:"]
    for factor in factors:
        shown = [f"{level or '(empty)'} ({n})" for level, n in factor.levels.items()]
        more = len(shown) - _MOST_LEVELS
        text = "; ".join(shown[:_MOST_LEVELS]) + (f"; and {more} more" if more > 0 else "")
        lines.append(f"#   {factor.name}: {' '.join(text.split())}")
    if comparison is None:
        lines += [
            "# Nothing is compared until a design and contrasts are stated here, such as:",
            "#   design: ~ FACTOR",
            "#   contrasts:",
            "#     - {factor: FACTOR, numerator: LEVEL, denominator: LEVEL}",
            "# Columns that are added to samples.csv can be factors too.",
        ]
    else:
        held["design"] = f"~ {comparison.factor}"
        held["contrasts"] = [vars(comparison)]
    comments = "\n".join(lines)
    return f"{yaml.safe_dump(held, sort_keys=False, allow_unicode=True)}{comments}\n"
