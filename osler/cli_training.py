"""The command of the command line that trains."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from osler.console import out
from osler.core.errors import UserError

if TYPE_CHECKING:
    from osler.commands.train import Training
    from osler.commands.train_beside import Asked
    from osler.recipe.recipe import Recipe


def train(
    base: Annotated[Path, typer.Option(help="The checkpoint to start from.")],
    records: Annotated[Path, typer.Option(help="A JSONL file of records, as a run leaves them under training/.")],
    to: Annotated[Path, typer.Option(help="The folder of the new checkpoint.")],
    recipe: Annotated[Path | None, typer.Argument(help="A recipe, or the recipe.yaml of a run folder.", show_default=False)] = None,
    place: Annotated[str, typer.Argument(help="Which training of it, such as policies.round_1.training.", show_default=False)] = "",
    method: Annotated[str, typer.Option(help="Without a recipe: cpt, sft, dpo, kto or prm.", show_default=False)] = "",
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="A.B=C", help="A setting of the recipe, or of the method.")] = None,
    answer: Annotated[str, typer.Option(metavar="ITEMS", help="What base and outcome answer: as in osler grade.", show_default=False)] = "",
    n_answer: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many of them.")] = None,
    no_answer: Annotated[bool, typer.Option("--no-answer", help="Train only.")] = False,
    seed: Annotated[int, typer.Option(help="Without a recipe: the seed.")] = 0,
    prompt: Annotated[str, typer.Option(help="Without a recipe: the text around a question, by its name.")] = "plain",
    codec: Annotated[str, typer.Option(help="Without a recipe: step, think or section.")] = "step",
    max_tokens: Annotated[int, typer.Option(min=1, metavar="N", help="Without a recipe: the most tokens of an answer.")] = 1024,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be trained, in which memory, and stop.")] = False,
) -> None:
    """Do one training by itself and show what it was worth: alone, or on many devices by `accelerate launch -m osler train`."""
    from osler.commands.train import Training, reward_of, trainer_by, trainer_of
    from osler.recipe.file import load_recipe

    if bool(recipe) == bool(method):
        raise UserError("train: name a recipe and the place of a training in it, or a method with --method; one of the two")
    if recipe:
        settings = load_recipe(recipe, set_ or [])
        training = Training(trainer_of(settings, place), settings.seed, base, records, to, reward_of(settings, place, to))
    else:
        settings = None
        training = Training(trainer_by(method, set_ or []), seed, base, records, to)
    if dry_run:
        _plan(training)
        return
    training.check()
    asked = None if no_answer else _asked(training, settings, answer, n_answer, prompt=prompt, codec=codec, max_tokens=max_tokens)
    _train(training, asked, settings)


def _plan(training: "Training") -> None:
    from osler.report.doctor_table import doctor_table

    out.print(doctor_table(training.planned()))


def _asked(training: "Training", recipe: "Recipe | None", answer: str, n: int | None, **how: Any) -> "Asked | None":
    """What base and outcome are to answer; None of a reward model, and where several processes train."""
    from osler.commands.train_beside import Asked
    from osler.train.schedule import n_processes

    if training.trainer.kind == "prm" or n_processes() > 1:
        if answer:
            why = "a reward model answers nothing" if training.trainer.kind == "prm" else "several processes train, and one would answer"
            raise UserError(f"--answer: {why}; leave it out, and let `osler solve` answer with the checkpoint")
        return None
    if answer:
        return Asked.of_file(answer, n, recipe, **how)
    return Asked.of_recipe(recipe, n) if recipe else None


def _train(training: "Training", asked: "Asked | None", recipe: "Recipe | None") -> None:
    import yaml

    from osler.commands.train_beside import answered_beside, write_about
    from osler.recipe.recipe import resolved
    from osler.train.schedule import is_first_process

    outcome = training.train()
    if not is_first_process():
        return
    out.print(f"loss {outcome.loss:.6f} after {outcome.steps} steps on {outcome.n_records} records: {training.to}", soft_wrap=True)
    beside = answered_beside(training, asked) if asked else None
    for line in beside.lines if beside else ():
        out.print(line, markup=False, soft_wrap=True)
    write_about(training, asked, beside, yaml.safe_dump(resolved(recipe), sort_keys=False, allow_unicode=True) if recipe else "")


COMMANDS: tuple[Any, ...] = (train,)
