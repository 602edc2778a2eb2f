"""A source becomes Items: one file per source."""

from osler.data.clinic import ClinicSource
from osler.data.files import FileSource
from osler.data.source import Source

SOURCES: dict[str, type[Source]] = {"clinic": ClinicSource, "files": FileSource}

AnySource = ClinicSource | FileSource

__all__ = ["SOURCES", "AnySource", "ClinicSource", "FileSource", "Source"]
