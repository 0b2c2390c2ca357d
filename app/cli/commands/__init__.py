"""The commands of ``imid`` by what they are about; each module is one Typer group."""
