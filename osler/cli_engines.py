"""The commands of the command line about engines and what they leave behind: doctor, serve, export, journal."""

from pathlib import Path
from typing import Annotated, Any

import typer

from osler.console import out


def serve(
    policy: Annotated[str, typer.Option(help="A checkpoint folder, its name in the local cache, a .gguf file, or an endpoint's address.")],
    reward: Annotated[Path | None, typer.Option(help="A process reward model's folder, for strategies that score.")] = None,
    strategy: Annotated[str, typer.Option(help="How to answer a request that names no strategy.")] = "greedy",
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A setting of that strategy; repeat.")] = None,
    prompt: Annotated[str, typer.Option(help="The text around a question, by its name.")] = "plain",
    codec: Annotated[str, typer.Option(help="How the policy writes its reasoning: step, think or section.")] = "step",
    engine: Annotated[list[str] | None, typer.Option("--engine", metavar="NAME=VALUE", help="A setting of the policy's engine.")] = None,
    name: Annotated[str, typer.Option(help="What clients call the model; the policy's own name.", show_default=False)] = "",
    host: Annotated[str, typer.Option(help="The address. Any but this machine's own needs a key.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8000,
    key_env: Annotated[str, typer.Option(metavar="NAME", help="The environment variable with the key.", show_default=False)] = "",
    max_tokens: Annotated[int, typer.Option(min=1, metavar="N", help="The most tokens of one trace.")] = 1024,
    max_together: Annotated[int, typer.Option(min=1, metavar="N", help="How many requests are answered at once.")] = 32,
    max_waiting: Annotated[int, typer.Option(min=0, metavar="N", help="How many more may wait; further ones get 429.")] = 128,
    max_body_kb: Annotated[int, typer.Option(min=1, metavar="KIB", help="The longest request.")] = 256,
    timeout_s: Annotated[float, typer.Option(min=0.1, metavar="S", help="How long a request may take.")] = 600.0,
    seed: Annotated[int, typer.Option(help="The seed of all sampling.")] = 0,
) -> None:
    """Serve a policy and its search behind OpenAI's chat API, for research and teaching: no medical device."""
    from osler.commands.serve import Serving
    from osler.serve.limits import Limits

    limits = Limits(max_body_kb=max_body_kb, max_together=max_together, max_waiting=max_waiting, max_tokens=max_tokens, timeout_s=timeout_s)
    how = (policy, reward, strategy, tuple(set_ or ()), seed, prompt, codec, tuple(engine or ()))
    opened = Serving(*how, name, host, port, key_env, limits).opened()
    for line in opened.lines:
        out.print(line, markup=False, soft_wrap=True)
    opened.run()
    out.print("stopped: what was under way is answered, what waited was refused", soft_wrap=True)


def export(
    checkpoint: Annotated[Path, typer.Argument(help="The folder of a checkpoint, or of a PEFT adapter.", show_default=False)],
    merge: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Merge the adapter into its base there; go on with that.")] = None,
    base: Annotated[str, typer.Option(metavar="FOLDER", help="The base, if not the one that it names.", show_default=False)] = "",
    gguf: Annotated[Path | None, typer.Option(metavar="FILE", help="The .gguf file to write: Llama or Qwen2, byte-level BPE.")] = None,
    precision: Annotated[str, typer.Option(help="How its matrices are kept: f32, f16 or bf16.")] = "f32",
    push: Annotated[str, typer.Option(metavar="REPO", help="Push it to organisation/name on a hub, by HF_TOKEN.", show_default=False)] = "",
    private: Annotated[bool, typer.Option("--private/--public", help="Who sees a repository that is made.")] = True,
) -> None:
    """Make of a checkpoint what others take: an adapter merged, a GGUF file for llama.cpp, a repository on a hub."""
    from osler.commands.export import Exporting

    for line in Exporting(checkpoint, gguf, precision, merge, base, push, is_private=private).export():
        out.print(line, markup=False, soft_wrap=True)


def journal(
    files: Annotated[list[Path], typer.Argument(help="Journals of replies, or run folders.", show_default=False)],
    merge: Annotated[Path | None, typer.Option(metavar="INTO", help="Add all of them to this journal; the first reply stays.")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Take replies out, and give their room back to the disk.")] = False,
    model: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Prune models with this in their name; repeat.")] = None,
    keep_model: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Prune all but these; repeat.")] = None,
    older_than: Annotated[float | None, typer.Option(min=0, metavar="DAYS", help="Prune what is older.", show_default=False)] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON instead of tables.")] = False,
) -> None:
    """Show what lies in journals: replies, tokens and hit rate by model. Merge them, or make them smaller."""
    from osler.commands.graded_folder import as_json
    from osler.commands.journal import Pruning, journal_rows, merge_files, prune_files, survey_files
    from osler.core.errors import UserError
    from osler.report.journal_table import journal_table

    pruning = Pruning(tuple(model or ()), tuple(keep_model or ()), older_than)
    if pruning.says_something and not prune:
        raise UserError("journal: --model, --keep-model and --older-than say what to prune; add --prune")
    if merge and prune:
        raise UserError("journal: --merge and --prune are two things; do one after the other")
    found = prune_files(files, pruning) if prune else merge_files(files, merge) if merge else survey_files(files)
    if json_:
        out.print(as_json(found.as_content()), end="", markup=False, soft_wrap=True)
        return
    for line in found.lines:
        out.print(line, markup=False, soft_wrap=True)
    for each in found.surveys:
        out.print(journal_table(each.path, each.n_bytes, journal_rows(each)))


def doctor(
    endpoint: Annotated[list[str] | None, typer.Option(metavar="URL", help="A server of models to look at; repeat.")] = None,
    runs: Annotated[Path, typer.Option(help="The folder in which run folders lie.")] = Path("runs"),
    json_: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Say what is here, what is missing, and what mends it: the machine, the extras, and the servers that can be reached."""
    from osler.commands.doctor import look
    from osler.commands.graded_folder import as_json
    from osler.report.doctor_table import doctor_table

    found = look(endpoint or [], runs)
    if json_:
        out.print(as_json(found.as_content()), end="", markup=False, soft_wrap=True)
    else:
        out.print(doctor_table(found.rows()))
    if not found.is_sound:
        raise typer.Exit(1)


COMMANDS: tuple[Any, ...] = (serve, export, journal, doctor)
