"""A person's own data beside the warehouse: read, gated, analysed and judged, and never kept."""
