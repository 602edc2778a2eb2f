"""Where a file of rows lies: on this disk (`file://` too), or under a URL: `http://` and `https://` by httpx, any other (`s3://`, `gs://`,
`hf://`, `memory://`) by fsspec, which comes with the extra `hub`. What lies elsewhere is read as it is asked for, never whole into memory.
"""

import io
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal
from urllib.parse import unquote, urlsplit

from osler.core.errors import RecordError, UserError
from osler.data.served import Served

_SCHEME = r"([a-z][a-z0-9+.-]+)"  # one letter would be a drive
_URL = re.compile(_SCHEME + "://(.*)", re.DOTALL)
_URL_AS_PATH = re.compile(_SCHEME + ":/(.*)", re.DOTALL)
"""A `Path` makes one slash of two."""
_BUFFER = 1 << 20
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "hf": "huggingface_hub"}


@dataclass(frozen=True)
class Place:
    """`given` is a path, or a URL, also one that became a `Path` on its way here. As text it is shown without what follows `?` in a URL,
    which may be a signature."""

    given: Path | str

    @cached_property
    def url(self) -> str:
        """Empty for a path; so is that of `file://`, which is one."""
        scheme, rest = self._parts
        return f"{scheme}://{rest}" if scheme and scheme != "file" else ""

    @cached_property
    def path(self) -> Path:
        scheme, rest = self._parts
        return Path("/" + unquote(rest).lstrip("/")) if scheme == "file" else Path(self.given)

    @property
    def _parts(self) -> tuple[str, str]:
        found = (_URL if isinstance(self.given, str) else _URL_AS_PATH).fullmatch(str(self.given))
        return (found[1], found[2]) if found else ("", "")

    @property
    def is_url(self) -> bool:
        return bool(self._parts[0])

    @property
    def suffixes(self) -> list[str]:
        """In small letters."""
        return [suffix.lower() for suffix in PurePosixPath(self._named).suffixes]

    @property
    def suffix(self) -> str:
        return self.suffixes[-1] if self.suffixes else ""

    @property
    def name(self) -> str:
        return PurePosixPath(self._named).name

    @property
    def _named(self) -> str:
        return self.url.partition("?")[0] if self.url else str(self.path)

    def __str__(self) -> str:
        return re.sub(r"//[^/@]*@", "//…@", self._named) if self.url else self._named

    def open(self, mode: Literal["rb"] = "rb", /) -> BinaryIO:
        """Its bytes. Raises UserError where fsspec or what it needs for this kind of URL is not installed, and OSError for whatever else
        keeps it from being read, now or later; FileNotFoundError where there is nothing."""
        if not self.url:
            return self.path.open(mode)
        parts = urlsplit(self.url)
        if parts.password is not None or (parts.username is not None and parts.scheme.startswith("http")):
            raise UserError(f"{self}: a password or a token has no place in a URL; leave it to the environment")
        file = Served(self.url) if parts.scheme in ("http", "https") else self._opened()
        return io.BufferedReader(_Remote(file), _BUFFER)

    def _opened(self) -> Any:
        scheme = self.url.partition(":")[0]
        try:
            import fsspec  # type: ignore[import-untyped]  # it has none
        except ImportError as error:
            raise UserError(f"{self}: reading a URL needs fsspec; install it with `pip install 'osler[hub]'`") from error
        try:
            return fsspec.open(self.url, "rb").open()
        except ImportError as error:
            package = _PACKAGES.get(scheme, f"what fsspec has for {scheme}")
            raise UserError(f"{self}: reading {scheme}:// needs {package}; install it with `pip install {package}`") from error
        except FileNotFoundError:
            raise
        except Exception as error:
            if "Protocol not known" in str(error):
                raise RecordError(f"{self}: there is no reader for {scheme}://; use a path, or s3, gs, hf or https") from error
            raise OSError(_reason(error)) from error


class _Remote(io.RawIOBase):
    """A file elsewhere. Each kind of it fails in a way of its own: here all of them are an OSError, but that nothing is there."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def readinto(self, buffer: Any) -> int:
        try:
            content = self._file.read(len(buffer))
        except FileNotFoundError:
            raise
        except Exception as error:
            raise OSError(_reason(error)) from error
        buffer[: len(content)] = content
        return len(content)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return int(self._file.seek(offset, whence))
        except Exception as error:
            raise OSError(_reason(error)) from error

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
            super().close()


def _reason(error: Exception) -> str:
    """What a library says of itself, in one line; the innermost of our own sentences where there is one, as of `--offline`."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            return " ".join(str(cause).split())
        cause = cause.__cause__ or cause.__context__
    return f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ").partition("?")[0]
