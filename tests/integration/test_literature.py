"""Claims against data, through the whole pipeline: planted studies and a real table.

Two small simulated studies measure what they plant; the MM.1S table is real, an excerpt, and has
nominal p-values only. Real data contradict some claims, and that must be seen.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from analytics.between_contrasts import analyze_between_contrasts
from app.cli import steps
from app.cli.report import Reporter
from tests.support.builds import spare_unit_tests
from tests.support.small_study import PLANTED, SILENT, write_project, write_small_study
from warehouse.connections import open_working, write_lock
from warehouse.home import Home, installation_root
from warehouse.queries import query_release

IMID = Path(sys.executable).parent / "imid"
CLAIMS = installation_root() / "ingest" / "curated" / "claims.csv"
DOSES = (
    "pomalidomide at 1 uM, lenalidomide at 5 uM: the concentrations are unequal, so this compares "
    "the doses as much as the drugs"
)
EXCERPT = """\
id: mm1s
title: MM.1S, lenalidomide 24 h against 0 h
organism: human
cell_context: myeloma_cells
de_results:
  - file: {file}
    factor: treatment
    numerator: lenalidomide
    denominator: 0 h
    excerpt: true
    columns: {{gene_id: GENE, log2_fold_change: LOG2_FOLD_CHANGE, p_value: P_VALUE}}
"""


def write_own_claims(folder: Path) -> Path:
    """Write a file of one claim, as a curator would, and return its path."""
    with CLAIMS.open(encoding="utf-8", newline="") as handle:
        first = next(csv.DictReader(handle))
    mine = folder / "mine.csv"
    with mine.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, first, lineterminator="\n")
        writer.writeheader()
        writer.writerow(first | {"claim_id": "mine-1", "note": 'Commas, "quotes"\nand lines.'})
    return mine


@pytest.fixture(scope="module")
def compared(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two simulated studies and MM.1S.

    The second names its genes by symbols alone, and has its drug contrast the other way round.
    """
    folder = tmp_path_factory.mktemp("literature")
    first = write_small_study(folder / "first").definition
    second = write_small_study(folder / "second", seed=11).definition
    turned = yaml.safe_load(second.read_text()) | {"id": "turned"}
    direct = turned["contrasts"][-1]
    direct["numerator"], direct["denominator"] = direct["denominator"], direct["numerator"]
    second.write_text(yaml.safe_dump(turned, sort_keys=False))
    counts = second.with_name("counts.tsv")
    by_symbol = [line.split("\t")[1:] for line in counts.read_text().splitlines()]
    counts.write_text("".join("\t".join(cells) + "\n" for cells in by_symbol))
    real = folder / "mm1s.yaml"
    table = shared_data / "de_results" / "MM1S_Lenalidomide_0h_vs_24h.EXCERPT.tsv"
    real.write_text(EXCERPT.format(file=table))
    home = spare_unit_tests(Home(folder / "home").create())
    write_project(home, first)
    project = yaml.safe_load(home.project_file.read_text())
    project["sources"] += [{"kind": "study", "path": str(path)} for path in (second, real)]
    project["sources"].append({"kind": "claims", "path": str(write_own_claims(folder))})
    home.project_file.write_text(yaml.safe_dump(project))
    steps.run(home, Reporter(as_json=True))
    return home


def rows(home: Home, sql: str) -> list[tuple[object, ...]]:
    return query_release(home.current.resolve(), sql).rows()


def verdicts(home: Home, study: str, genes: Sequence[str], drug: str) -> dict[object, set[object]]:
    found: dict[object, set[object]] = {}
    names = ", ".join(f"'{gene}'" for gene in genes)
    for gene, verdict in rows(
        home,
        "select target_name, verdict from mart_literature_concordance "
        f"where study_id = '{study}' and drug_id = '{drug}' and verdict <> 'not_testable' "
        f"and claim_kind = 'single_drug' and target_name in ({names})",
    ):
        found.setdefault(gene, set()).add(verdict)
    return found


def test_real_data_agree_with_some_claims_and_contradict_others(compared: Home) -> None:
    genes = ["IRF4", "IFIT3", "XAF1", "MYC", "CDKN1A", "RIGI"]
    assert verdicts(compared, "mm1s", genes, "lenalidomide") == {
        "IRF4": {"agrees"},
        "IFIT3": {"agrees"},
        "XAF1": {"agrees"},
        "MYC": {"not_significant"},
        "CDKN1A": {"opposite"},
        "RIGI": {"opposite"},
    }


