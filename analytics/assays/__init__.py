"""Dose-response curves and colony counts, each a pure function from frame to frame."""
