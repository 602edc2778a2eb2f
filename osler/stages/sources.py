"""Stage `data`: the source becomes items and worked reasoning."""

from osler.core.records import write_records
from osler.core.trace import Step
from osler.stages.context import Context
from osler.synthesise.exports import sft_record


def load_data(context: Context) -> None:
    """Source → worked.jsonl, vocabulary.jsonl, search.jsonl, answer.jsonl (and the clinic's cases.jsonl)."""
    recipe, run = context.recipe, context.run
    dataset = recipe.data.load(recipe.seed)
    worked = [
        sft_record(each.item.question, [Step(text) for text in each.steps], context.prompt, context.codec)
        for each in dataset.worked[: recipe.limit]
    ]
    write_records(run.path("worked.jsonl"), worked)
    write_records(run.path("vocabulary.jsonl"), dataset.vocabulary)
    write_records(run.path("search.jsonl"), dataset.search[: recipe.limit])
    write_records(run.path("answer.jsonl"), dataset.answer[: recipe.limit])
    for name, records in dataset.files.items():
        write_records(run.path(name), records)
