"""The chain behind one row of a mart, as data and as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Trace:
    """One row and everything it was made from.

    Attributes
    ----------
    key
        The columns that name the row and their values.
    models
        The mart's dbt model first, then every model it rests on, each with the file, its sha256
        and what it reads; what is no model is a table that Python wrote.
    documents
        Where the row, or a row it rests on, stands in a document: table, row, column, words.
    fits
        The model fits behind its fold changes.
    counts, results
        The gene's lines in count files, or in result files computed elsewhere.
    loads
        The ledger's entries, each with its files, and whether what it brought is simulated.
    build
        The ledger's entry of the build that made the release.
    """

    release: str
    mart: str
    key: Row
    row: Row
    models: list[Row] = field(default_factory=list)
    documents: list[Row] = field(default_factory=list)
    fits: list[Row] = field(default_factory=list)
    counts: list[Row] = field(default_factory=list)
    results: list[Row] = field(default_factory=list)
    loads: list[Row] = field(default_factory=list)
    build: Row | None = None

    @property
    def is_simulated(self) -> bool:
        """Whether the row is simulated or, where it does not say, rests on a simulated load."""
        own = self.row.get("is_simulated")
        return bool(self.simulated_loads) if own is None else bool(own)

    @property
    def simulated_loads(self) -> list[Row]:
        """The loads that brought simulated data."""
        return [load for load in self.loads if load["is_simulated"]]

    def as_dict(self) -> Row:
        """Return the chain as plain lists and mappings, for JSON."""
        return {**asdict(self), "is_simulated": self.is_simulated}

    def lines(self) -> Iterator[str]:
        """Yield the chain from the row back to its files, then the release that holds it."""
        key = ", ".join(f"{name}={value}" for name, value in self.key.items())
        yield f"row       {self.mart} {key}"
        for name, value in self.row.items():
            if value is not None and name not in self.key:
                yield f"            {name}: {value}"
        yield from self.source_lines()
        if self.build is not None:
            yield (
                f"release   {self.release}, built {self.build['finished_at']:%Y-%m-%d %H:%M} UTC "
                f"by imid-warehouse {self.build['imid_version']}, "
                f"{self.build['tests_passed']} tests passed"
            )
        else:
            yield f"release   {self.release}"

    def source_lines(self) -> Iterator[str]:
        """Yield what the row was made from: models, document, fits, counts, loads, files."""
        if self.is_simulated:
            made = [f"{load['kind']} {load['subject']}" for load in self.simulated_loads]
            of = f": {', '.join(made)}" if made else ""
            yield f"simulated it rests on data of a random number generator{of}"
        for model in self.models[:1]:
            yield f"model     {model['file_path']} (sha256 {model['file_sha256']})"
            behind = [m["model"] for m in self.models[1:]]
            if behind:
                yield f"            through {', '.join(behind)}"
            yield f"            from {', '.join(self.tables())}"
        for place in self.documents:
            yield f"document  {document_phrase(place)}"
        for fit in self.fits:
            yield (
                f"fit       {fit['fit_id']}: {fit['design']} on {fit['samples']} samples of "
                f"{fit['study_id']}, {fit['engine']} {fit['engine_version']}, "
                f"{fit['fitted_at']:%Y-%m-%d %H:%M} UTC"
            )
        for result in self.results:
            yield (
                f"result    line {result['line']} of {PurePath(result['path']).name} "
                f"({result['form']}), as {result['gene_id_as_given']}"
            )
        yield from self._count_lines()
        for load in self.loads:
            yield (
                f"load      {load['load_id']}: {'simulated ' if load['is_simulated'] else ''}"
                f"{load['kind']} {load['subject']}, "
                f"{load['rows_loaded']:,} rows, {load['loaded_at']:%Y-%m-%d %H:%M} UTC"
            )
            for file in load["files"]:
                yield (
                    f"file        {file['role']}: {file['path']} "
                    f"({file['bytes']:,} bytes, sha256 {file['sha256']})"
                )

    def tables(self) -> list[str]:
        """Return the tables that Python wrote and the row's models read."""
        models = {f"{m['schema_name']}.{m['model']}" for m in self.models}
        read = {parent for m in self.models for parent in m["depends_on"]}
        return sorted(read - models)

    def _count_lines(self) -> Iterator[str]:
        arms: dict[tuple[str | None, str | None], list[Row]] = {}
        for count in self.counts:
            arms.setdefault((count["contrast_id"], count["arm"]), []).append(count)
        for (contrast, arm), counts in arms.items():
            lines = sorted({count["line"] for count in counts})
            of = f"{contrast}, {arm}: " if contrast else ""
            values = ", ".join(f"{count['sample_id']} {count['count']}" for count in counts)
            yield f"counts    {of}{values} (line {', '.join(map(str, lines))} of the counts)"


def document_phrase(place: Row) -> str:
    """Return where something stands in a document, and its words."""
    parts = [
        place.get("source_location"),
        f"row {place['source_row']}" if place.get("source_row") is not None else None,
        f"column {place['source_column']}" if place.get("source_column") else None,
    ]
    words = f": “{place['verbatim']}”" if place.get("verbatim") else ""
    line = (
        f" (line {place['source_line']} of {place['file_name']})"
        if place.get("source_line") is not None and place.get("file_name")
        else ""
    )
    where = ", ".join(part for part in parts if part)
    title = place["document_title"] or place["document_id"]
    return f"{title}{', ' + where if where else ''}{words}{line}"
