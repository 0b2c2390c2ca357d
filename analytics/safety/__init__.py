"""Rates, differences and ratios of adverse events, each a pure function of counts."""
