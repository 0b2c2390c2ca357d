"""R's programs for differential expression, each run once in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

_START: Final = """
a <- commandArgs(TRUE)
counts <- as.matrix(read.csv(a[1], row.names = 1)); meta <- read.csv(a[2], row.names = 1)
for (v in colnames(meta)) meta[[v]] <- factor(meta[[v]])
if (length(a) < 7) meta[[a[4]]] <- relevel(meta[[a[4]]], a[6])
design <- model.matrix(as.formula(a[3]), meta)
coefficient <- paste0(a[4], a[5])
started <- proc.time()
"""
_END: Final = """
took <- proc.time() - started
peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)
called <- which(padj < 0.05 & abs(change) > 1) - 1
cat(sprintf('{"seconds": %f, "cpu_seconds": %f, "peak_mib": %f, "called": [%s]}',
            took[["elapsed"]], took[["user.self"]] + took[["sys.self"]],
            as.numeric(gsub("[^0-9]", "", peak)) / 1024, paste(called, collapse = ",")))
"""
# name: packages, and what makes padj and change from counts, meta, design and coefficient, from
# size factors to the adjusted p-values, without shrinkage
PROGRAMS: Final = {
    "R DESeq2": (
        ("DESeq2",),
        """
dds <- DESeq(DESeqDataSetFromMatrix(counts, meta, as.formula(a[3])), quiet = TRUE)
res <- results(dds, contrast = c(a[4], a[5], a[6]), alpha = 0.05)
padj <- res$padj; change <- res$log2FoldChange
""",
    ),
    "R edgeR, quasi-likelihood": (
        ("edgeR",),
        """
y <- DGEList(counts); keep <- filterByExpr(y, design)
y <- calcNormFactors(y[keep, , keep.lib.sizes = FALSE])
fit <- glmQLFit(estimateDisp(y, design), design)
top <- topTags(glmQLFTest(fit, coef = coefficient), n = Inf, sort.by = "none")$table
padj <- change <- rep(NA, nrow(counts)); padj[keep] <- top$FDR; change[keep] <- top$logFC
""",
    ),
    "R limma-voom": (
        ("edgeR", "limma"),
        """
y <- DGEList(counts); keep <- filterByExpr(y, design)
y <- calcNormFactors(y[keep, , keep.lib.sizes = FALSE])
fit <- eBayes(lmFit(voom(y, design), design))
top <- topTable(fit, coef = coefficient, number = Inf, sort.by = "none")
padj <- change <- rep(NA, nrow(counts)); padj[keep] <- top$adj.P.Val; change[keep] <- top$logFC
""",
    ),
}


@dataclass(frozen=True)
class Question:
    """Counts (genes x samples) and samples as CSV, and the contrast of the design's last factor."""

    counts: Path
    samples: Path
    design: str
    factor: str
    numerator: str
    denominator: str


@dataclass(frozen=True)
class Answer:
    """Seconds without reading, wall and processor's; peak memory in MiB; called genes."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    called: frozenset[int]


@cache
def installed() -> tuple[str, ...]:
    """Return the programs whose packages this machine's R has."""
    if not shutil.which("Rscript"):
        return ()
    asked = 'cat(rownames(installed.packages()), sep = "\\n")'
    command = ["Rscript", "-e", asked]
    packages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return tuple(name for name, (needed, _) in PROGRAMS.items() if set(needed) <= set(packages))


def ask(program: str, question: Question) -> Answer:
    """Run one program.

    Raises
    ------
    subprocess.CalledProcessError
        If R fails.
    """
    found = json.loads(_run(program, question, _END).strip().splitlines()[-1])
    found["called"] = frozenset(found["called"])
    return Answer(**found)


def deseq2_table(question: Question) -> pd.DataFrame:
    """Return R DESeq2's results, a row per gene in the order of the counts.

    The first level in the order of their names is the design's reference, as it is here: where
    R's iteration stops depends on it.

    Raises
    ------
    subprocess.CalledProcessError
        If R fails.
    """
    with tempfile.NamedTemporaryFile(suffix=".csv") as written:
        _run("R DESeq2", question, "write.csv(as.data.frame(res), a[7])", written.name)
        return pd.read_csv(written.name, index_col=0)


def _run(program: str, question: Question, end: str, *further: str) -> str:
    packages, body = PROGRAMS[program]
    loading = "".join(f"suppressMessages(library({package}))\n" for package in packages)
    with tempfile.NamedTemporaryFile("w", suffix=".R") as script:
        script.write(loading + _START + body + end)
        script.flush()
        parts = [str(question.counts), str(question.samples), question.design.replace(" ", "")]
        parts += [question.factor, question.numerator, question.denominator, *further]
        return subprocess.run(
            ["Rscript", script.name, *parts], check=True, capture_output=True, text=True
        ).stdout
