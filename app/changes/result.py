"""The outcome of comparing two releases, as data and as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True)
class MartChange:
    """Rows of one mart that are new, gone or changed; ``columns`` counts the changed rows of each.

    A mart that only one of the releases has counts as all rows added or removed.
    """

    mart: str
    key: tuple[str, ...]
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int
    columns: dict[str, int]
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemberChange:
    """Which subjects of a kind are new or gone; the lists hold the first of them by name."""

    kind: str
    n_new: int
    n_gone: int
    new: tuple[str, ...]
    gone: tuple[str, ...]


@dataclass(frozen=True)
class CallChange:
    """Genes of a contrast that both releases tested and call differently.

    A sign flip is a gene called up in one and down in the other.
    """

    contrast_id: str
    n_sign_flips: int
    n_gained: int
    n_lost: int
    genes: tuple[str, ...]


@dataclass(frozen=True)
class ValueChange:
    """One named value before and after."""

    key: dict[str, str]
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ChangeCount:
    """How many things of a kind are new, gone and different."""

    kind: str
    new: int
    gone: int
    changed: int


@dataclass(frozen=True)
class ReleaseChanges:
    """Everything that differs between two releases."""

    before: str
    after: str
    marts: tuple[MartChange, ...]
    members: tuple[MemberChange, ...]
    calls: tuple[CallChange, ...]
    n_verdicts: int
    verdicts: tuple[ValueChange, ...]
    n_adverse_events: int
    adverse_events: tuple[ValueChange, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the changes as plain lists and mappings, for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, text: str) -> ReleaseChanges:
        """Read what :meth:`as_dict` wrote as JSON."""
        return TypeAdapter(cls).validate_json(text)

    def counts(self) -> list[ChangeCount]:
        """Return the changes counted by kind; a kind without any is left out."""
        counted = [ChangeCount(m.kind, m.n_new, m.n_gone, 0) for m in self.members]
        called = sum(c.n_sign_flips + c.n_gained + c.n_lost for c in self.calls)
        counted += [
            ChangeCount("calls of genes", 0, 0, called),
            ChangeCount("verdicts on claims", 0, 0, self.n_verdicts),
            ChangeCount("adverse-event values", 0, 0, self.n_adverse_events),
            ChangeCount(
                "rows of all marts",
                sum(mart.added for mart in self.marts),
                sum(mart.removed for mart in self.marts),
                sum(mart.changed for mart in self.marts),
            ),
        ]
        return [count for count in counted if count.new or count.gone or count.changed]

    def lines(self) -> Iterator[str]:
        """Yield the changes as lines for a person; identical marts are not mentioned."""
        yield f"before    {self.before}"
        yield f"after     {self.after}"
        if not self.marts and not any(m.n_new or m.n_gone for m in self.members):
            yield "nothing differs"
            return
        for members in self.members:
            for word, count, names in (
                ("new", members.n_new, members.new),
                ("gone", members.n_gone, members.gone),
            ):
                if count:
                    yield f"{word:<9} {count:,} {members.kind}: {_listed(names, count)}"
        for call in self.calls:
            yield (
                f"calls     {call.contrast_id}: {call.n_sign_flips} changed sign, "
                f"{call.n_gained} became significant, {call.n_lost} no longer are: "
                f"{_listed(call.genes, call.n_sign_flips + call.n_gained + call.n_lost)}"
            )
        yield from _values("verdict", self.verdicts, self.n_verdicts)
        yield from _values("cell", self.adverse_events, self.n_adverse_events)
        for mart in self.marts:
            yield f"mart      {mart_sentence(mart)}"


def mart_sentence(mart: MartChange) -> str:
    """Return a mart's change as one phrase."""
    counts = [
        f"{count:,} {word}"
        for count, word in (
            (mart.added, "added"),
            (mart.removed, "removed"),
            (mart.changed, "changed"),
        )
        if count
    ]
    columns = [f"{name} {count:,}" for name, count in list(mart.columns.items())[:6]]
    columns += [f"new column {name}" for name in mart.columns_added]
    columns += [f"column {name} is gone" for name in mart.columns_removed]
    return (
        f"{mart.mart}: {', '.join(counts) or 'same rows'} ({mart.rows_before:,} to "
        f"{mart.rows_after:,} rows)" + (f"; {', '.join(columns)}" if columns else "")
    )


def _values(word: str, values: tuple[ValueChange, ...], total: int) -> Iterator[str]:
    for value in values[:20]:
        key = ", ".join(value.key.values())
        yield f"{word:<9} {key}: {value.before or 'none'} -> {value.after or 'none'}"
    if total > 20:
        yield f"{word:<9} and {total - 20:,} more; --json lists them"


def _listed(names: tuple[str, ...], total: int, most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return shown if total <= most else f"{shown} and {total - min(most, len(names)):,} more"
