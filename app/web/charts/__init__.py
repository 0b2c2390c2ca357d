"""Charts: pure functions from a frame and a look to an Altair chart."""
