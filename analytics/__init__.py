"""What SQL cannot say well: differential expression and intervals, as pure functions."""
