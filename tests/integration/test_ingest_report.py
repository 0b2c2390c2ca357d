"""``imid ingest --report``: what the gate said, as HTML that needs nothing else."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.cli.main import run_command
from warehouse.home import Home


class Page(HTMLParser):
    """Tags, text, and every address that a browser would ask for."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.asks: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            is_address = name in {"src", "href", "action", "data", "srcset"}
            if is_address and not (value or "").startswith("#"):
                self.asks.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def write_study(folder: Path, counts: str) -> Path:
    folder.mkdir()
    (folder / "counts.csv").write_text(counts)
    (folder / "samples.csv").write_text("sample_id,drug,RIN\na,<b>len</b>,6\nb,DMSO,9\nc,DMSO,9\n")
    path = folder / "study.yaml"
    path.write_text(
        "id: small\ntitle: A study\norganism: human\nsamples: samples.csv\ncounts: counts.csv\n"
        "design: ~ drug\ncontrasts:\n"
        "  - {factor: drug, numerator: '<b>len</b>', denominator: DMSO, name: len}\n"
    )
    return path


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "a<i>b", "gene_id,a,b,c\ng1,5,7,6\ng2,0,3,2\n")


def ingest(home: Home, *arguments: str | Path) -> int:
    return run_command(["--home", str(home.root), "ingest", *map(str, arguments)])


def test_the_report_of_a_load_says_what_was_met_and_what_not(
    home: Home, study: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out" / "gate.html"
    assert ingest(home, "study", study, "--report", target) == 0
    page = Page(target.read_text())
    assert page.asks == []
    assert not {"script", "link", "img", "iframe", "i", "b"} & set(page.tags)
    assert "study small" in page.text
    assert "a<i>b" in page.text
    assert "sample_profiles 1" in page.text
    assert "warning" in page.words
    assert "passed" in page.words
    # Again, nothing is loaded, and the report is of the load that stands.
    target.unlink()
    assert ingest(home, "study", study, "--report", target) == 0
    assert "study small" in Page(target.read_text()).text


def test_a_refused_load_has_its_report_too(home: Home, tmp_path: Path) -> None:
    study = write_study(tmp_path / "s", "gene_id,a,b,c\ng1,0,7,6\ng2,0,3,2\n")
    target = tmp_path / "gate.html"
    assert ingest(home, "study", study, "--report", target) == 1
    page = Page(target.read_text())
    assert "Refused, and the warehouse is as it was" in page.text
    assert "failed" in page.words
    assert "A sample must have at least one read counted." in page.text


def test_all_loads_are_reported_in_a_folder(
    home: Home, study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ingest(home, "--report", tmp_path / "pages") == 1
    assert "nothing is loaded" in capsys.readouterr().err
    assert ingest(home, "study", study) == 0
    assert ingest(home, "--report", tmp_path / "pages") == 0
    page = Page((tmp_path / "pages" / "index.html").read_text())
    assert page.asks == []
    assert "study small" in page.text


def test_a_report_in_the_wrong_place_is_wrong_usage(
    home: Home, study: Path, tmp_path: Path
) -> None:
    assert ingest(home, "study", study, "--report", tmp_path) == 2
    assert ingest(home, "--report", study) == 2
    assert ingest(home, "--report", tmp_path / "x", "study", study) == 2
    assert not home.working.exists()
