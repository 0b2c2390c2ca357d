"""Laboratory assays: cytotoxicity plates and colony counts, from assay.yaml to raw tables."""
