"""From a row of a mart back to its models, fits, loads, files and documents."""

from app.lineage.result import Trace
from app.lineage.trace import trace

__all__ = ["Trace", "trace"]
