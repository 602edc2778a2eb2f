"""The data card of tasks about paths."""

from collections.abc import Sequence

from osler.clinic.paths.atlas import Atlas

LIMITS = """\
The sources of every edge on the way stand with each task (`facts.sources`): the licence of a task is that of its edges, its options and
their names.

What is not in the graph is not thereby false. A wrong option is one that no source of the graph reaches, so every question says "according
to the graph"; it may be right in the world.

**For training, not for claims about medicine.** Accuracy on these tasks says how well a model follows stated relations, not what it knows
of patients. No clinical use.
"""


def card(atlas: Atlas, name: str, exclude_sources: Sequence[str], asks: str) -> str:
    """Markdown: the graph, what is asked, its sources with licences and edges, and what the tasks must not be used for."""
    graph = atlas.graph
    rows = [
        f"| {source} | {int((graph.sources >> bit & 1).sum()):,} | {graph.licences.get(source) or 'not stated: ask before use'} |"
        for bit, source in enumerate(graph.source_names)
        if source not in exclude_sources
    ]
    left_out = f" No route goes along {', '.join(sorted(atlas.left_out))}." if atlas.left_out & set(graph.relation_names) else ""
    excluded = f" Left out, but never contradicted by a wrong option: {', '.join(exclude_sources)}." if exclude_sources else ""
    name = name.rstrip("/").split("/")[-1]
    return "\n".join(
        [
            "# Tasks about paths through a graph",
            "",
            f"Made from the graph `{name}` ({graph.n_nodes:,} nodes, {graph.n_edges:,} edges, {graph.hash}): {asks}{left_out}{excluded}",
            "",
            "| Source | Edges | Licence |",
            "|---|---|---|",
            *rows,
            "",
            LIMITS,
        ]
    )
