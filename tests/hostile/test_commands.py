"""A handful of hostile files by way of the command: exit 1, one sentence, the home as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.main import run_command
from tests.hostile import damage
from tests.hostile.forms import FORMS, STUDY
from tests.hostile.test_archives import AACT, BACKUPS, BOOKS, XMLS, ZIPS
from tests.hostile.test_definitions import DEFINITIONS
from tests.ingest.trials.records import write_aact
from warehouse.connections import open_working, write_lock
from warehouse.home import Home

pytestmark = pytest.mark.timeout(120)

FILES: dict[str, tuple[list[str], str, bytes]] = {
    "study-bomb": (["ingest", "study"], "study.yaml", DEFINITIONS["merge-bomb"].encode()),
    "study-climbs-out": (
        ["ingest", "study"],
        "study.yaml",
        STUDY.replace(b"counts.csv", b"../../../etc/passwd"),
    ),
    "genes-noise": (["ingest", "genes"], "genes.csv", damage.REFUSED["noise"](b"")),
    "gene-sets-cut": (
        ["ingest", "gene-sets"],
        "sets.gmt",
        damage.REFUSED_PACKED["gzip-cut"](FORMS["gmt"].sound),
    ),
    "claims-utf16": (
        ["ingest", "claims"],
        "claims.csv",
        damage.REFUSED["utf16"](FORMS["claims"].sound),
    ),
    "ctcae-laughs": (["ingest", "ctcae"], "CTCAE_v5.0.xlsx", BOOKS["billion-laughs-utf16"]),
    "trial-laughs": (["ingest", "trial"], "record.xml", XMLS["billion-laughs"]),
    "trial-zip-encrypted": (["ingest", "trial"], "records.zip", ZIPS["encrypted"]),
    "aact-cut": (["ingest", "trial"], "aact", b""),
    "assay-deep": (["ingest", "assay"], "assay.yaml", DEFINITIONS["deep-lists"].encode()),
    "backup-climbs-out": (["restore", "--force"], "backup.zip", BACKUPS["climbs-out"]),
}


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("hostile") / "home").create()
    with write_lock(home, "test"), open_working(home):
        pass
    return home


@pytest.mark.parametrize("name", FILES)
def test_the_command_refuses_in_a_sentence(
    worked: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    command, file, data = FILES[name]
    folder = tmp_path / "in"
    folder.mkdir()
    path = folder / file
    if name == "aact-cut":
        write_aact(path)
        events = path / "reported_events.txt"
        events.write_bytes(AACT["cut-in-a-line"](events.read_bytes()))
    else:
        path.write_bytes(data)
    given = sorted(p for p in tmp_path.rglob("*"))
    held = sorted(p for p in worked.root.rglob("*") if p.name != "write.lock")
    assert run_command(["--home", str(worked.root), *command, str(path)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: ")
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err
    assert sorted(p for p in tmp_path.rglob("*")) == given
    assert sorted(p for p in worked.root.rglob("*") if p.name != "write.lock") == held
