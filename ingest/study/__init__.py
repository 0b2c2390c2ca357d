"""Expression studies: definition, sample sheet, count matrix, contrasts."""
