"""The data card: Markdown with the front matter that the Hugging Face hub reads. Texts of others stand in code spans and fences, where no
Markdown and no HTML is read."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from osler.report.numbers import count, decimal, harmless, p_value, percent, shortened

_LICENCES = {
    *("apache-2.0", "mit", "cc0-1.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-4.0"),
    *("cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-4.0", "odc-by", "odbl", "pddl"),
}
"""Of the hub's words for licences those of data (https://huggingface.co/docs/hub/repositories-licenses)."""

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
_MOST_TOPICS, _LONGEST_RECORD = 20, 4000
NOT_STATED = "not stated"


def card_text(content: Mapping[str, Any]) -> str:
    """The card of a synthesis from the content of its card.json."""
    return f"---\n{yaml.safe_dump(front_matter(content), sort_keys=False, allow_unicode=True)}---\n\n" + "\n".join(_lines(content)) + "\n"


def front_matter(content: Mapping[str, Any]) -> dict[str, Any]:
    facts, n = content["records"], content["counts"]["n_records"]
    kinds, languages = facts["kinds"], [code for code in facts["languages"] if len(code) == 2]
    size = next((name for most, name in _SIZES if n < most), "10M<n<100M")
    return {
        "pretty_name": content["name"],
        "license": licence_id(facts["licences"]),
        **({"language": languages} if languages else {}),
        "task_categories": ["question-answering", "text-generation", *(["multiple-choice"] if {"choice", "multi"} & set(kinds) else [])],
        "tags": ["medical", "synthetic", "reasoning", "osler"],
        "size_categories": [size],
        "configs": [{"config_name": name, "data_files": export["file"]} for name, export in content["exports"].items() if export["n_rows"]],
    }


def licence_id(licences: Mapping[str, Mapping[str, int]]) -> str:
    """The hub's word for the licence of all sources; "other" where they differ or it has none, "unknown" where one is not stated."""
    stated = {re.sub(r"[\s_]+", "-", licence.strip().lower()) for own in licences.values() for licence in own}
    if not stated or NOT_STATED.replace(" ", "-") in stated:
        return "unknown"
    [only, *others] = stated
    return only if not others and only in _LICENCES else "other"


def _lines(content: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"# {content['name']}", "")
    yield f"**For research and teaching; not for patient care. No medical device.** {_by_whom(content)}"
    yield "Every record names its source, and whatever was dropped its reason (`osler inspect`)."
    yield ""
    yield from _what_became(content["counts"])
    yield from _origins(content["records"])
    yield from _balance(content["records"])
    yield from _lengths(content["records"])
    yield from _roles(content)
    yield from _blocks(content["blocks"])
    yield from _exports(content["exports"])
    yield from _records(content["examples"])
    yield from ("## Known limits", "", *(f"- {limit}" for limit in content["limits"]))


def _by_whom(content: Mapping[str, Any]) -> str:
    if not content["is_ai_written"]:
        return "No language model was asked for any of it."
    return "Much of it was written by language models (AI), and some of that is false, whatever its verdict."


def _what_became(counts: Mapping[str, Any]) -> Iterator[str]:
    rows = [("taken up", "", count(counts["n_drafts"])), ("kept as records", "", count(counts["n_records"]))]
    for block, reasons in counts["dropped"].items():
        rows += [(f"dropped by {block}", coded(reason), count(n)) for reason, n in reasons.items()]
    yield from ("## What became of the material", "", *table_lines(("drafts", "reason", "n"), rows), "")


def _origins(facts: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        (coded(source), licence if licence == NOT_STATED else coded(licence), count(n))
        for source, own in facts["licences"].items()
        for licence, n in own.items()
    ]
    yield from ("## Where it comes from", "", *table_lines(("source", "licence", "records"), rows), "")
    yield "The licence is that of the source, as whoever named it stated it; the terms of the models that wrote come on top."
    yield ""


