"""Printable reports: a page's numbers as one HTML file that needs nothing else."""
