"""Graphs of what is known: nodes with names, edges with a relation, sources and licences; their readers, and the paths through them."""
