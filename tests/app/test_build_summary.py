"""What dbt's results say of a build."""

from __future__ import annotations

import pytest

from app.cli.dbt_build import summarise


def results(*outcomes: tuple[str, str, str | None]) -> dict[str, object]:
    return {
        "results": [dict(zip(("unique_id", "status", "message"), o, strict=True)) for o in outcomes]
    }


def test_only_models_and_tests_are_counted_and_an_exposure_has_not_failed() -> None:
    summary = summarise(
        results(
            ("operation.imid_warehouse.imid_warehouse-on-run-start-0", "success", "OK"),
            ("model.imid_warehouse.dim_gene", "success", "OK"),
            ("test.imid_warehouse.unique_dim_gene.0a1b", "pass", None),
            ("test.imid_warehouse.limits.0a1b", "warn", "Got 2 results"),
            ("unit_test.imid_warehouse.dim_gene.kept", "skipped", None),
            ("exposure.imid_warehouse.app_sql", "no-op", "NO-OP"),
        ),
        1.0,
    )
    assert (summary.models, summary.tests_passed, summary.tests_warned) == (1, 1, 1)
    assert summary.failures == ()


@pytest.mark.parametrize("status", ["error", "fail", "runtime error", "partial success"])
def test_what_is_not_known_to_be_well_is_a_failure(status: str) -> None:
    summary = summarise(results(("model.imid_warehouse.dim_gene", status, "It broke\nhere")), 1.0)
    assert summary.failures == ("dim_gene: It broke",)
