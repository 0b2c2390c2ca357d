"""The second engine: every mart that Spark builds of the lake holds DuckDB's rows."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from warehouse.exports import export_lake
from warehouse.home import Home, installation_root

PROJECT = installation_root() / "dbt"
# doubles may differ in their last places; keys, counts and words may not differ at all
TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def spark_marts(built_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the marts on Spark from the release's lake and return Spark's folder of them."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("the extra [spark] is not installed")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        pytest.skip("Spark needs a Java 17 or newer")
    folder = tmp_path_factory.mktemp("spark")
    export_lake(built_home.current.resolve(), folder / "lake")
    built = subprocess.run(
        [
            *(sys.executable, "-m", "dbt.cli.main", "--no-use-colors", "run", "--target", "spark"),
            *("--project-dir", PROJECT, "--profiles-dir", PROJECT),
            *("--target-path", folder / "target", "--log-path", folder / "logs"),
        ],
        cwd=folder,
        env={
            **os.environ,
            "IMID_LAKE": str(folder / "lake"),
            "IMID_SPARK_WAREHOUSE": str(folder / "warehouse"),
            "IMID_SPARK_MEMORY": "2g",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-3000:]
    return folder / "warehouse" / "marts.db"


@pytest.mark.slow
def test_every_mart_holds_the_same_rows_on_both_engines(
    built_home: Home, spark_marts: Path
) -> None:
    con = duckdb.connect(str(built_home.current.resolve()), read_only=True)
    con.execute("set timezone = 'UTC'")
    columns = con.sql(
        "select table_name, column_name, data_type from information_schema.columns "
        "where table_schema = 'marts' order by table_name, ordinal_position"
    ).pl()
    assert {"fct_expression", "mart_regimen_safety"} <= set(columns["table_name"])
    different = {}
    for (mart,), described in columns.group_by("table_name", maintain_order=True):
        names = described["column_name"].to_list()
        exact = described.filter(pl.col("data_type") != "DOUBLE")["column_name"].to_list()
        picked = ", ".join(
            f'cast("{name}" as {kind}) as "{name}"'
            for name, kind in described.select("column_name", "data_type").iter_rows()
        )
        here = con.sql(f"select {picked} from marts.{mart}").pl()
        there = con.sql(f"select {picked} from read_parquet('{spark_marts / mart}/*.parquet')").pl()
        # every mart's key is among its columns that are no doubles, so they put rows side by side
        order = [*exact, *(name for name in names if name not in exact)]
        try:
            assert_frame_equal(
                here.sort(order, nulls_last=True),
                there.sort(order, nulls_last=True),
                check_exact=False,
                rel_tol=TOLERANCE,
                abs_tol=0.0,
            )
        except AssertionError as error:
            different[mart] = str(error)
    assert not different
