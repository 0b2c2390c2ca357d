"""From any name a person types to genes and gene sets."""

from warehouse.resolve.resolver import Lookup, resolve
from warehouse.resolve.result import GeneMatch, GeneSetMatch, NearMiss, Resolution

__all__ = ["GeneMatch", "GeneSetMatch", "Lookup", "NearMiss", "Resolution", "resolve"]