def _balance(facts: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## Answers and topics", "")
    for n, letters in facts["letters"].items():
        total = sum(letters["counts"].values())
        shares = ", ".join(f"{letter} {percent(times / total)}" for letter, times in letters["counts"].items())
        yield f"- Right answers among {n} options ({count(total)} items): {shares}; {_tested(letters)}."
    topics = facts["topics"]["counts"]
    shown = ", ".join(f"{coded(name)} {count(n)}" for name, n in list(topics.items())[:_MOST_TOPICS])
    more = f", and {len(topics) - _MOST_TOPICS} more" if len(topics) > _MOST_TOPICS else ""
    if topics:
        yield f"- Topics: {shown}{more}; {_tested(facts['topics'])}."
    for name, title in (("kinds", "Kinds of answer"), ("languages", "Languages of the questions, by their words"), ("flags", "Flags")):
        if facts[name]:
            yield f"- {title}: {', '.join(f'{coded(key)} {count(n)}' for key, n in facts[name].items())}."
    yield ""


def _tested(counts: Mapping[str, Any]) -> str:
    if counts["p"] is None:
        return "too few to test"
    return f"against all alike chi-square {decimal(counts['chi_square'], 1)}, p {p_value(counts['p'])}"


def _lengths(facts: Mapping[str, Any]) -> Iterator[str]:
    rows = [
        (name.replace("_", " "), *(count(own[at]) for at in ("least", "median", "p90", "most")), decimal(own["mean"], 1))
        for name, own in facts["lengths"].items()
    ]
    if rows:
        yield from ("## Lengths", "", *table_lines(("what", "least", "median", "90 %", "most", "mean"), rows), "")


def _roles(content: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## Who wrote it", "")
    authors = ", ".join(f"{coded(name)} {count(n)}" for name, n in content["records"]["authors"].items())
    yield f"Traces by author: {authors or 'none'}; verdicts: {_listed(content['records']['outcomes'])}. `source` came with the"
    yield "material, and no model wrote what is by `rule`; whatever else a name stands for is AI-written, by a role below."
    yield ""
    for role, own in content["roles"].items():
        yield f"- {coded(role)}: {coded(own['identity'])}; sampling {coded(_plain(own['sampling']))}; {_cost(own)}"
    for whose, prompts in content["prompts"].items():
        yield f"- Prompts of {coded(whose)}: {', '.join(f'{coded(name)} (sha256 {digest}…)' for name, digest in prompts.items())}"
    yield from ("", f"Seed {content['seed']}.", "")


def _cost(own: Mapping[str, Any]) -> str:
    usage = own["usage"]
    spent = f"{count(usage['n_calls'])} calls, {count(usage['prompt_tokens'])} tokens read, {count(usage['completion_tokens'])} written"
    return f"{spent}, cost {own['cost']:,.2f}" if own["cost"] is not None else spent


def _blocks(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from ("## What was done", "")
    for number, block in enumerate(blocks, 1):
        settings = {name: value for name, value in block.items() if name != "kind"}
        yield f"{number}. {coded(block['kind'])}{f' {coded(_plain(settings))}' if settings else ''}"
    yield ""


def _exports(exports: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if not exports:
        return
    rows = [
        (coded(own["file"]), coded(own["prompt"]), coded(own["codec"]), count(own["n_rows"]), _listed(own["left_out"]))
        for own in exports.values()
    ]
    yield from ("## Exports", "", *table_lines(("file", "prompt", "codec", "rows", "traces left out"), rows), "")


def _records(records: Sequence[str]) -> Iterator[str]:
    if not records:
        return
    yield from ("## Examples", "", "Drawn by chance; for whoever looks at the data, not for whoever is ill.", "")
    for record in records:
        yield from (fenced(shortened(record, _LONGEST_RECORD)), "")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{coded(name)} {count(n)}" for name, n in counts.items())


def _plain(settings: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}" for name, value in settings.items()
    )


def table_lines(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"|{'---|' * len(heading)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def coded(text: str) -> str:
    """A text of others in a line or a cell: one code span, whatever backticks and bars it holds."""
    plain = " ".join(harmless(shortened(text, 300)).split()).replace("|", r"\|") or " "
    quotes = "`" * (max(map(len, re.findall(r"`+", plain)), default=0) + 1)
    gap = " " if "`" in (plain[0], plain[-1]) else ""
    return f"{quotes}{gap}{plain}{gap}{quotes}"


def fenced(text: str) -> str:
    """A text of others as a block: its fence is longer than any run of backticks in it."""
    quotes = "`" * max(3, max(map(len, re.findall(r"`+", text)), default=0) + 1)
    return f"{quotes}text\n{harmless(text)}\n{quotes}"
