"""`osler lookup` shows what models see."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from osler.cli import app
from osler.commands.lookup import look_up
from osler.core.errors import UserError


def looked_up(query: str, tmp_path: Path, **more: Any) -> Any:
    where = {"passages": (), "graph": "", "to": "", "retriever": "bm25", "index": tmp_path / "index", "n": 3, "exclude_sources": ()}
    return look_up(query, **(where | more))


def test_the_clinic_and_the_calculators_are_built_in(tmp_path: Path) -> None:
    found = looked_up("gout", tmp_path).content
    [gout] = [each for each in found["entities"] if each["id"] == "condition:gout"]
    assert "colchicine" in gout["neighbours"]["treats (of)"]
    names = [each["name"] for each in looked_up("creatinine clearance", tmp_path).content["calculators"]]
    assert names[0] == "creatinine_clearance"


def test_paths_between_two_entities(tmp_path: Path) -> None:
    found = looked_up("gout", tmp_path, to="kidney stones").content
    assert found["paths"][0]["path"] == "gout —shows→ high urate ←shows— kidney stones [osler clinic]"
    assert found["paths"][0]["licences"] == {"osler clinic": "Apache-2.0"}
    assert [each["cost"] for each in found["paths"]] == sorted(each["cost"] for each in found["paths"])


def test_a_graph_of_ones_own_without_a_source(tmp_path: Path) -> None:
    (tmp_path / "nodes.tsv").write_text(
        "id\ttype\tname\tsynonyms\nD:1\tdisease\tgout\tpodagra\nR:1\tdrug\tcolchicine\t\nR:2\tdrug\tnaproxen\t\n"
    )
    (tmp_path / "edges.tsv").write_text("head\trelation\ttail\tsources\nR:1\ttreats\tD:1\tgood\nR:2\ttreats\tD:1\tother\n")
    [entity] = looked_up("podagra", tmp_path, graph=str(tmp_path)).content["entities"]
    assert (entity["id"], entity["neighbours"]) == ("D:1", {"treats (of)": ["colchicine", "naproxen"]})
    [entity] = looked_up("D:1", tmp_path, graph=str(tmp_path), exclude_sources=("other",)).content["entities"]
    assert entity["neighbours"] == {"treats (of)": ["colchicine"]}
    assert looked_up("R:1", tmp_path, graph=str(tmp_path), to="R:2", exclude_sources=("other",)).content == {"paths": []}


def test_passages_as_a_prompt_has_them(tmp_path: Path) -> None:
    (tmp_path / "joints.md").write_text("# Joints\n\n## Gout\n\nUrate crystals.\n\n## Flu\n\nFever.\n")
    [passage] = looked_up("urate", tmp_path, passages=[tmp_path / "joints.md"], n=1).content["passages"]
    assert (passage["heading"], passage["text"]) == (("Joints", "Gout"), "Urate crystals.")


@pytest.mark.parametrize(
    ("query", "more", "why"),
    [
        ("xqzz", {}, "lookup: nothing built in knows 'xqzz'"),
        ("xqzz", {"graph": "clinic"}, "lookup: 'xqzz' names nothing in the graph"),
        ("gout", {"to": "xqzz"}, "lookup: 'xqzz' names nothing in the graph"),
        ("gout", {"graph": "nowhere"}, "nowhere"),
        ("gout", {"graph": "clinic", "passages": [Path("none.md")]}, "there is no such file"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, query: str, more: Any, why: str) -> None:
    with pytest.raises(UserError, match=why):
        looked_up(query, tmp_path, **more)


def test_the_command(tmp_path: Path) -> None:
    shown = CliRunner().invoke(app, ["lookup", "gout", "--index", str(tmp_path)])
    assert shown.exit_code == 0
    assert "colchicine" in shown.stdout
    content = json.loads(CliRunner().invoke(app, ["lookup", "gout", "--json", "--index", str(tmp_path)]).stdout)
    assert content["entities"][0]["name"] == "gout"
