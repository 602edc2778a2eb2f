"""Tasks about paths through a graph of what is known: which node is reached from another along named relations?"""
