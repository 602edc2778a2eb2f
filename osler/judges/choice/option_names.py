"""The names of a question's options, in each form in which a text may write them."""

from functools import lru_cache

from osler.judges.stated.plain import named, plain, without_article


@lru_cache(maxsize=4096)
def option_names(options: tuple[tuple[str, str], ...]) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    """Every letter with each form of its option's name, and the characters that these begin with."""
    names: set[tuple[str, str]] = set()
    for letter, text in options:
        folded = plain(text).folded
        full = named(folded)
        names |= {(letter, form) for form in (folded, full, without_article(full)) if form}
    return tuple(sorted(names)), frozenset(form[0] for _, form in names)


@lru_cache(maxsize=4096)
def are_distinct(options: tuple[tuple[str, str], ...]) -> bool:
    """Whether no option's name could be taken for a letter, or for a part of a closing statement."""
    return all(len(form) > len("b.") and "answer" not in form for _, form in option_names(options)[0])
