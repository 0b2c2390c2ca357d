"""The ``imid`` command and the pipeline's order."""