def test_a_verdict_on_nominal_p_values_says_on_what_it_rests(compared: Home) -> None:
    (found,) = rows(
        compared,
        "select distinct evidence_basis, is_excerpt, is_simulated, padj, reason "
        "from mart_literature_concordance where study_id = 'mm1s' and target_name = 'XAF1' "
        "and molecular_level = 'mrna'",
    )
    assert found[:4] == ("nominal_p", True, False, None)
    assert "nominal p-value" in found[4]
    assert "excerpt" in found[4]
    assert "compared with 0 h, not with a vehicle of the same time" in found[4]
    called = rows(
        compared,
        "select distinct direction, not_tested_reason from fct_differential_expression "
        "where study_id = 'mm1s'",
    )
    assert called == [("not_tested", "nominal_p_only")]


def test_symbols_of_a_table_lead_to_the_stable_genes(compared: Home) -> None:
    assert rows(
        compared,
        "select gene_id, symbol from fct_differential_expression "
        "where study_id = 'mm1s' and symbol in ('RIGI', 'IRF4', 'BLVRA') order by symbol",
    ) == [("BLVRA", "BLVRA"), ("ENSG00000137265", "IRF4"), ("ENSG00000107201", "RIGI")]


def test_the_planted_changes_come_back_as_verdicts(compared: Home) -> None:
    for study in ("small-imid", "turned"):
        assert verdicts(compared, study, ["IRF4", "CDKN1A", "MYC"], "lenalidomide") == {
            "IRF4": {"agrees"},
            "CDKN1A": {"opposite"},
            "MYC": {"not_significant"},
        }


def test_a_contrast_the_other_way_round_gives_the_same_difference(compared: Home) -> None:
    found = rows(
        compared,
        "select study_id, is_reversed, verdict, difference, difference_ci_lower, "
        "difference_ci_upper, dose_sentence, has_equal_doses from mart_claim_potency "
        "where claim_id = '001-T1-r03-c' order by study_id",
    )
    assert [row[:2] for row in found] == [("small-imid", False), ("turned", True)]
    for _, _, verdict, difference, lower, upper, sentence, equal in found:
        assert lower < difference < upper
        assert -1.3 < difference < 0.3
        assert verdict in {"agrees", "not_significant"}
        assert (sentence, equal) == (DOSES, False)


def test_the_slope_over_responsive_genes_is_the_planted_one(compared: Home) -> None:
    found = rows(
        compared,
        "select drug_id_a, drug_id_b, n_responsive, responsive_slope, responsive_slope_lower, "
        "responsive_slope_upper, doses_a, doses_b from mart_contrast_concordance "
        "where study_id = 'small-imid' and study_id_b = 'small-imid'",
    )
    ((drug_a, drug_b, genes, slope, lower, upper, dose_a, dose_b),) = found
    assert (drug_a, drug_b) == ("lenalidomide", "pomalidomide")
    assert genes >= 30
    assert lower < slope < upper
    assert slope == pytest.approx(1.2, abs=0.1)
    assert (dose_a, dose_b) == ("5 uM", "1 uM")


def test_changes_are_pooled_over_studies_of_one_kind_only(compared: Home) -> None:
    found = rows(
        compared,
        "select is_simulated, standing, n_agree, n_opposite, n_not_significant, "
        "n_studies_agree, n_studies_pooled, pooled_log2_fold_change, pooled_ci_lower, "
        "pooled_ci_upper, pooled_verdict, pooled_contrast_ids, not_pooled from mart_claim_standing "
        "where claim_id = '001-T1-r03-a' order by is_simulated",
    )
    real, simulated = found
    assert real[:7] == (False, "supported", 1, 0, 0, 1, None)
    assert simulated[:7] == (True, "supported", 2, 0, 0, 2, 2)
    assert simulated[7] == pytest.approx(-3.0, abs=0.4)
    assert simulated[8] < simulated[7] < simulated[9] < 0
    assert simulated[10] == "agrees"
    assert simulated[11] == "small-imid.lenalidomide_vs_dmso|turned.lenalidomide_vs_dmso"
    assert real[12] == "mm1s: chosen rows of a larger table"
    assert simulated[12] is None


def test_genes_of_two_studies_pair_whatever_each_calls_them(compared: Home) -> None:
    """One study has stable ids, the other symbols; only the genes of the documents have both."""
    found = rows(
        compared,
        "select study_id, study_id_b, difference_method, count(*) from mart_drug_comparison "
        "where difference is not null and symbol in ('IRF4', 'CDKN1A', 'MYC', 'XAF1') "
        "group by all order by all",
    )
    assert found == [
        ("small-imid", "small-imid", "wald_within_fit", 4),
        ("small-imid", "turned", "z_across_fits", 4),
        ("turned", "small-imid", "z_across_fits", 4),
        ("turned", "turned", "wald_within_fit", 4),
    ]
    planted = len([gene for gene in PLANTED if gene != SILENT])
    ((genes, agreement),) = rows(
        compared,
        "select n_tested, spearman from mart_contrast_concordance "
        "where study_id = 'small-imid' and study_id_b = 'turned'",
    )
    assert genes == planted
    assert agreement > 0.8


