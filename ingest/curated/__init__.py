"""Curated tables: what a person typed from a document, checked row by row.

The CSV files beside this module are the project's own curation of its source documents.
"""
