"""By what drafts are told apart: their source, their group, the letter of their key, or a note that a block left."""

from typing import Annotated

from pydantic import Field

from osler.core.errors import RecipeError
from osler.core.question import ChoiceKey, MultiKey
from osler.synthesise.draft import Draft

GroupBy = Annotated[str, Field(pattern=r"^(source|group|letter|licence|cluster|notes\.\w+)$")]
"""`source` and `licence` of the draft's origin, `group` and `cluster` of its item, the `letter` of its key, or `notes.NAME`."""


def group_of(draft: Draft, by: str) -> str:
    """In one word; empty where the draft has no such thing. Raises RecipeError for a note that no block has left."""
    if by.startswith("notes."):
        name = by.removeprefix("notes.")
        if name not in draft.notes:
            raise RecipeError(f"blocks: {by} is on no note of {draft.id!r}; put the block that writes it before the one that reads it")
        return str(draft.notes[name])
    if by in ("source", "licence"):
        return draft.origin.source if by == "source" else draft.origin.licence
    if draft.item is None:
        return ""
    if by == "letter":
        key = draft.item.key
        return "".join(key.letters) if isinstance(key, ChoiceKey | MultiKey) else ""
    return draft.item.group if by == "group" else draft.item.cluster


def solved_by(draft: Draft, role: str) -> tuple[int, int]:
    """How many of a role's traces were right, and of how many: what `solve` noted. Raises RecipeError where it noted nothing."""
    counts = draft.notes.get("solved", {}).get(role)
    if counts is None:
        raise RecipeError(
            f"blocks: nothing is noted of how often {role!r} is right; put a block `solve` with `role: {role}` before this one"
        )
    return counts["n_right"], counts["n"]