def test_every_pooled_change_is_of_the_studies_that_the_verdicts_are_of(compared: Home) -> None:
    assert rows(
        compared,
        "select s.claim_id from mart_claim_standing s where s.n_studies_pooled is not null and "
        "exists (select 1 from unnest(string_split(s.pooled_contrast_ids, '|')) as c(id) "
        "where not exists (select 1 from mart_literature_concordance v where "
        "v.claim_id = s.claim_id and v.contrast_id = c.id and v.verdict <> 'not_testable'))",
    ) == []  # fmt: skip


def test_verdicts_are_counted_per_document_drug_and_study(compared: Home) -> None:
    assert rows(
        compared,
        "select sum(n_agrees + n_opposite + n_not_significant + n_not_testable) "
        "from mart_claim_verdict_counts",
    ) == rows(compared, "select count(*) from mart_literature_concordance")
    assert rows(
        compared,
        "select n_agrees, n_opposite, n_not_significant, is_simulated "
        "from mart_claim_verdict_counts "
        "where study_id = 'mm1s' and document_id = '001' and drug_id = 'lenalidomide'",
    ) == [(1, 2, 1, False)]


def test_the_documents_conflicts_are_listed(compared: Home) -> None:
    found = rows(
        compared,
        "select drug_id, target_name, conflict_kind, conflict_scope, what "
        "from mart_claim_conflict order by target_name, drug_id",
    )
    assert [row[:4] for row in found] == [
        ("lenalidomide", "CDKN1A", "by_route", "between_documents"),
        ("pomalidomide", "CRBN", "called_variable", "within_document"),
        ("pomalidomide", "IFITM1", "by_cells", "within_document"),
        ("lenalidomide", "MYC", "by_route", "between_documents"),
        ("pomalidomide", "MYC", "by_route", "between_documents"),
        ("lenalidomide", "NF-κB pathway", "by_cells", "between_documents"),
    ]
    assert found[0][4] == (
        "lenalidomide and CDKN1A, up: by epigenetic mechanism involving LSD1 (001); "
        "no route given (000); no route given (004)"
    )
    assert "up in t cells (004)" in found[-1][4]


def test_statements_on_the_class_and_on_phenotypes_are_not_tested(compared: Home) -> None:
    assert rows(
        compared,
        "select count(*), count(distinct claim_id), count(contrast_id), min(verdict) "
        "from mart_literature_concordance where reason_code = 'class_statement'",
    ) == [(13, 13, 0, "not_testable")]
    assert rows(
        compared,
        "select distinct verdict, reason_code from mart_literature_concordance "
        "where target_type = 'phenotype' and drug_id <> 'imid-class'",
    ) == [("not_testable", "level_phenotype")]
    assert rows(
        compared,
        "select distinct verdict from mart_literature_concordance "
        "where claim_cell_context in ('myeloma_drug_resistant', 't_cells', 'jurkat')",
    ) == [("not_testable",)]


def test_claims_come_out_as_they_went_in(compared: Home, tmp_path: Path) -> None:
    target = tmp_path / "claims.csv"
    arguments = [IMID, "--home", compared.root, "export", "claims", target]
    subprocess.run([*arguments, "--loaded-from", CLAIMS.name], check=True, capture_output=True)
    assert target.read_bytes() == CLAIMS.read_bytes()


def test_the_template_is_written_without_any_release(tmp_path: Path) -> None:
    target, home = tmp_path / "mine.csv", tmp_path / "home"
    arguments = [IMID, "--home", home, "export", "claims", "--template", target]
    subprocess.run(arguments, check=True, capture_output=True)
    assert target.read_bytes() == CLAIMS.with_name("claims_template.csv").read_bytes()


def test_own_claims_go_round_too(compared: Home, tmp_path: Path) -> None:
    exported = subprocess.run(
        [IMID, "--home", compared.root, "export", "claims", "--loaded-from", "mine.csv"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    assert exported == write_own_claims(tmp_path).read_bytes()


def test_differences_and_pooled_changes_across_studies_are_computed_only_when_stale(
    compared: Home,
) -> None:
    with write_lock(compared, "test"), open_working(compared) as con:
        stored = con.execute("select count(*) from analytics.pooled_changes").fetchall()[0][0]
        pairs = con.execute(
            "select count(distinct (contrast_id_a, contrast_id_b)) "
            "from analytics.contrast_differences where fit_id is null"
        ).fetchall()[0][0]
        analyze_between_contrasts(con)
        assert analyze_between_contrasts(con) is None
        con.execute("update analytics.pooled_changes set inputs_sha256 = 'stale'")
        assert analyze_between_contrasts(con) == (pairs, stored)


def test_a_second_path_is_for_claims_only(compared: Home, tmp_path: Path) -> None:
    ran = subprocess.run(
        [IMID, "--home", compared.root, "export", tmp_path / "a", tmp_path / "b"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 2
    assert "claims" in ran.stderr
