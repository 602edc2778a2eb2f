"""A row that makes no item, and why."""


class UnusableRow(Exception):
    """Thrown and caught within this folder. `reason` is a short snake_case word, `what` a clause for people."""

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(what)
        self.reason = reason
        self.what = what
