"""Reasoning along paths without a model: the option that lies nearest to what the question names."""

from osler.core.errors import Drop
from osler.core.question import Question
from osler.core.reading import Reading
from osler.synthesise.draft import Draft
from osler.synthesise.grounded.notes import Entities, PathGroup, entities_of, groups_of
from osler.synthesise.grounded.sections import Sections


def written_by_rule(draft: Draft) -> tuple[Sections, Reading]:
    """Edges are counted from each entity of the question to each option, along the fewest; the option with the smallest sum is concluded.
    It knows no absent findings and no frequencies. Raises Drop where a question has no options, `no_options`, or two are as near, `tie`."""
    question, entities, groups = draft.asked.question, entities_of(draft), groups_of(draft)
    if not entities.options:
        raise Drop("no_options", "the rule weighs options; link them with has_options")
    edges = _edges(entities, groups)
    farthest = max(max(each.values(), default=0) for each in edges.values()) + 1
    sums = {letter: sum(each.get(start, farthest) for start in entities.question) for letter, each in edges.items()}
    nearest = sorted(sums, key=lambda letter: (sums[letter], letter))
    if len(nearest) > 1 and sums[nearest[0]] == sums[nearest[1]]:
        raise Drop("tie", f"{nearest[0]} and {nearest[1]} are {sums[nearest[0]]} edges away")
    names = {group.start: group.paths[0].names[0] for group in groups}
    lines = [path.line for group in groups if group.end in entities.options[nearest[0]] for path in group.paths]
    reasoning = "\n\n".join(_said(question, letter, edges[letter], names, entities) for letter in edges)
    closing = f"{question.options[nearest[0]]} lies nearest to them all. The answer is {nearest[0]}."
    return Sections("\n".join(lines), reasoning, closing), Reading(nearest[0], method="rule")


def _edges(entities: Entities, groups: tuple[PathGroup, ...]) -> dict[str, dict[str, int]]:
    """By letter and by entity of the question the fewest edges to what the option names."""
    fewest: dict[str, dict[str, int]] = {letter: {} for letter in entities.options}
    for letter, ids in entities.options.items():
        for group in groups:
            if group.end in ids:
                n = len(group.paths[0].ids) - 1
                fewest[letter][group.start] = min(n, fewest[letter].get(group.start, n))
    return fewest


def _said(question: Question, letter: str, edges: dict[str, int], names: dict[str, str], entities: Entities) -> str:
    parts = [
        f"{names.get(start, start)} is {edges[start]} edge{'s' if edges[start] > 1 else ''} away"
        if start in edges
        else f"{start} is not joined"
        for start in entities.question
    ]
    return f"{question.options[letter]}: {', '.join(parts)}."
