"""The programs that can fit a design; each is a function of the same shape."""
