"""How an attempt, and all of them, can fail."""

from osler.models.http.gate import Went


class Failed(Exception):
    """This attempt failed; another may not. `quiet_s`: for how long the server wants to be left alone."""

    def __init__(self, cause: str, went: Went = Went.BUSY, quiet_s: float | None = None) -> None:
        super().__init__(cause)
        self.went, self.quiet_s = went, quiet_s


class Refused(Exception):
    """The server will not answer this, however often it is asked. `words` are its own."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"HTTP {status}: {words}")
        self.status, self.words = status, words


class GivenUp(Exception):
    """All attempts have failed."""

    def __init__(self, cause: str, n_attempts: int) -> None:
        super().__init__(cause)
        self.n_attempts = n_attempts
