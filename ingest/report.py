"""The gate's results as one HTML file that needs nothing else, offline too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import duckdb
from jinja2 import Environment, StrictUndefined

from warehouse.ledger import Validation

_MOST_REFUSED: Final = 200

_TEMPLATE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem;
  color: #1c2330; background: #fff; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid #d6dbe3; overflow-wrap: anywhere; }
section { border-top: 3px solid #d6dbe3; margin-top: 2rem; }
.passed { color: #17663a; } .warning { color: #855000; } .failed { color: #a3182d; }
.passed, .warning, .failed { font-weight: 600; white-space: nowrap; }
code { font-size: .85em; }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<p>Written {{ written }} by imid-warehouse {{ version }}. An expectation of severity
<em>error</em> that fails refuses the load and leaves the warehouse as it was; a <em>warning</em>
loads and is reported.</p>
<table><caption>Loads</caption>
<thead><tr><th scope="col">Load</th><th scope="col">Expectations met</th>
<th scope="col">Warnings</th><th scope="col">Errors</th><th scope="col">Rows loaded</th>
<th scope="col">Rows refused</th></tr></thead>
<tbody>
{% for load in loads %}<tr><td><a href="#load-{{ loop.index }}">{{ load.subject }}</a></td>
<td>{{ load.count("passed") }} of {{ load.validations | length }}</td>
<td>{{ load.count("warning") }}</td><td>{{ load.count("failed") }}</td>
<td>{{ load.rows_loaded }}</td><td>{{ load.rows_refused }}</td></tr>
{% endfor %}</tbody></table>
{% for load in loads %}
<section id="load-{{ loop.index }}">
<h2>{{ load.subject }}</h2>
<p>{{ load.about }}</p>
{% if load.files %}<table><caption>Files</caption>
<thead><tr><th scope="col">Role</th><th scope="col">File</th><th scope="col">Bytes</th>
<th scope="col">sha256</th></tr></thead><tbody>
{% for file in load.files %}<tr>{% for cell in file %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>{% endif %}
{% if load.validations %}<table><caption>Expectations</caption>
<thead><tr><th scope="col">Outcome</th><th scope="col">What is demanded</th>
<th scope="col">Suite</th><th scope="col">Column</th><th scope="col">Found</th>
<th scope="col">Rows</th></tr></thead><tbody>
{% for v in load.validations %}<tr><td class="{{ outcome(v) }}">{{ outcome(v) }}</td>
<td>{{ v.meaning }}<br><code>{{ v.expectation }}</code></td>
<td>{{ v.suite }} {{ v.suite_version }}</td><td>{{ v.column_name or "" }}</td>
<td>{{ v.observed or "" }}</td><td>{{ v.unexpected_keys or "" }}</td></tr>
{% endfor %}</tbody></table>
{% else %}<p>No expectation applies to this kind of source; its rows are checked one by one as
they are read.</p>{% endif %}
{% if load.refused %}<table><caption>Rows refused{% if load.refused | length < load.rows_refused %}
(the first {{ load.refused | length }} of {{ load.rows_refused }}){% endif %}</caption>
<thead><tr><th scope="col">File</th><th scope="col">Line</th><th scope="col">Why</th>
<th scope="col">Content</th></tr></thead><tbody>
{% for row in load.refused %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>{% endif %}
</section>
{% endfor %}
</body>
</html>
"""


@dataclass(frozen=True)
class GateReport:
    """What the gate said of one load, or of one that it refused.

    Attributes
    ----------
    files
        Role, path, bytes and sha256 of each.
    refused
        Path, line, reason and content of the first rows that were refused.
    """

    subject: str
    about: str
    validations: Sequence[Validation]
    rows_loaded: int = 0
    rows_refused: int = 0
    files: Sequence[tuple[Any, ...]] = ()
    refused: Sequence[tuple[Any, ...]] = ()

    def count(self, outcome: str) -> int:
        """Return how many expectations came out so."""
        return sum(_outcome(v) == outcome for v in self.validations)


def read_reports(con: duckdb.DuckDBPyConnection, load_id: str | None = None) -> list[GateReport]:
    """Return what the gate said of one load, or of every load that stands."""
    loads = con.execute(
        "select load_id, kind || ' ' || subject, source_path, recognised_as, rows_loaded, "
        "rows_refused, finished_at, loaded_by, imid_version from ops.loads "
        "where status = 'loaded' and ($1 is null or load_id = $1) order by finished_at, load_id",
        [load_id],
    ).fetchall()
    reports = []
    for held, subject, path, recognised, loaded, refused, finished, user, imid in loads:
        about = f"{path}, loaded {finished:%Y-%m-%d %H:%M} UTC"
        about += f" by {user}" if user else ""
        about += f" with imid-warehouse {imid} as load {held}."
        about += f" Recognised as {recognised}." if recognised else ""
        validations = con.execute(
            "select suite, suite_version, expectation, column_name, severity, is_success, "
            "observed, unexpected_keys, meaning from ops.validation_results where load_id = $1",
            [held],
        ).fetchall()
        files = con.execute(
            "select role, path, bytes, sha256 from ops.load_files where load_id = $1 "
            "order by role, path",
            [held],
        ).fetchall()
        rows = con.execute(
            "select path, line, reason, coalesce(content, '') from ops.rejected_rows "
            "where load_id = $1 order by path, line limit $2",
            [held, _MOST_REFUSED],
        ).fetchall()
        reports.append(
            GateReport(
                subject,
                about,
                [Validation(*row) for row in validations],
                loaded,
                refused,
                files,
                rows,
            )
        )
    return reports


def write_report(target: Path, title: str, loads: Sequence[GateReport]) -> None:
    """Write the report; an earlier one of that name is replaced."""
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    text = environment.from_string(_TEMPLATE).render(
        title=title,
        loads=loads,
        outcome=_outcome,
        written=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        version=version("imid-warehouse"),
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(target)


def _outcome(validation: Validation) -> str:
    if validation.is_success:
        return "passed"
    return "failed" if validation.severity == "error" else "warning"
