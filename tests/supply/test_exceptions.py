"""Every exception from the security rules is judged in the docs, and none is listed in vain."""

from __future__ import annotations

import re

from warehouse.home import installation_root

ROOT = installation_root()
ROOMS = ("analytics", "app", "ingest", "warehouse")


def test_the_docs_judge_exactly_the_exceptions_that_stand() -> None:
    standing = sorted(
        (str(path.relative_to(ROOT)), rule)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for rules in re.findall(r"# noqa: ((?:[A-Z]+\d+,? ?)+)", path.read_text(encoding="utf-8"))
        for rule in re.findall(r"\bS\d+", rules)
    )
    docs = (ROOT / "docs" / "supply-chain.md").read_text(encoding="utf-8")
    judged = sorted(re.findall(r"^\| `(\S+\.py)` \| (S\d+) \|", docs, re.M))
    assert standing == judged
    assert len(standing) > 5
