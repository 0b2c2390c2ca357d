"""The forms of count files that people have, told by content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ingest.messages import near_miss
from ingest.study.forms.base import CountForm, Head
from ingest.study.forms.delimited import MATRIX
from ingest.study.forms.featurecounts import FEATURE_COUNTS
from ingest.study.forms.frames import H5AD, PARQUET
from ingest.study.forms.gct import GCT
from ingest.study.forms.htseq import HTSEQ
from ingest.study.forms.long import LONG
from ingest.study.forms.merged import ABUNDANCE, ESTIMATED, GEO, NFCORE
from ingest.study.forms.quantifiers import KALLISTO, KALLISTO_H5, RSEM_ISOFORMS, SALMON
from ingest.study.forms.rsem import RSEM
from ingest.study.forms.star import STAR
from ingest.textfiles import refuse_known_binary
from warehouse.errors import DataError

# The first that recognises a file reads it: the particular before the general.
FORMS: Final[tuple[CountForm, ...]] = (
    PARQUET,
    H5AD,
    KALLISTO_H5,
    GCT,
    FEATURE_COUNTS,
    STAR,
    RSEM,
    RSEM_ISOFORMS,
    SALMON,
    KALLISTO,
    GEO,
    LONG,
    HTSEQ,
    NFCORE,
    ABUNDANCE,
    ESTIMATED,
    MATRIX,
)


def form_called(name: str, path: Path) -> CountForm:
    """Return the form that ``format:`` names.

    Raises
    ------
    DataError
        If there is none of that name.
    """
    for form in FORMS:
        if form.name == name:
            return form
    names = [form.name for form in FORMS]
    raise DataError(
        f"the format {name!r} is not known; known are {', '.join(names)}.{near_miss(name, names)}",
        path,
        column="format",
    )


def companions_of(paths: Sequence[Path]) -> list[Path]:
    """Return the files that lie beside count files and are read with them."""
    return [companion for form in FORMS for path in paths for companion in form.companions(path)]


def recognise(paths: Sequence[Path], samples: Sequence[str]) -> CountForm:
    """Return the form of a study's count files by what is in them.

    Raises
    ------
    DataError
        If a file is of no known form, or the files are of different forms.
    """
    recognised = [(path, _form_of(path, samples)) for path in paths]
    first_path, first = recognised[0]
    for path, form in recognised[1:]:
        if form is not first:
            raise DataError(
                f"this is a {form.title}, but {first_path.name} is a {first.title}; the count "
                "files of a study must be of one form.",
                path,
            )
    return first


def _form_of(path: Path, samples: Sequence[str]) -> CountForm:
    head = Head.read(path, samples)
    if not head.raw.strip():
        raise DataError("the file is empty.", path)
    refuse_known_binary(path, head.raw)
    for form in FORMS:
        if form.recognise(head):
            return form
    raise DataError(
        "this is a binary file of no known form; a text table of counts, Parquet, .h5ad or "
        "kallisto's abundance.h5 was expected.",
        path,
    )
