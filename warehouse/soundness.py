"""Whether a database file is whole: its length, its blocks' checksums, what it must hold."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

# DuckDB's three headers precede the first block.
_HEADER_BYTES: Final = 3 * 4096


def database_problem(path: Path, *, needs_marts: bool) -> str | None:
    """Return what is wrong with a closed database file in one phrase; None if it is sound.

    Every table is read once, so that every block's checksum is verified. A file that was cut off
    within a block that is not read here would be opened without complaint: DuckDB's files are
    whole blocks long, and lack of those that the header counts none but free ones, which it
    trims off when it closes a file.
    """
    try:
        # A configuration of its own: other connections of this process may have locked theirs.
        with duckdb.connect(config={"memory_limit": "2GB"}) as con:
            escaped = str(path).replace("'", "''")
            con.execute(f"attach '{escaped}' as examined (read_only)")
            block_bytes, blocks, free = con.execute(
                "select block_size, total_blocks, free_blocks from pragma_database_size() "
                "where database_name = 'examined'"
            ).fetchall()[0]
            missing = _HEADER_BYTES + block_bytes * blocks - path.stat().st_size
            if missing % block_bytes or missing > block_bytes * free:
                return f"cut off: {missing:,} bytes of it are missing"
            tables = con.execute(
                "select schema_name, table_name from duckdb_tables() "
                "where database_name = 'examined' order by schema_name, table_name"
            ).fetchall()
            for schema, table in tables:
                con.execute(
                    f'select bit_xor(hash(t)) from examined."{schema}"."{table}" as t'
                ).fetchall()
    except (duckdb.Error, OSError) as error:
        return str(error).strip().splitlines()[0][:200]
    if needs_marts and not any(schema == "marts" for schema, _ in tables):
        return "without marts"
    return None
