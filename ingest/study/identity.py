"""Which genes of a study no loaded reference knows, told as soon as the study is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import polars as pl

from warehouse.resolve import resolve

EXAMPLES: Final = 5
# Ids and spike-ins are spelt like many others without meaning any of them.
_SPELT: Final = r"^(?!ENS[A-Z]*[GTPR]\d)(?!ERCC-)(?=.*[A-Za-z]).{3,}$"

# Every name of a reference counts here; which gene a name leads to is decided when marts are built.
_UNKNOWN: Final = """
with names as (
    select upper(trim(g.gene_id)) as name from raw.genes as g where g.organism = $organism
    union
    select upper(trim(g.symbol)) from raw.genes as g where g.organism = $organism
    union
    select upper(trim(a.alias)) from raw.gene_aliases as a
    inner join raw.genes as g on a.load_id = g.load_id and a.gene_id = g.gene_id
    where g.organism = $organism
)
select f.gene_id_as_given
from raw.features as f
where f.load_id = $load_id
  and upper(trim(f.gene_id)) not in (select name from names where name is not null)
  and (
      f.symbol_as_given is null
      or f.gene_id like 'ENS%'
      or upper(trim(f.symbol_as_given)) not in (select name from names where name is not null)
  )
order by f.line
"""


@dataclass(frozen=True)
class UnknownGenes:
    """The genes of a load that no name of a loaded reference fits.

    Attributes
    ----------
    names
        As the file writes them, in its order.
    genes
        All genes of the load.
    readings
        What a person may have meant by the first of them that are spelt like names, in words.
    """

    organism: str
    names: tuple[str, ...]
    genes: int
    readings: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Say how many there are and name the first."""
        shown = ", ".join(self.names[:EXAMPLES])
        more = ", ..." if len(self.names) > EXAMPLES else ""
        return (
            f"{len(self.names):,} of {self.genes:,} genes are in no loaded {self.organism} gene "
            f"reference ({shown}{more}). They are kept under their own names; `imid ingest genes` "
            f"loads a larger reference.{' '.join(['', *self.readings])}"
        )


def unknown_genes(con: duckdb.DuckDBPyConnection, load_id: str) -> UnknownGenes | None:
    """Compare a study's genes with the names of the references loaded for its organism.

    Returns
    -------
    UnknownGenes or None
        None where no reference of the organism is loaded, or where all genes are known.
    """
    study = con.execute(
        "select s.organism, (select count(*) from raw.features f where f.load_id = s.load_id) "
        "from raw.studies s where s.load_id = $1 "
        "and exists (select 1 from raw.genes g where g.organism = s.organism)",
        [load_id],
    ).fetchall()
    if not study:
        return None
    organism, genes = study[0]
    rows = con.execute(_UNKNOWN, {"organism": organism, "load_id": load_id}).fetchall()
    names = tuple(row[0] for row in rows)
    return UnknownGenes(organism, names, genes, _readings(con, names, organism)) if names else None


def _readings(
    con: duckdb.DuckDBPyConnection, names: tuple[str, ...], organism: str
) -> tuple[str, ...]:
    """Ask the resolver about the first names, where marts have been built to ask.

    Marts that an earlier version built may lack what it asks for; it is silent until the next
    build has made them anew.
    """
    built = con.execute(
        "select count(*) from information_schema.tables where table_schema = 'marts' "
        "and table_name in ('dim_gene', 'dim_gene_alias', 'dim_gene_set')"
    ).fetchall()
    if built[0][0] < 3:
        return ()

    def lookup(sql: str, parameters: Mapping[str, Any]) -> pl.DataFrame:
        frame: pl.DataFrame = con.sql(sql, params=dict(parameters)).pl()
        return frame

    asked = [name for name in names if re.match(_SPELT, name)][:EXAMPLES]
    try:
        found = [one for name in asked for one in resolve(name, lookup, organism)]
    except (duckdb.BinderException, duckdb.CatalogException):
        return ()
    return tuple(one.sentence for one in found if one.status != "unknown" or one.near_misses)
