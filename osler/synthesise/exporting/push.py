"""A push to the Hugging Face hub, as a setting: of exports, or of a checkpoint. Nothing leaves this machine unless it is asked for."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import UserError
from osler.core.question import STRICT

TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


@dataclass(frozen=True, config=STRICT)
class HubPush:
    """`repo` is `organisation/name` of a data set or a model, which is made where there is none: private unless said otherwise."""

    repo: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")]
    is_private: bool = True

    def require(self, instead: str = "take `hub` out of the recipe") -> None:
        """Raises UserError where a push could not work, before anything is made: no package, no network allowed, no token."""
        try:
            from huggingface_hub import constants
        except ImportError as error:
            raise UserError(f"hub {self.repo}: huggingface_hub is not installed; install it with `pip install 'osler[hub]'`") from error
        if constants.HF_HUB_OFFLINE:
            raise UserError(f"hub {self.repo}: nothing may leave this machine; {instead}, or do not work offline")
        self._token()

    def push(self, folder: Path, files: Sequence[str]) -> str:
        """Push the files of a folder, the first of them as the repository's README.md, in one commit; returns where they are now. Raises
        UserError in one sentence, without the token."""
        self.require()
        names = {"README.md": files[0], **{name: name for name in files[1:]}}
        return self._commit(folder, names, "dataset", "Records made by osler")

    def push_model(self, folder: Path, files: Sequence[str]) -> str:
        """Push the files of a checkpoint's folder under their own names, as `push` does."""
        self.require("leave --push out")
        return self._commit(folder, {name: name for name in files}, "model", "A checkpoint trained by osler")

    def _commit(self, folder: Path, names: Mapping[str, str], kind: Literal["dataset", "model"], message: str) -> str:
        from huggingface_hub import CommitOperationAdd, HfApi

        token = self._token()
        api = HfApi(token=token)
        operations = [CommitOperationAdd(name, folder / file) for name, file in names.items()]
        try:
            url = api.create_repo(self.repo, repo_type=kind, private=self.is_private, exist_ok=True)
            api.create_commit(self.repo, operations, commit_message=message, repo_type=kind)
        except Exception as error:  # whatever the library raises for what a far server said
            why = " ".join(str(error).replace(token, "…").split())[:200] or type(error).__name__
            raise UserError(
                f"hub {self.repo}: the push failed ({why}); check the name, the token's rights and the connection, then run again"
            ) from error
        return str(url)

    def _token(self) -> str:
        token = next(filter(None, (os.environ.get(name, "").strip() for name in TOKENS)), "")
        if not token:
            raise UserError(f"hub {self.repo}: there is no token in the environment; set {TOKENS[0]} to one that may write")
        return token
