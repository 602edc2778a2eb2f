"""Stage `data`: the source becomes items and worked reasoning."""

from osler.core.records import write_records
from osler.core.trace import Step
from osler.stages.context import Context
from osler.synthesise.exports import sft_record


def load_data(context: Context) -> None:
    """Source → worked.jsonl, exercises.jsonl, vocabulary.jsonl, search.jsonl, answer.jsonl (and the clinic's cases.jsonl)."""
    recipe, run = context.recipe, context.run
    dataset = recipe.data.load(recipe.seed)
    for name, worked in (("worked", dataset.worked), ("exercises", dataset.exercises)):
        records = [
            sft_record(each.item.question, [Step(text) for text in each.steps], context.prompt, context.codec)
            for each in worked[: recipe.limit]
        ]
        write_records(run.path(f"{name}.jsonl"), records)
    write_records(run.path("vocabulary.jsonl"), dataset.vocabulary)
    write_records(run.path("search.jsonl"), dataset.search[: recipe.limit])
    write_records(run.path("answer.jsonl"), dataset.answer[: recipe.limit])
    for file, contents in dataset.files.items():
        write_records(run.path(file), contents)
