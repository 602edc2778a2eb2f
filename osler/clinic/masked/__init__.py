"""Tasks about a part of a graph in which one node, or one relation, is masked: which is it?"""
