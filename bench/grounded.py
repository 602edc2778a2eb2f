"""MedReason's blocks on 200 questions of MedQA (drawn with seed 0) and the biomedical graph: how many are left after each, and how fast.

    python bench/grounded.py

Nobody answers here: links are by our own dictionary, paths are pruned by their cost. A scripted teacher then copies the first five paths
and concludes the key: all that it cites must be in the graph. Time is that of the processor, one thread, without the graph, its names and
the first use of each.
"""

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from osler.core.codec import CODECS
from osler.core.model import Request, Sampling
from osler.core.policy import Policy
from osler.core.prompt import Prompt
from osler.data import load_item_sets
from osler.judges import JUDGES, QuestionReader
from osler.knowledge.graphs.load import load_graph
from osler.models.scripted import ScriptedModel
from osler.synthesise.block import Kit, worked
from osler.synthesise.draft import Draft, DroppedDraft, Origin
from osler.synthesise.drive import drive
from osler.synthesise.grounded.cited import CitedEdges
from osler.synthesise.grounded.graph_paths import GraphPaths
from osler.synthesise.grounded.link import LinkEntities
from osler.synthesise.grounded.prune_paths import PrunePaths
from osler.synthesise.grounded.write_from_paths import WriteFromPaths
from osler.synthesise.keep.keep import Keep

DATA = Path(__file__).parents[2] / "shared" / "data"
N_QUESTIONS = 200


def drawn() -> list[Draft]:
    [item_set] = load_item_sets(f"medqa:{DATA / 'medqa_usmle' / 'test_4opt.jsonl.gz'}")
    items = random.Random(0).sample(item_set.items, N_QUESTIONS)
    return [Draft(item.id, Origin("medqa", item.id), item=item) for item in items]


def kit_of(drafts: Sequence[Draft]) -> tuple[Kit, ScriptedModel]:
    keys = {draft.asked.question.text: draft.asked.key.letters[0] for draft in drafts}  # type: ignore[union-attr]

    def says(request: Request, _: random.Random) -> str:
        text = request.messages[-1].content
        listed = re.search(r"<paths>\n(.*?)\n</paths>", text, re.DOTALL)
        assert listed is not None
        letter = next(letter for question, letter in keys.items() if question in text)
        lines = "\n".join(listed[1].splitlines()[:5])
        return f"## Paths\n{lines}\n\n## Reasoning\nAlong these.\n\n## Conclusion\nThe answer is {letter}."

    model = ScriptedModel(says)
    policy = Policy(model, Prompt.named("plain"), CODECS["think"], QuestionReader(), Sampling(max_tokens=5000), 0)
    graph = load_graph(DATA / "biomedical_graph").bridged()
    return Kit(0, {"teacher": policy}, JUDGES, lambda text: False, lambda item: None, graph=graph), model  # type: ignore[arg-type, return-value]


def through(name: str, blocks: Sequence[Any], drafts: Sequence[Draft], kit: Kit, model: ScriptedModel) -> list[Draft]:
    with asyncio.Runner() as loop:
        list(drive([worked(blocks, drafts[0], kit)], {"teacher": model}, loop))  # whatever is made once
        start = time.process_time()
        made = [each for some in drive([worked(blocks, draft, kit) for draft in drafts], {"teacher": model}, loop) for each in some]
        ms = 1000 * (time.process_time() - start) / len(drafts)
    reasons = dict(Counter(each.reason for each in made if isinstance(each, DroppedDraft)))
    kept = [each for each in made if isinstance(each, Draft)]
    print(f"{name:28} {len(kept):4} of {len(drafts):4}, {ms:7.2f} ms each {json.dumps(reasons) if reasons else ''}")
    return kept


def main() -> None:
    drafts = drawn()
    kit, model = kit_of(drafts)
    linked = through("link", [LinkEntities(role=None)], drafts, kit, model)
    through("link, with every option", [LinkEntities(role=None, has_options=True)], drafts, kit, model)
    found = through("graph_paths", [GraphPaths()], linked, kit, model)
    groups = [group for draft in found for group in draft.notes["paths"]]
    lengths = Counter(len(group["paths"][0]["ids"]) - 1 for group in groups)
    print(
        f"  {len(groups)} groups, {sum(group['n_found'] > 50 for group in groups)} of more than 50 paths; edges: {sorted(lengths.items())}"
    )
    pruned = through("prune_paths, by cost", [PrunePaths(role=None)], found, kit, model)
    written = through("write, keep, cited", [WriteFromPaths(), Keep(), CitedEdges()], pruned, kit, model)
    cited = [draft.notes["cited"] for draft in written]
    print(f"  {sum(each['n'] for each in cited)} edges cited, {sum(each['n_true'] for each in cited)} of them in the graph")


if __name__ == "__main__":
    main()
