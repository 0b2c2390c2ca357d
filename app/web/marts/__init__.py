"""What pages select from the marts: one module per page, SQL constants and nothing else."""
