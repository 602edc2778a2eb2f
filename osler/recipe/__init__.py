"""A whole experiment as one frozen tree of settings: what a file may say, how it is read, and whether its sections fit together."""
