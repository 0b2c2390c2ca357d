"""Differential expression: a vectorised DESeq2 on pydeseq2's classes.

One fit serves all contrasts of a design::

    fit = fit_design(counts, metadata, "~ donor + drug")
    table = fit.results(Contrast("drug", "lenalidomide", "DMSO"))

Heavy imports wait until a fit is asked for.
"""

from __future__ import annotations

from analytics.deseq.api import Contrast, Fit, fit_design

__all__ = ["Contrast", "Fit", "fit_design"]
