"""From files to raw tables: one module per source kind, each gated before it is visible."""
