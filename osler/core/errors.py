"""What can go wrong, as a tree. `UserError` and below are shown as one sentence; everything else is our bug and shows a traceback.

OslerError
├── UserError                 something the person can mend: exit code 2
│   ├── RecipeError           a recipe names something that does not exist or does not fit
│   ├── RecordError           a line of a data file cannot be used (file:line)
│   ├── ModelError            a checkpoint cannot be loaded, or an engine cannot serve the request
│   └── RunError              the run folder is locked, read-only, or full
├── BudgetSpent               a search has used up what it was given; sent into the search, never shown
├── Drop                      a draft is not to be kept; raised by a block, counted by its reason, never shown
└── Unfit                     a trace that an export does not take (synthesise/exporting/style.py); counted by its reason, never shown
"""


class OslerError(Exception):
    """Root of every error that osler raises on purpose."""


class UserError(OslerError):
    """Something the person who ran the command can mend. Message: `where: what is wrong; what to do`."""


class RecipeError(UserError):
    """A recipe names something that does not exist or does not fit."""


class RecordError(UserError):
    """A line of a data file cannot be used. The message starts with `file:line`."""


class ModelError(UserError):
    """A checkpoint cannot be loaded, or an engine cannot serve what was asked."""


class RunError(UserError):
    """The run folder cannot be used: locked by another process, read-only, or the disk is full."""


class BudgetSpent(OslerError):
    """Thrown into a search by its driver when the next ask would exceed the budget."""


class Drop(OslerError):
    """Raised by a block of a synthesis: the draft under work is not to be kept. `reason` is a short snake_case word, as a column has."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail
