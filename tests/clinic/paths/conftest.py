"""A small invented graph as a user's own files."""

from collections.abc import Callable
from pathlib import Path

import pytest

NODES = """\
d1\tdrug\tAlphine\t
d2\tdrug\tBetine\t
d3\tdrug\tGammine\t
c1\tcondition\tRed knees\tRubor
c2\tcondition\tBlue knees\t
c3\tcondition\tGreen knees\t
c4\tcondition\tPale knees\t
c5\tcondition\tCold knees\t
c6\tcondition\tStiff knees\t
c7\tcondition\tDark red knees\t
c8\tcondition\tRubor\t
c9\tcondition\tHot knees\t
k0\tcondition\tKnee trouble\t
p1\tplace\tSt. Elbow is treated by nobody\t
"""
EDGES = """\
d1\ttreats\tc1\tours\t
d1\ttreats\tc2\ttheirs\t
d1\tpalliates\tc3\tours\t
d1\ttreats\tc9\tours\t0
d2\ttreats\tc4\tours\t
d2\ttreats\tc5\tours|theirs\t
d3\ttreats\tc6\tours\t
d3\tworks_beside\td1\tours\t
c1\tlocated_in\tp1\tours\t
c4\tlocated_in\tp1\tours\t
c7\tcondition_is_a\tc1\tours\t
c1\tcondition_is_a\tk0\tours\t
c4\tcondition_is_a\tk0\tours\t
c5\tcondition_is_a\tk0\tours\t
c6\tcondition_is_a\tk0\tours\t
c8\tcondition_is_a\tk0\tours\t
c9\tcondition_is_a\tk0\tours\t
"""
Write = Callable[[str, str], str]


@pytest.fixture
def write_graph(tmp_path: Path) -> Write:
    """Writes nodes and edges as tables and gives the folder."""

    def write(nodes: str, edges: str) -> str:
        folder = tmp_path / f"graph{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "nodes.tsv").write_text(f"id\ttype\tname\tsynonyms\n{nodes}", encoding="utf-8")
        (folder / "edges.tsv").write_text(f"head\trelation\ttail\tsources\tfrequency\n{edges}", encoding="utf-8")
        return str(folder)

    return write


@pytest.fixture
def knees(write_graph: Write) -> str:
    return write_graph(NODES, EDGES)
