"""An export is a Frictionless data package whose files can be verified."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.cli.main import run_command
from tests.support.small_home import ROWS, write_small_home
from warehouse.exports import MANIFEST, export_release, verify_export
from warehouse.home import Home

# The types of the Frictionless table schema, version 1.
_TYPES = {
    "string", "number", "integer", "boolean", "object", "array", "date", "time", "datetime",
    "year", "yearmonth", "duration", "geopoint", "geojson", "any",
}  # fmt: skip


@pytest.fixture
def exported(home: Home, tmp_path: Path) -> Path:
    (release,) = write_small_home(home, releases=1)
    folder = tmp_path / "out"
    export_release(release, folder)
    return folder


def test_the_manifest_has_what_a_data_package_must_have(exported: Path) -> None:
    package = json.loads((exported / MANIFEST).read_text())
    assert package["profile"] == "data-package"
    assert re.fullmatch(r"[-a-z0-9._/]+", package["name"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", package["created"])
    (resource,) = package["resources"]
    assert re.fullmatch(r"[-a-z0-9._/]+", resource["name"])
    assert not Path(resource["path"]).is_absolute()
    assert (exported / resource["path"]).stat().st_size == resource["bytes"]
    assert resource["rows"] == ROWS
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", resource["hash"])
    fields = resource["schema"]["fields"]
    assert {field["name"]: field["type"] for field in fields} == {
        "n": "integer",
        "word": "string",
        "version": "integer",
    }
    assert {field["type"] for field in fields} <= _TYPES


def test_an_untouched_export_verifies(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_export(exported) == []
    assert run_command(["export", "--verify", str(exported)]) == 0
    assert "verified" in capsys.readouterr().err


def test_every_difference_is_named(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = exported / "numbers.parquet"
    content = bytearray(file.read_bytes())
    (exported / "more.txt").write_text("x")
    assert verify_export(exported) == ["more.txt: not in the manifest."]
    (exported / "more.txt").unlink()
    content[100] ^= 1
    file.write_bytes(content)
    assert verify_export(exported) == ["numbers.parquet: its content is not what was exported."]
    file.write_bytes(content[:-1])
    assert "the manifest says" in verify_export(exported)[0]
    file.unlink()
    assert verify_export(exported) == ["numbers.parquet: missing."]
    assert run_command(["export", "--verify", str(exported)]) == 1
    assert "numbers.parquet: missing." in capsys.readouterr().err


def test_a_manifest_that_leads_elsewhere_or_is_none_is_refused(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = exported / MANIFEST
    package = json.loads(manifest.read_text())
    package["resources"][0]["path"] = "../../etc/passwd"
    manifest.write_text(json.dumps(package))
    assert "outside its folder" in verify_export(exported)[0]
    manifest.write_text("[]")
    assert run_command(["export", "--verify", str(exported)]) == 1
    assert "no manifest of an export" in capsys.readouterr().err
    manifest.unlink()
    assert run_command(["export", "--verify", str(exported)]) == 1
    assert "no such file" in capsys.readouterr().err
