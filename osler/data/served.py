"""A file on a web server, read from front to back, or in parts where the server gives them (as Parquet needs)."""

import io
from contextlib import ExitStack
from typing import Any

_TIMEOUT_S = 60.0


class Served:
    """Raises httpx.HTTPError, OSError for what the server says instead of the file, and FileNotFoundError where it has none."""

    def __init__(self, url: str) -> None:
        import httpx

        self._url, self._place, self._size = url, 0, 0
        self._client = httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True, headers={"Accept-Encoding": "identity"})
        self._answer = ExitStack()
        self._chunks: Any = None
        self._rest = b""

    def read(self, n: int) -> bytes:
        """At most `n` bytes from here on; none at the end."""
        if self._chunks is None:
            if self._place and self._place >= self._size:
                return b""
            self._ask()
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = chunk
        part, self._rest = self._rest[:n], self._rest[n:]
        self._place += len(part)
        return part

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END and self._chunks is None and not self._size:
            self._ask()
        if whence == io.SEEK_END and not self._size:
            raise OSError("the server does not say how long the file is; download it first")
        place = offset + (0 if whence == io.SEEK_SET else self._place if whence == io.SEEK_CUR else self._size)
        if place != self._place:
            self._answer.close()
            self._place, self._chunks, self._rest = place, None, b""
        return place

    def close(self) -> None:
        self._answer.close()
        self._client.close()

    def _ask(self) -> None:
        """For the file from here on."""
        headers = {"Range": f"bytes={self._place}-"} if self._place else {}
        response = self._answer.enter_context(self._client.stream("GET", self._url, headers=headers))
        if response.status_code in (404, 410):
            raise FileNotFoundError(self._url)
        if response.status_code not in (200, 206):
            raise OSError(f"the server says {response.status_code} {response.reason_phrase}")
        if self._place and response.status_code != 206:
            raise OSError("the server gives no parts of the file; download it first, or take JSON Lines")
        if not self._place:
            self._size = int(response.headers.get("Content-Length", 0))
        self._chunks = response.iter_bytes()
