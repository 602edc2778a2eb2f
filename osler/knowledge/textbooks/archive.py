"""A zip archive from anybody: nothing is unpacked to the disk, and nothing is read that could fill the memory."""

import posixpath
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from osler.core.errors import UserError

MAX_MEMBERS = 20_000
MAX_TOTAL = 4 << 30
MAX_MEMBER = 64 << 20
"""Bytes of one member that is read."""
MAX_RATIO = 100
"""How many times as large as the archive all its members may be; text in XML comes to about 20."""
_SMALL = 16 << 20
_MAX_READ = 512 << 20
_ENCRYPTED = 1


class Archive:
    """An open zip. Raises UserError for what is no zip, is encrypted, or would be far larger than it says."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._n_read = 0
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UserError(f"{path.name}: this is no zip archive that can be read ({error}); fetch the file again") from error
        try:
            self._check(path.stat().st_size)
        except UserError:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    def _check(self, size: int) -> None:
        members = self._zip.infolist()
        total = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS:
            raise UserError(f"{self._name}: {len(members):,} files are more than a book has ({MAX_MEMBERS:,}); the archive is not opened")
        if total > MAX_TOTAL or total > max(_SMALL, MAX_RATIO * size):
            raise UserError(
                f"{self._name}: {size >> 10:,} kB that unpack to {total >> 20:,} MB, more than {MAX_RATIO} times as much, "
                "are no book; the archive is not opened"
            )

    def has(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises UserError where there is none of the name, it is too large, encrypted or damaged."""
        where = f"{self._name}/{name}"
        if not self.has(name):
            raise UserError(f"{where}: there is no such file in the archive; fetch the book again")
        member = self._zip.getinfo(name)
        if member.flag_bits & _ENCRYPTED:
            raise UserError(f"{where}: the file is encrypted; give a book without protection")
        if member.file_size > MAX_MEMBER or self._n_read + member.file_size > _MAX_READ:
            raise UserError(f"{where}: {member.file_size >> 20} MB are more text than a book has; the file is not read")
        try:
            with self._zip.open(member) as file:
                data = file.read(MAX_MEMBER + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise UserError(f"{where}: the file is damaged ({error}); fetch the book again") from error
        self._n_read += len(data)
        return data


def inside(folder: str, link: str) -> str:
    """The name of the member that a link from a folder of the archive leads to, without its fragment; empty where it leads out of it."""
    name = posixpath.normpath(posixpath.join(folder, unquote(link.partition("#")[0])))
    return "" if name.startswith(("/", "..")) or "://" in link or "\\" in name or not link.partition("#")[0] else name
