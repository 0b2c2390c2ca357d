"""A release of any size to time the web app on: the shape of a real one, rows from a formula.

The marts of an existing release keep their columns; the expression marts are filled anew with
invented genes, contrasts and samples. Nothing in it means anything.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.home import Home

STUDY = "speed"
CONTRAST = f"{STUDY}.c00"

# Changes as a study has them: most near nothing, one in twenty well away from it.
_CHANGES = """
select 'speed.c' || lpad(cast(c.range as varchar), 2, '0') as contrast_id,
       'SPEEDG' || lpad(cast(g.range as varchar), 6, '0') as gene_id,
       'SPEED' || cast(g.range as varchar) as symbol,
       exp(12 * random()) as base_mean,
       sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())
       * case when random() < 0.05 then 2.2 else 0.3 end as lfc,
       0.12 + 0.3 * random() as se
from range($contrasts) as c cross join range($genes) as g
"""

_RESULTS = """
create or replace temp table results as
with drawn as (select *, lfc / se as stat from drawn_changes),
tested as (
    select *, least(1.0, 2 * exp(-0.717 * abs(stat) - 0.416 * stat * stat)) as p from drawn
)
select *, least(1.0, p * $genes / row_number() over (partition by contrast_id order by p)) as q
from tested
"""

_FILL_RESULTS = """
insert into marts.fct_differential_expression by name
select t.* replace (
    r.contrast_id as contrast_id, r.gene_id as gene_id, 'speed' as study_id, r.symbol as symbol,
    r.base_mean as base_mean, r.lfc as log2_fold_change, r.se as lfc_se,
    r.lfc - 1.96 * r.se as ci_lower, r.lfc + 1.96 * r.se as ci_upper, r.stat as stat,
    r.p as p_value, r.q as padj, r.lfc as shrunken_log2_fold_change,
    case when r.q < 0.05 and r.lfc > 1 then 'up' when r.q < 0.05 and r.lfc < -1 then 'down'
         else 'not_significant' end as direction,
    null as not_tested_reason
)
from results as r cross join one_result as t
order by r.contrast_id, r.gene_id
"""

_FILL = {
    "dim_study": "t.* replace ('speed' as study_id, 'Speed' as title)",
    "dim_gene": "t.* replace ('SPEEDG' || lpad(cast(n.range as varchar), 6, '0') as gene_id, "
    "'SPEED' || cast(n.range as varchar) as symbol, "
    "'SPEED' || cast(n.range as varchar) as display_name)",
    "dim_contrast": "t.* replace ('speed.c' || lpad(cast(n.range as varchar), 2, '0') "
    "as contrast_id, 'speed' as study_id, 'speed ' || cast(n.range as varchar) as label, "
    "n.range as contrast_position)",
    "dim_sample": "t.* replace ('speed' as study_id, 's' || cast(n.range as varchar) as sample_id, "
    "'speed/s' || cast(n.range as varchar) as sample_key, n.range as sample_position)",
}

_FILL_COUNTS = """
insert into marts.fct_expression by name
select t.* replace (
    'speed' as study_id, 'speed/s' || cast(s.range as varchar) as sample_key,
    'SPEEDG' || lpad(cast(g.range as varchar), 6, '0') as gene_id,
    cast(floor(1000 * random()) as bigint) as count, 40 * random() as cpm
)
from range($genes) as g cross join range($samples) as s cross join one_count as t
order by g.range, s.range
"""


def make_release(template: Path, home: Home, genes: int, contrasts: int, samples: int) -> Path:
    """Publish a release of the given size in ``home`` and return its file.

    Parameters
    ----------
    template
        An existing release with at least one contrast, sample and gene.
    """
    home.create()
    path = home.releases / "wh_20260101T000000000000Z.duckdb"
    path.write_bytes(template.read_bytes())
    sizes = {"dim_study": 1, "dim_gene": genes, "dim_contrast": contrasts, "dim_sample": samples}
    with duckdb.connect(str(path)) as con:
        con.execute("select setseed(0.5)")
        for mart, size in sizes.items():
            con.execute(f"create temp table one as select * from marts.{mart} limit 1")
            con.execute(f"delete from marts.{mart}")
            con.execute(
                f"insert into marts.{mart} by name select {_FILL[mart]} "
                "from range($size) as n cross join one as t",
                {"size": size},
            )
            con.execute("drop table one")
        for name, mart in (
            ("one_result", "fct_differential_expression"),
            ("one_count", "fct_expression"),
        ):
            con.execute(f"create temp table {name} as select * from marts.{mart} limit 1")
            con.execute(f"delete from marts.{mart}")
        con.execute(
            f"create temp table drawn_changes as {_CHANGES}",
            {"genes": genes, "contrasts": contrasts},
        )
        con.execute(_RESULTS, {"genes": genes})
        con.execute(_FILL_RESULTS)
        con.execute(_FILL_COUNTS, {"genes": genes, "samples": samples})
    home.current.unlink(missing_ok=True)
    home.current.symlink_to(Path("releases") / path.name)
    return path
