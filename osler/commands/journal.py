"""`osler journal FILES…`: what lies in journals of replies; several into one; old ones smaller."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from osler.core.errors import UserError
from osler.models.journal_merge import Conflict, Merged, merge
from osler.models.journal_survey import Pruned, Survey, prune, survey
from osler.report.journal_table import JournalRow, size
from osler.report.numbers import count, shortened

_WIDTH = 60
_SHOWN = 3
_DAY_S = 86400


@dataclass(frozen=True)
class Pruning:
    """What is to go: the replies of models whose name has one of `models` in it and none of `keep_models`, last used more than
    `older_than_days` ago. What is empty or None rules nothing out."""

    models: tuple[str, ...] = ()
    keep_models: tuple[str, ...] = ()
    older_than_days: float | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.models or self.keep_models or self.older_than_days is not None)

    def chosen(self, path: Path) -> list[str] | None:
        """The models of that journal; None for all. Raises UserError where a name fits none of them."""
        if not self.models and not self.keep_models:
            return None
        known = [share.model for share in survey(path).models]
        for name in (*self.models, *self.keep_models):
            if not any(name in model for model in known):
                raise UserError(
                    f"{path}: no model in this journal has {name!r} in its name; it has {', '.join(map(repr, known)) or 'none'}"
                )
        taken = [model for model in known if not self.models or any(name in model for name in self.models)]
        return [model for model in taken if not any(name in model for name in self.keep_models)]


@dataclass(frozen=True)
class Surveyed:
    """What is to be told: what was done, in sentences, and the journals as they are afterwards."""

    surveys: tuple[Survey, ...]
    merged: Merged | None = None
    lines: tuple[str, ...] = ()

    def as_content(self) -> dict[str, Any]:
        """For JSON. Times are in seconds since 1970."""
        journals = [asdict(each) for each in self.surveys]
        for journal, each in zip(journals, self.surveys, strict=True):
            journal["n_replies"] = each.n_replies
            journal["models"] = [{**asdict(share), "hit_rate": share.hit_rate} for share in each.models]
        return {"journals": journals} if self.merged is None else {"journals": journals, "merged": asdict(self.merged)}


def survey_files(files: Sequence[Path]) -> Surveyed:
    """The journals, or those of run folders, as they are now. Raises RunError, as what follows does."""
    return Surveyed(tuple(survey(journal_of(file)) for file in files))


def merge_files(files: Sequence[Path], into: Path) -> Surveyed:
    """All of them into one, which nobody else may have open."""
    into = journal_of(into)
    merged = merge(into, [journal_of(file) for file in files], is_alone=True)
    told = f"{count(merged.n_read)} replies read: {count(merged.n_added)} new, {count(merged.n_equal)} there already"
    differing = f", {count(merged.n_conflicts)} different from the one that is kept" if merged.n_conflicts else ""
    lines = (told + differing, *map(_line, merged.conflicts[:_SHOWN]))
    return Surveyed((survey(into),), merged, lines)


def prune_files(files: Sequence[Path], pruning: Pruning) -> Surveyed:
    """Each of them smaller. Raises UserError where nothing says what is to go, before anything goes."""
    if not pruning.says_something:
        raise UserError("--prune: nothing says what is to go; add --model, --keep-model or --older-than")
    before = None if pruning.older_than_days is None else time.time() - pruning.older_than_days * _DAY_S
    chosen = {path: pruning.chosen(path) for path in map(journal_of, files)}
    lines = [_pruned(path, prune(path, models, before)) for path, models in chosen.items()]
    return Surveyed(tuple(survey(path) for path in chosen), lines=tuple(lines))


def journal_rows(each: Survey) -> list[JournalRow]:
    now = time.time()
    return [
        JournalRow(
            *(share.model, share.n_replies, share.prompt_tokens + share.completion_tokens, share.hit_rate, share.n_failed),
            age_s=None if share.last_at is None else now - share.last_at,
        )
        for share in each.models
    ]


def journal_of(file: Path) -> Path:
    """A run folder stands for its journal."""
    return file / "journal.db" if file.is_dir() else file


def _pruned(path: Path, pruned: Pruned) -> str:
    return f"{path}: {count(pruned.n_replies)} replies taken out, {size(max(pruned.n_bytes, 0))} given back"


def _line(conflict: Conflict) -> str:
    return f"{conflict.journal}: {shortened(conflict.left_out, _WIDTH)!r} left out for {shortened(conflict.kept, _WIDTH)!r}"
