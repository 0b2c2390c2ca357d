"""The DuckDB file: tables, load ledger, transactions, publishing, read-only connections."""
