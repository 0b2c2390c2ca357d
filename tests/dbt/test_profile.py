"""The profile that every build connects by."""

from __future__ import annotations

from pathlib import Path

import jinja2
import yaml
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments.local import LocalEnvironment

from warehouse.home import installation_root


def credentials(environment: dict[str, str]) -> DuckDBCredentials:
    text = (installation_root() / "dbt" / "profiles.yml").read_text()
    jinja = jinja2.Environment(autoescape=False)  # noqa: S701  settings, not a page
    jinja.filters["as_number"] = int
    rendered = jinja.from_string(text).render(env_var=environment.get)
    output = yaml.safe_load(rendered)["imid_warehouse"]["outputs"]["duckdb"]
    return DuckDBCredentials.from_dict({**output, "database": "working"})


def test_a_build_that_has_spilled_to_disk_goes_on(tmp_path: Path) -> None:
    spilled = tmp_path / "spilled"
    given = {
        "IMID_WORKING": str(tmp_path / "working.duckdb"),
        "IMID_HOME": str(tmp_path),
        "IMID_TEMP": str(spilled),
        "IMID_MEMORY_LIMIT": "30MB",
        "IMID_THREADS": "1",
        "IMID_SPARK_METHOD": "session",
    }
    environment = LocalEnvironment(credentials(given))
    try:
        first = environment.handle().cursor()
        first.execute("select current_setting('temp_directory'), current_setting('threads')")
        assert first.fetchone() == (str(spilled), 1)
        first.execute(
            "create table sorted as select range as n, md5(range::varchar) as h "
            "from range(600000) order by h"
        )
        assert spilled.is_dir(), "30 MB were enough: sort more rows"
        second = environment.handle().cursor()
        second.execute("select count(*) from sorted")
        assert second.fetchone() == (600_000,)
    finally:
        environment.close()
