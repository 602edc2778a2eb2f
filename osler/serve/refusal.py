"""Refusal: a request that gets no answer, and what its client is told, in the shape of OpenAI's API."""

from typing import Any

from osler.core.errors import OslerError

OUTCOMES = {
    400: "invalid",
    401: "unauthorized",
    404: "invalid",
    405: "invalid",
    408: "gone",
    413: "too_large",
    415: "invalid",
    421: "unauthorized",
    429: "busy",
    500: "error",
    502: "engine_error",
    503: "stopping",
    504: "timeout",
}
"""How a refused request is counted, by its HTTP status."""


class Refusal(OslerError):
    """`status` is HTTP's. `param` names the part of the request that is meant, `code` says in one word what is wrong. `retry_after_s`
    goes into a header; where it is None, a client is told not to try again by itself."""

    def __init__(self, status: int, message: str, *, code: str, param: str | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param, self.retry_after_s = status, message, code, param, retry_after_s

    @property
    def outcome(self) -> str:
        return OUTCOMES.get(self.status, "error")

    @property
    def body(self) -> dict[str, Any]:
        kinds = {401: "authentication_error", 429: "rate_limit_error"}
        kind = kinds.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        return {"error": {"message": self.message, "type": kind, "param": self.param, "code": self.code}}

    @property
    def headers(self) -> dict[str, str]:
        """`x-should-retry` is what OpenAI's clients obey before their own rules."""
        if self.retry_after_s is None:
            return {"x-should-retry": "false"}
        return {"retry-after": str(self.retry_after_s)}
