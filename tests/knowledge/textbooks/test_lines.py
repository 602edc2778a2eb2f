"""Markdown and plain text."""

import pytest

from osler.knowledge.textbooks.draft import Draft
from osler.knowledge.textbooks.lines import read_markdown, read_plain
from osler.knowledge.textbooks.textbook import Block, Textbook

MARKDOWN = """---
author: nobody
---
# The Heart #

It *pumps* **blood**,
see [here](http://example.org/a_b).

Valves
------

- one
  goes on
- two

1. first
2) second

| Part | Use |
|---|:-:|
| valve | one \\| way |

> quoted
```
a = 1
b = 2
```
***
2 \\* 3 stays snake_case_name.
"""


def markdown(text: str) -> Textbook:
    draft = Draft("book")
    draft.title = read_markdown(draft, text)
    return draft.finished()


def plain(text: str) -> Textbook:
    draft = Draft("book")
    read_plain(draft, text)
    return draft.finished()


def test_markdown() -> None:
    book = markdown(MARKDOWN)
    assert book.title == "The Heart"
    assert [(section.heading, list(section.blocks)) for section in book.sections] == [
        (("The Heart",), [Block("paragraph", "It pumps blood, see here.")]),
        (
            ("The Heart", "Valves"),
            [
                Block("list", "- one goes on\n- two"),
                Block("list", "- first\n- second"),
                Block("table", "Part | Use\nvalve | one | way", n_head=1),
                Block("paragraph", "quoted"),
                Block("paragraph", "a = 1 b = 2"),
                Block("paragraph", "2 * 3 stays snake_case_name."),
            ],
        ),
    ]


@pytest.mark.parametrize(
    "text", ["# " + "#" * 200_000, "*" * 200_000, "[" * 50_000, "`" * 99_000, "_a" * 49_000, "|-" * 100_000, "<a " * 30_000]
)
def test_markdown_of_marks_alone_ends(text: str) -> None:
    assert markdown(f"{text}\nand text\n").sections


PLAIN = """CHAPTER ONE

Chapter 2 The heart

It pumps blood
through the body.

2.1 Valves

There are four:
- the mitral
- the aortic
  valve

WALLS

They are three.
"""


def test_plain_text() -> None:
    book = plain(PLAIN)
    assert [(section.heading, section.text) for section in book.sections] == [
        (("Chapter 2 The heart",), "It pumps blood through the body."),
        (("Chapter 2 The heart", "2.1 Valves"), "There are four:\n\n- the mitral\n- the aortic valve"),
        (("Chapter 2 The heart", "WALLS"), "They are three."),
    ]


def test_a_form_feed_begins_a_page() -> None:
    assert [block.page for block in plain("One.\n\nTwo.\n\fThree.\n").sections[0].blocks] == [1, 1, 2]
    assert plain("One.").sections[0].blocks[0].page is None
