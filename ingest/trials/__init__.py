"""Registry records of trials: one reader per form, one typed record, one way into the tables."""
