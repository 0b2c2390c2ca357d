"""The shipped assays: written by their script, and their truth comes back."""

from __future__ import annotations

import csv
import importlib.util
import math
from pathlib import Path

import pytest

from warehouse.home import Home, installation_root
from warehouse.queries import query_release

FOLDER = installation_root() / "examples" / "simulated-assays"


def truth(name: str) -> list[dict[str, str]]:
    with (FOLDER / name / "truth.csv").open() as handle:
        return list(csv.DictReader(handle))


def test_the_script_writes_the_shipped_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("simulate_assays", FOLDER / "simulate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("cytotoxicity", "colonies"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(module, "HERE", tmp_path)
    module.main()
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("*/*.csv"))
    assert len(written) == 4
    for path in written:
        assert (tmp_path / path).read_bytes() == (FOLDER / path).read_bytes(), path


def test_planted_curves_come_back(built_home: Home) -> None:
    frame = query_release(built_home.current.resolve(), "select * from fct_dose_response")
    assert frame["is_simulated"].all()
    found = {row["treatment"]: row for row in frame.to_dicts()}
    for planted in truth("cytotoxicity"):
        row = found[planted["treatment"]]
        absolute = float(planted["absolute_ic50_um"])
        if absolute > row["highest_um"]:
            assert (row["absolute_ic50_operator"], row["absolute_ic50_um"]) == (
                ">",
                row["highest_um"],
            )
            continue
        # With 5 % noise an IC50 is found within a quarter, and its interval holds the truth.
        assert row["absolute_ic50_um"] == pytest.approx(absolute, rel=0.25)
        assert row["absolute_ic50_lower_um"] < absolute < row["absolute_ic50_upper_um"]
        relative = float(planted["relative_ic50_um"])
        assert row["relative_ic50_lower_um"] < relative < row["relative_ic50_upper_um"]


def test_planted_ratios_come_back(built_home: Home) -> None:
    frame = query_release(built_home.current.resolve(), "select * from fct_colony_ratio")
    found = {(r["treatment"], r["concentration_um"], r["colony_type"]): r for r in frame.to_dicts()}
    planted = {
        (r["treatment"], float(r["concentration_um"]), r["colony_type"]): float(r["ratio"])
        for r in truth("colonies")
    }
    assert found.keys() == planted.keys()
    held = [
        found[k]["ratio_lower"] < ratio < found[k]["ratio_upper"] for k, ratio in planted.items()
    ]
    # Of twelve intervals at 95 % more than two misses are rarer than one in fifty.
    assert sum(held) >= 10
    errors = [
        abs(math.log(found[k]["ratio"] / r)) for k, r in planted.items() if k[2] != "CFU-GEMM"
    ]
    assert max(errors) < 0.3
