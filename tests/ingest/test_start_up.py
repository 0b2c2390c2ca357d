"""What a load imports before it has anything to do with it costs every user seconds."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = ("great_expectations", "scipy.stats", "statsmodels", "pydeseq2", "dbt", "streamlit")


def test_loading_imports_nothing_that_only_analysis_needs() -> None:
    code = f"import sys, app.cli.loading; print([m for m in {_HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
