"""Which sample a file or a column named after a file belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from ingest.study.matrix import listed
from warehouse.errors import DataError


def sample_of(name: str, samples: Sequence[str], named: Mapping[str, str]) -> str | None:
    """Return the sample that a path or column name stands for, or None.

    In this order: the name given for it; the name itself; its file name without extensions; the
    folder it is in; the only sample id that stands in the path between separators. Of several
    such ids that contain each other the longest counts.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    for key in (name, path.name):
        if key in named:
            return named[key]
    stem = path.name
    candidates = [name, stem]
    while "." in stem:
        stem = stem.rsplit(".", 1)[0]
        candidates.append(stem)
    candidates.append(path.parent.name)
    known = set(samples)
    for candidate in candidates:
        if candidate in known:
            return candidate
    for text in (path.name, name):
        within = [s for s in samples if _stands_in(s, text)]
        longest = max(within, key=len, default=None)
        if longest is not None and all(_stands_in(s, longest) for s in within):
            return longest
    return None


def _stands_in(sample: str, text: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(sample)}(?![A-Za-z0-9])", text) is not None


def one_per_sample(
    path: Path, names: Sequence[str], samples: Sequence[str], named: Mapping[str, str], what: str
) -> dict[str, str]:
    """Return each sample's file or column.

    Raises
    ------
    DataError
        If a name stands for no sample, two for one sample, or a sample has none.
    """
    found: dict[str, str] = {}
    for name in names:
        sample = sample_of(name, samples, named)
        if sample is None:
            raise DataError(
                f"no sample of the sheet is recognised in this {what}; say which it is under "
                "sample_names in study.yaml.",
                path,
                column=name,
            )
        if sample not in samples:
            raise DataError(
                f"sample_names gives {sample}, which is not in the sample sheet.", path, column=name
            )
        if sample in found:
            raise DataError(
                f"sample {sample} is recognised in two {what}s, {found[sample]} and {name}.",
                path,
                column=name,
            )
        found[sample] = name
    missing = [s for s in samples if s not in found]
    if missing:
        raise DataError(
            f"the sample sheet's {listed(missing)} has no {what}; found were {listed(names)}.", path
        )
    return {sample: found[sample] for sample in samples}


def files_by_sample(
    paths: Sequence[Path],
    samples: Sequence[str],
    files: Mapping[Path, str],
    named: Mapping[str, str],
) -> dict[str, Path]:
    """Return each sample's file, as the definition says or else by name.

    Raises
    ------
    DataError
        If files and samples do not go one to one.
    """
    named = {**named, **{str(path): sample for path, sample in files.items()}}
    found = one_per_sample(paths[0].parent, [str(p) for p in paths], samples, named, "file")
    return {sample: Path(name) for sample, name in found.items()}
