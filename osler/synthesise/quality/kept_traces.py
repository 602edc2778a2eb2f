"""Of a draft's traces those that will do."""

from collections.abc import Callable
from dataclasses import replace

from osler.core.errors import Drop
from osler.synthesise.draft import Authored, Draft


def with_kept_traces(draft: Draft, fault: Callable[[Authored], tuple[str, str] | None]) -> Draft:
    """The draft without the traces in which `fault` finds one: a reason and its detail. Raises Drop for the first fault where no trace is
    left of some."""
    faults = [fault(each) for each in draft.authored]
    kept = tuple(each for each, found in zip(draft.authored, faults, strict=True) if found is None)
    first = next((found for found in faults if found), None)
    if first and not kept:
        raise Drop(*first)
    return replace(draft, authored=kept) if first else draft
