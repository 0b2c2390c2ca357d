"""A reader that opens the current release again and again until a file appears."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from warehouse.connections import current_release, open_release
from warehouse.errors import ImidError
from warehouse.home import Home

QUERY = """
select
    (select count(*) from fct_differential_expression),
    (select count(*) from mart_drug_comparison),
    (select sum(base_mean) > 0 from fct_differential_expression),
    (select max(build_id) from ops.builds where build_id = $1)
"""


def read_until(home: Home, stop: Path) -> dict[str, object]:
    """Return rounds, errors, and each release's answer; one that gave two is an error."""
    rounds, errors, answers = 0, [], {}
    while not stop.exists():
        rounds += 1
        try:
            path = current_release(home)
            con = open_release(path)
            try:
                answer = con.execute(QUERY, [path.stem]).fetchall()
            finally:
                con.close()
        except (duckdb.Error, ImidError) as error:
            errors.append(str(error))
        else:
            if answers.setdefault(path.stem, answer) != answer:
                errors.append(f"{path.stem} said {answer} and {answers[path.stem]}")
        time.sleep(0.02)
    return {"rounds": rounds, "errors": errors[:20], "answers": answers}


if __name__ == "__main__":
    json.dump(read_until(Home.locate(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
