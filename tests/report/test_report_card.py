"""The card's Markdown: front matter as the hub reads it, and texts of others that are text whatever they hold."""

from typing import Any

import pytest
import yaml

from osler.report.card import card_text, coded, fenced, front_matter, licence_id

HOSTILE = "</div><script>alert(1)</script> | ``` [x](http://evil) **b**\n---\n# h \u202e \x1b[2J"


def content(**changes: Any) -> dict[str, Any]:
    counts = {"n_drafts": 1500, "n_records": 1200, "dropped": {"keep": {"wrong": 300}}}
    records = {
        "licences": {HOSTILE: {"CC BY 4.0": 1200}},
        "letters": {"4": {"counts": {"A": 300, "B": 300, "C": 300, "D": 300}, "chi_square": 0.0, "p": 1.0}},
        "topics": {"counts": {HOSTILE: 1200}, "chi_square": None, "p": None},
        "kinds": {"choice": 1200},
        "languages": {"en": 1199, "not told": 1},
        "flags": {},
        "authors": {"teacher": 1200},
        "outcomes": {"right": 1200},
        "lengths": {"trace_words": {"least": 3, "median": 40, "p90": 80, "most": 99, "mean": 41.5}},
    }
    usage = {"n_calls": 5, "prompt_tokens": 10, "completion_tokens": 20}
    role = {"identity": HOSTILE, "sampling": {"temperature": 0.7}, "prompt": "plain", "codec": "think", "usage": usage, "cost": 1.25}
    export = {"file": "exports/sft.jsonl", "prompt": "plain", "codec": "think", "n_rows": 1200, "left_out": {"unjudged": 2}}
    return {
        "name": "meerkat",
        "seed": 3,
        "counts": counts,
        "records": records,
        "roles": {"teacher": role},
        "prompts": {"role teacher": {"plain": "abc123"}},
        "blocks": [{"kind": "keep", "n": 1}],
        "exports": {"sft": export, "dpo": {**export, "n_rows": 0}},
        "examples": [HOSTILE],
        "limits": ["One."],
        "is_ai_written": True,
        **changes,
    }


def test_the_front_matter_is_what_the_hub_reads() -> None:
    text = card_text(content())
    head = text.split("---\n")[1]
    assert yaml.safe_load(head) == front_matter(content())
    found = front_matter(content())
    assert (found["license"], found["size_categories"], found["language"]) == ("cc-by-4.0", ["1K<n<10K"], ["en"])
    assert "multiple-choice" in found["task_categories"]
    assert found["configs"] == [{"config_name": "sft", "data_files": "exports/sft.jsonl"}]


@pytest.mark.parametrize(
    ("licences", "id"),
    [
        ({"a": {"CC BY-SA 4.0": 1}, "b": {"cc-by-sa-4.0": 2}}, "cc-by-sa-4.0"),
        ({"a": {"CC BY 4.0": 1}, "b": {"Apache-2.0": 2}}, "other"),
        ({"a": {"ask the author": 1}}, "other"),
        ({"a": {"CC BY 4.0": 1, "not stated": 1}}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_one_licence_for_all_or_none(licences: dict[str, dict[str, int]], id: str) -> None:
    assert licence_id(licences) == id


def rendered_lines(text: str) -> list[str]:
    """What is left of a card outside its code spans and fences, by CommonMark's rules: a span ends at a run of as many backticks as it
    began with, a fence at a line of at least as many."""
    left, fence = [], ""
    for line in text.split("\n"):
        if fence:
            fence = "" if line.startswith(fence) and not line.strip("`") else fence
            continue
        if line.startswith("```") and "`" not in line.lstrip("`"):
            fence = "`" * (len(line) - len(line.lstrip("`")))
            continue
        at, kept = 0, ""
        while at < len(line):
            if line[at] != "`":
                kept, at = kept + line[at], at + 1
                continue
            n = len(line[at:]) - len(line[at:].lstrip("`"))
            end = at + n
            while end < len(line) and not (line[end : end + n] == "`" * n and line[end + n : end + n + 1] != "`" and line[end - 1] != "`"):
                end += 1
            assert end < len(line), f"a span without an end: {line}"
            at = end + n
        left.append(kept)
    assert fence == ""
    return left


def test_texts_of_others_are_text() -> None:
    text = card_text(content())
    left = "\n".join(rendered_lines(text))
    assert "meerkat" in left
    assert "wrong" not in left  # within a span, as every reason is
    for piece in ("<script", "evil", "**b**", "# h"):
        assert piece in text
        assert piece not in left
    assert not set("\x1b\u202e") & set(text)


def test_cells_of_a_table_stay_as_many() -> None:
    rows = [line for line in card_text(content()).split("\n") if line.startswith("| ")]
    assert len(rows) >= 6
    origin = next(row for row in rows if "CC BY 4.0" in row)
    assert origin.replace(r"\|", "").count("|") == 4


@pytest.mark.parametrize("text", ["", "`", "a`b", "``` `", "x\ny", "`a`"])
def test_a_span_is_one_span(text: str) -> None:
    assert rendered_lines(coded(text)) == [""]
    assert rendered_lines(fenced(f"{text}\n```\n````\n# h")) == []


def test_it_says_what_it_is_who_wrote_it_and_what_it_cost() -> None:
    text = card_text(content())
    assert "not for patient care" in text
    assert "written by language models (AI)" in text
    assert "5 calls, 10 tokens read, 20 written, cost 1.25" in text
    assert "`plain` (sha256 abc123…)" in text
    assert "chi-square 0.0, p 1.000" in text
    assert "No language model was asked" in card_text(content(roles={}, prompts={}, is_ai_written=False))
