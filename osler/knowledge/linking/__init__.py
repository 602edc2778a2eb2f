"""Which entities of a graph a text names: by a dictionary of names, and whole answer options by their meaning."""
