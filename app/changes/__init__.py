"""What changed between two releases: rows of every mart, calls, verdicts, values, sources."""

from app.changes.compare import compare_releases
from app.changes.result import ReleaseChanges

__all__ = ["ReleaseChanges", "compare_releases"]
