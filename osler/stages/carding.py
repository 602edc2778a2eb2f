"""The data card of a synthesis: card.json and card.md beside its records, and nothing in them that the same run would not write again."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from osler.core.question import ChoiceKey
from osler.core.records import read_records, write_text
from osler.core.run import Run
from osler.report.card import card_text
from osler.stages.exporting import Exported
from osler.stages.material import SOURCE
from osler.synthesis import Synthesis, resolved_synthesis
from osler.synthesise.card import CardFacts
from osler.synthesise.draft import Authored, Draft
from osler.synthesise.exporting.grpo import answers

CARD, CARD_TEXT = "card.json", "card.md"
P_UNEVEN = 0.01
BY_NO_MODEL = (SOURCE, "rule")
"""Authors of traces that no language model wrote: what came with the material, and what a rule of a block concludes."""


def write_card(synthesis: Synthesis, run: Run, records: str, exported: Mapping[str, Exported]) -> None:
    """From the records, counts.json and manifest.json of a run, and its exports."""
    facts = CardFacts.of(read_records(run.folder / records, Draft), synthesis.seed)
    manifest, counts = run.read_json("manifest.json"), run.read_json("counts.json")
    settings = resolved_synthesis(synthesis)
    content = {
        "name": synthesis.name,
        "seed": synthesis.seed,
        "material": synthesis.material.kind,
        "counts": {name: counts[name] for name in ("n_drafts", "n_records", "dropped")},
        "records": facts.content(),
        "roles": {role: _role(role, settings["roles"][role], found, counts) for role, found in manifest["roles"].items()},
        "prompts": manifest["prompts"],
        "blocks": settings["blocks"],
        "exports": {name: asdict(each) for name, each in exported.items()},
        "examples": [shown(draft) for draft in facts.picked],
        "versions": manifest["versions"],
        "is_ai_written": bool(synthesis.roles or set(facts.content()["authors"]) - set(BY_NO_MODEL)),
    }
    content["limits"] = list(limits(content, synthesis))
    run.write_json(CARD, content)
    write_text(run.path(CARD_TEXT), card_text(content))


def _role(role: str, settings: Mapping[str, Any], found: Mapping[str, str], counts: Mapping[str, Any]) -> dict[str, Any]:
    usage = counts["usage"].get(role) or {"prompt_tokens": 0, "completion_tokens": 0, "n_calls": 0}
    how = {name: settings[name] for name in ("prompt", "codec")}
    return {"identity": found["identity"], "sampling": settings["sampling"], **how, "usage": usage, "cost": counts["cost"].get(role)}


def limits(content: Mapping[str, Any], synthesis: Synthesis) -> Iterator[str]:
    """What whoever trains on it has to know, as far as the numbers show it."""
    facts = content["records"]
    yield "No clinician has looked at these records unless a review is named here; `osler inspect --html` makes the sheet for one."
    yield "A right answer does not make its reasoning right: verdicts are on answers, unless a block above judged steps."
    if content["material"] == "passages":
        yield "Questions were written by a language model from passages; who wrote a question may also have known its answer."
    if set(facts["authors"]) - set(BY_NO_MODEL):
        yield "Traces have the habits and the errors of the models that wrote them."
    if content["material"] in ("clinic", "tasks"):
        yield "The clinic is invented: what is true there need not be true of people."
    if errored := sum(reasons.get("errored", 0) for reasons in content["counts"]["dropped"].values()):
        yield f"It is not complete: requests for {errored:,} drafts failed; the same command asks for those again."
    if unjudged := facts["outcomes"].get("unjudged", 0) + facts["outcomes"].get("not_judged", 0):
        yield f"{unjudged:,} traces have no verdict."
    if any("not stated" in own for own in facts["licences"].values()):
        yield "Not every source states its licence; ask before you pass these records on."
    if not synthesis.against:
        yield "Overlap with test sets was not looked for."
    for n, letters in facts["letters"].items():
        if letters["p"] is not None and letters["p"] < P_UNEVEN:
            yield f"Right answers are spread unevenly over {n} options; a model may learn the letter."


def shown(draft: Draft) -> str:
    """A record as people read it."""
    lines = [draft.id, ""]
    if draft.item:
        lines += [draft.item.question.text, *(f"{letter}. {text}" for letter, text in draft.item.question.options.items())]
        right = draft.item.key.letters if isinstance(draft.item.key, ChoiceKey) else answers(draft.item.key)
        lines += ["", f"Key: {', '.join(right)}"]
    for passage in draft.passages:
        lines += ["", f"Passage {passage.id}: {passage.text}"]
    for authored in draft.authored:
        lines += ["", *_trace(authored)]
    return "\n".join(lines)


def _trace(authored: Authored) -> Iterator[str]:
    yield f"Trace by {authored.author}{'' if authored.author in BY_NO_MODEL else ' (AI-written)'}, {authored.outcome or 'not judged'}:"
    yield from (f"  {number}. {step}" for number, step in enumerate(authored.steps, 1))
    if authored.response:
        yield f"  {authored.response}"
