"""The recipes that stand on a graph, whole: from their files to records and tables, with a scripted teacher at the endpoint they name."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from osler.core.errors import RecordError
from osler.core.model import Request
from osler.core.question import Item, Question, TextKey
from osler.core.records import read_records, write_records
from osler.data import ClinicSource
from osler.knowledge.graphs.load import load_graph
from osler.models import OpenAIHTTP
from osler.models.scripted import AsyncScriptedModel, ScriptedModel
from osler.recipe.file import load_synthesis
from osler.stages.synthesis_run import run_synthesis
from osler.synthesise.draft import Draft

RECIPES = Path(__file__).parents[2] / "recipes" / "synthesis"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Request], str]], list[Request]]:
    """Puts a scripted model in the place of every endpoint, and gives back the list of what it is asked."""

    def with_script(says: Callable[[Request], str]) -> list[Request]:
        model = ScriptedModel(lambda request, _: says(request))
        monkeypatch.setattr(OpenAIHTTP, "load", lambda self: AsyncScriptedModel(model))
        return model.requests

    return with_script


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in ("records.jsonl", "dropped.jsonl", "counts.json")}


# MedReason


def clinic_items(path: Path, n: int) -> Path:
    write_records(path, ClinicSource(n_worked=0, n_search=n, n_answer=1).load(5).search)
    return path


def medreason_teacher(request: Request) -> str:
    """Names what the question and the answer name, keeps the first path of a group, copies paths and concludes the end of the first."""
    text = request.messages[-1].content
    part = {
        tag: found[1]
        for tag in ("question", "answer", "paths", "reasoning")
        if (found := re.search(rf"<{tag}>\n(.*?)\n</{tag}>", text, re.S))
    }
    if '"in_question"' in text:
        listed = re.split(r", (?:but )?|\band\b|\bor\b|\.", part["question"].removeprefix("A patient has "))
        named = [{"name": name.removeprefix("but no ").strip(" ,").removeprefix("no "), "kind": "finding"} for name in listed]
        return json.dumps({"in_question": named, "in_answer": [{"name": part["answer"], "kind": "condition"}]})
    if '"keep"' in text:
        return '{"keep": [1]}'
    options = dict(re.findall(r"^([A-Z])\. (.+)$", part["question"], re.M))
    if "reasoning" in part:
        letters = [letter for letter, name in options.items() if part["reasoning"].endswith(f"All point to {name}.")]
        return f"The answer is {letters[0]}." if letters else "It does not follow."
    line = part["paths"].splitlines()[0]
    letter, name = next((letter, name) for letter, name in options.items() if line.endswith(name))
    return f"## Paths\n{line}\n\n## Reasoning\nAll point to {name}.\n\n## Conclusion\nIt is {name}. The answer is {letter}."


def test_medreason_as_it_stands_makes_records_that_hold(tmp_path: Path, asked) -> None:  # type: ignore[no-untyped-def]
    requests = asked(medreason_teacher)
    items = clinic_items(tmp_path / "cases.jsonl", 6)
    other = tmp_path / "other.jsonl"
    write_records(other, [Item(Question("other", "Which vein is the longest of the body?"), TextKey("great saphenous vein"))])
    synthesis = load_synthesis(RECIPES / "medreason_data.yaml", [f"material.sets=[{items}]", "graph=clinic", f"against=[{other}]"])
    folder, counts = run_synthesis(synthesis, tmp_path / "runs")
    drafts = list(read_records(folder / "records.jsonl", Draft))
    assert (counts.n_drafts, len(drafts), counts.dropped) == (6, 6, {})
    for draft in drafts:
        [trace] = draft.authored
        assert trace.is_right
        assert draft.notes["cited"]["n"] == draft.notes["cited"]["n_true"] >= 1
        assert draft.notes["sufficient"] == {"n": 1, "n_enough": 1, "n_stated": 0}
        assert draft.notes["paths"][0]["paths"][0]["licences"] == {"osler clinic": "Apache-2.0"}
    rows = [json.loads(line) for line in (folder / "exports" / "sft.jsonl").read_text().splitlines()]
    assert len(rows) == 6
    assert all(row["messages"][-1]["content"].startswith("## Thinking\n\n") for row in rows)
    last = [request.messages[-1].content for request in requests if "<reasoning>" in request.messages[-1].content]
    assert len(last) == 6
    assert not any("The answer is" in text.partition("<reasoning>")[2].partition("</reasoning>")[0] for text in last)

    before, n_requests = bytes_of(folder), len(requests)
    (folder / "done" / "synthesise").unlink()
    run_synthesis(synthesis, tmp_path / "runs")
    assert bytes_of(folder) == before
    assert len(requests) == n_requests  # all in the journal


def test_the_clinic_needs_no_model(tmp_path: Path) -> None:
    synthesis = load_synthesis(RECIPES / "clinic_medreason.yaml", ["limit=8"])
    folder, counts = run_synthesis(synthesis, tmp_path)
    drafts = list(read_records(folder / "records.jsonl", Draft))
    n_dropped = sum(n for reasons in counts.dropped.values() for n in reasons.values())
    assert len(drafts) + n_dropped == 8
    assert drafts
    assert len((folder / "exports" / "sft.jsonl").read_text().splitlines()) == len(drafts)
    assert all(draft.authored[0].is_right and draft.notes["cited"]["n"] == draft.notes["cited"]["n_true"] for draft in drafts)


# MedKGent


def dated_line(id: str, day: str, text: str) -> dict[str, object]:
    entities = [{"name": name, "kind": "Chemical", "id": f"C{at}"} for at, name in enumerate(("aspirin", "pain", "ulcer"))]
    return {"id": id, "date": day, "text": text, "entities": entities}


def medkgent_teacher(request: Request) -> str:
    """States what the text says, word for word; of two that conflict the later one is better."""
    text = request.messages[-1].content
    if "<known>" in text:
        return '{"decision": "replace", "number": 1}'
    [(head, relation, tail)] = re.findall(r"<text>\n(\w+) (\w+) (\w+)\n</text>", text)
    return json.dumps({"triples": [{"head": head, "relation": relation, "tail": tail}]})


def test_dated_texts_become_a_graph_that_can_be_read(tmp_path: Path, asked) -> None:  # type: ignore[no-untyped-def]
    requests = asked(medkgent_teacher)
    told = [
        dated_line("late", "2010-01-01", "aspirin treat pain"),
        dated_line("early", "1990-01-01", "aspirin treat pain"),
        dated_line("other", "2000-01-01", "aspirin prevent ulcer"),
        dated_line("last", "2020-01-01", "aspirin cause ulcer"),
    ]
    path = tmp_path / "abstracts.jsonl"
    write_records(path, told)
    synthesis = load_synthesis(RECIPES / "medkgent_graph.yaml", [f"material.paths=[{path}]"])
    folder, counts = run_synthesis(synthesis, tmp_path / "runs")
    assert (counts.n_drafts, counts.n_records, counts.dropped) == (4, 2, {})
    assert len(requests) == 4 * 50 + 1
    graph = load_graph(folder / "graph")
    named = {
        (graph.names[h], graph.relation_names[r], graph.names[t]) for h, r, t in zip(graph.heads, graph.relations, graph.tails, strict=True)
    }
    assert named == {("aspirin", "treat", "pain"), ("aspirin", "cause", "ulcer")}
    assert "C0\ttreat\tC1\tabstracts\t0.9975\t1990-01-01\t2010-01-01\tearly|late" in (folder / "graph" / "edges.tsv").read_text()


def test_a_line_without_a_day_is_named_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "abstracts.jsonl"
    write_records(path, [dated_line("t1", "1999-01-01", "x"), {**dated_line("t2", "", "x")}])
    synthesis = load_synthesis(RECIPES / "medkgent_graph.yaml", [f"material.paths=[{path}]"])
    with pytest.raises(RecordError, match=r"abstracts\.jsonl:2: date"):
        list(synthesis.material.drafts(1))
