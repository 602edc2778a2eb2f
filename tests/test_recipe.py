"""Recipes are read strictly: every mistake is one sentence with its place, and what was read can be written and read again."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from osler.clinic.case import CaseKind
from osler.clinic.generate import Difficulty
from osler.core.errors import RecipeError
from osler.core.run import Run
from osler.data import SOURCES, ClinicSource, FileSource
from osler.models import BASES, HuggingFace, Nano
from osler.recipe.check import in_order
from osler.recipe.file import load_recipe
from osler.recipe.recipe import BlendedReward, Recipe, resolved
from osler.search import MCTS, STRATEGIES, BestOfN, Greedy
from osler.train import SFT, TRAINERS

FULL = """
name: try
seed: 1
data: {kind: clinic, n_worked: 10, n_search: 10, n_answer: 10, shares: {differential: 1, pathway: 0.5}, difficulty: easy}
seed_policy: {base: {kind: nano}, training: {kind: sft, schedule: {epochs: 1, learning_rate: 1.0e-3, batch_size: 8}}}
searches: {tree: {strategy: {kind: mcts, n_children: 3}, sampling: {max_tokens: 50}}}
policies:
  evolved: {records: {kind: traces, searches: [tree]}, training: {kind: sft, schedule: {epochs: 1, learning_rate: 1.0e-3, batch_size: 8}}}
reward_models:
  prm:
    kind: prm
    start: evolved
    records: {kind: labelled, searches: [tree], labels: tree_value}
    training: {kind: prm, schedule: {epochs: 1}}
answer:
  systems:
    seed greedy: {policy: seed, strategy: {kind: greedy}}
    best of 4: {policy: evolved, reward: prm, strategy: {kind: best_of_n, n: 4}}
  compare:
    - [best of 4, seed greedy]
"""
LEAST = """
name: least
seed: 1
data: {kind: files, answer: items.jsonl}
seed_policy: {base: {kind: hf, path: models/some}}
answer: {systems: {greedy: {policy: seed, strategy: {kind: greedy}}}}
"""


def load(folder: Path, text: str = FULL, *overrides: str) -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path, overrides)


def said(folder: Path, *overrides: str, text: str = FULL) -> str:
    """The one sentence with which a recipe is refused, without the file's name."""
    with pytest.raises(RecipeError) as error:
        load(folder, text, *overrides)
    message = str(error.value)
    assert "\n" not in message
    return message.removeprefix(f"{folder / 'recipe.yaml'}: ")


def test_a_full_recipe(tmp_path: Path) -> None:
    recipe = load(tmp_path)
    assert isinstance(recipe.data, ClinicSource)
    assert recipe.data.shares == {CaseKind.DIFFERENTIAL: 1.0, CaseKind.PATHWAY: 0.5}
    assert recipe.data.difficulty is Difficulty.EASY
    assert isinstance(recipe.seed_policy.base, Nano)
    tree = recipe.searches["tree"].strategy
    assert isinstance(tree, MCTS)
    assert tree.n_children == 3
    assert list(recipe.answer.systems) == ["seed greedy", "best of 4"]
    assert isinstance(recipe.answer.systems["best of 4"].strategy, BestOfN)
    assert recipe.answer.systems["best of 4"].policy == "evolved"
    assert recipe.answer.compare == (("best of 4", "seed greedy"),)


def test_the_least_recipe(tmp_path: Path) -> None:
    recipe = load(tmp_path, LEAST)
    assert recipe.data == FileSource(answer=Path("items.jsonl"))
    assert recipe.seed_policy.base == HuggingFace("models/some")
    assert recipe.seed_policy.training is None
    assert recipe.searches == recipe.policies == recipe.reward_models == {}
    assert isinstance(recipe.answer.systems["greedy"].strategy, Greedy)


UNKNOWN = {
    "searches.tree.strategy.n_childen=3": ("searches.tree.strategy.n_childen", "did you mean 'n_children'?"),
    "sead=1": ("sead", "did you mean 'seed'?"),
    "data.n_wrked=1": ("data.n_wrked", "did you mean 'n_worked'?"),
    "seed_policy.training.schedule.epoch=1": ("seed_policy.training.schedule.epoch", "did you mean 'epochs'?"),
    "searches.tree.sampling.temprature=1": ("searches.tree.sampling.temprature", "did you mean 'temperature'?"),
    "policies.evolved.recrds=1": ("policies.evolved.recrds", "did you mean 'records'?"),
    "reward_models.prm.label=1": ("reward_models.prm.label", "did you mean 'labels'?"),
    "answer.systems.seed greedy.stratgy=1": ("answer.systems.seed greedy.stratgy", "did you mean 'strategy'?"),
    "xyzzy=1": ("xyzzy", "remove it"),
}


@pytest.mark.parametrize("override", UNKNOWN)
def test_an_unknown_setting_suggests_the_nearest(override: str, tmp_path: Path) -> None:
    where, advice = UNKNOWN[override]
    assert said(tmp_path, override) == f"{where}: there is no setting {where.split('.')[-1]!r}; {advice}"


KINDS = {
    "data.kind=clinik": ("data.kind: there is no 'clinik'; did you mean 'clinic'?; choose among ", SOURCES),
    "seed_policy.base.kind=gpt": ("seed_policy.base.kind: there is no 'gpt'; choose among ", BASES),
    "searches.tree.strategy.kind=mtcs": (
        "searches.tree.strategy.kind: there is no 'mtcs'; did you mean 'mcts'?; choose among ",
        STRATEGIES,
    ),
    "answer.systems.seed greedy.strategy.kind=gredy": (
        "answer.systems.seed greedy.strategy.kind: there is no 'gredy'; did you mean 'greedy'?; choose among ",
        STRATEGIES,
    ),
}


@pytest.mark.parametrize("override", KINDS)
def test_a_wrong_kind_lists_the_kinds(override: str, tmp_path: Path) -> None:
    beginning, registry = KINDS[override]
    message = said(tmp_path, override)
    assert message.startswith(beginning)
    assert message.removeprefix(beginning).split(", ") == list(registry)


def test_a_trainer_of_the_wrong_kind(tmp_path: Path) -> None:
    """Each section takes one kind of training; the message names it."""
    assert len(TRAINERS) >= 2
    assert "choose among cpt, dpo, grpo, kto, sft" in said(tmp_path, "policies.evolved.training.kind=prm")
    assert "'prm'" in said(tmp_path, "reward_models.prm.training.kind=sft")


def test_a_kind_that_is_missing(tmp_path: Path) -> None:
    assert said(tmp_path, "data={n_answer: 3}") == "data: `kind` is missing; say which it is"


@pytest.mark.parametrize("section", ["name", "seed", "data", "seed_policy"])
def test_a_section_that_is_missing(section: str, tmp_path: Path) -> None:
    content = yaml.safe_load(FULL)
    del content[section]
    assert said(tmp_path, text=yaml.safe_dump(content)) == f"{section}: this setting is missing; add it"


def test_a_setting_that_is_missing_inside_a_section(tmp_path: Path) -> None:
    assert said(tmp_path, "seed_policy.base={kind: hf}") == "seed_policy.base.path: this setting is missing; add it"
    assert said(tmp_path, "answer.systems.new={policy: seed}") == "answer.systems.new.strategy: this setting is missing; add it"


VALUES = {
    "seed=soon": "seed: ",
    "seed=1.5": "seed: ",
    "seed=-1": "seed: ",
    "seeds=[1, 4294967296]": "seeds.1: ",
    "searches.a/b={strategy: {kind: mcts}}": "searches: a name is ",
    "policies.evolved.records.searches=[Tree]": "policies.evolved.records.searches.0: a name is ",
    "reward_models.prm.records.hold_out=1": "reward_models.prm.records.hold_out: ",
    "name=With Spaces": "name: ",
    "threads=0": "threads: ",
    "limit=0": "limit: ",
    "tokens_per_second=0": "tokens_per_second: ",
    "data.n_options=7": "data.n_options: ",
    "data.difficulty=terrible": "data.difficulty: ",
    "data.shares={riddle: 1}": "data.shares.riddle",
    "data.shares={differential: 0}": "data.shares.differential: ",
    "searches.tree.sampling.temperature=-1": "searches.tree.sampling.temperature: ",
    "searches.tree.sampling.temperature=.nan": "searches.tree.sampling.temperature: ",
    "searches.tree.sampling.top_p=0": "searches.tree.sampling.top_p: ",
    "answer.systems.best of 4.strategy.n=0": "answer.systems.best of 4.strategy.n: ",
    "answer.systems.seed greedy.policy=Seed Policy": "answer.systems.seed greedy.policy: a name is lower-case ",
    "searches.tree.curriculum={n: 0}": "searches.tree.curriculum.n: ",
}


@pytest.mark.parametrize("override", VALUES)
def test_a_value_that_does_not_fit_says_where_and_what_it_was(override: str, tmp_path: Path) -> None:
    message = said(tmp_path, override)
    assert message.startswith(VALUES[override])
    assert "; got " in message


TOGETHER = {
    "codec=stap": "codec: there is no 'stap'; did you mean 'step'?; choose among step, think, section, bare",
    "prompt=plane": "prompt: there is no 'plane' in osler/prompts; choose among ",
    "reward_models.prm.records.labels=tree_valu": (
        "reward_models.prm.records.labels: there is no 'tree_valu'; did you mean 'tree_value'?; choose among "
    ),
    "searches={}": "policies.evolved.records.searches: there is no 'tree'; there is none",
    "searches.tree.strategy={kind: greedy}": "searches.tree.strategy: greedy asks for no scores, so nothing can be verified; use ",
    "searches.tree.policy=evolved": "searches.tree: it needs itself, by way of policies.evolved; cut the circle",
    "searches.tree.equal_to=tree": "searches.tree: it needs itself; cut the circle",
    "policies.more={start: evolved, records: {kind: traces, searches: [tree]}, training: {kind: sft}, reward: {}}": (
        "policies.more.reward: sft learns from records alone"
    ),
    "policies.evolved.start=evolved": "policies.evolved: it needs itself; cut the circle",
    "searches.tree.curriculum={n: 2, max_right: 2}": "searches.tree.curriculum: with max_right 2 nothing is left out; set it below n",
    "data.n_search=0": "searches: there are no items for it; raise data.n_search",
    "data.n_worked=0": "seed_policy.training: there are no items for it; raise data.n_worked",
    "seed_policy.warm_up={kind: sft}": "seed_policy.warm_up: there are no exercises for it; leave it out, or ",
    "searches.other={strategy: {kind: best_of_n}, equal_to: tre}": "searches.other.equal_to: there is no 'tre'; did you mean 'tree'?",
    "searches.other={strategy: {kind: best_of_n}, equal_to: tree, n_items: 3}": "searches.other: it has the questions of 'tree'; leave out",
    "answer.systems={}": "answer.compare: there is no 'best of 4'; choose among seed, evolved",
    "policies={}": "reward_models.prm.start: there is no 'evolved'",
    "policies.base={records: {kind: traces, searches: [tree]}, training: {kind: sft}}": "policies.base: this name is taken; choose another",
    "reward_models={}": "answer.systems.best of 4.reward: there is no 'prm'; there is none",
    "reward_models.more={kind: likelihood, policy: evolve}": "reward_models.more.policy: there is no 'evolve'; did you mean 'evolved'?",
    "reward_models.b={kind: blend, parts: [prm], searches: [tree]}": "reward_models.b.parts: 'prm' has seen every question; give ",
    "reward_models.b={kind: blend, parts: [b], searches: [tree]}": "reward_models.b.parts: 'b' is a blend itself; name its parts instead",
    "reward_models.b={kind: blend, parts: [prn], searches: [tree]}": "reward_models.b.parts: there is no 'prn'; did you mean 'prm'?",
    "answer.systems.seed greedy.policy=sed": "answer.systems.seed greedy.policy: there is no 'sed'; did you mean 'seed'?; choose ",
    "answer.systems.seed greedy.reward=prm": "answer.systems.seed greedy.reward: greedy asks for no scores; leave it out",
    "answer.systems.seed greedy.sweep=[2]": "answer.systems.seed greedy.sweep: greedy has no `n` to sweep; leave it out",
    "answer.systems.best of 4.sweep=[2, 4]": "answer.systems.best of 4.sweep: 4 is answered already; leave it out",
    "answer.systems.best of 4.sweep=[2, 2]": "answer.systems.best of 4.sweep: 2 is answered already; leave it out",
    "answer.candidates={policy: nobody}": "answer.candidates.policy: there is no 'nobody'",
    "seeds=[2, 1]": "seed: 1 is not the first of `seeds`; for one run of it say seeds=[] as well",
    "seeds=[1, 2, 1]": "seeds: [1, 2, 1] names a seed twice; name each once",
    "answer.compare=[[best of 5, seed greedy]]": "answer.compare: there is no 'best of 5'; did you mean 'best of 4'?; choose among ",
    "answer.compare=[[best of 4, seed]]": "answer.compare: there is no 'seed'",
    "answer.compare=[[best of 4]]": "answer.compare.0.1: this setting is missing; add it",
}


@pytest.mark.parametrize("override", TOGETHER)
def test_sections_that_do_not_fit_together(override: str, tmp_path: Path) -> None:
    assert said(tmp_path, override).startswith(TOGETHER[override])


@pytest.mark.parametrize("kind", ["best_of_n", "mcts"])
def test_systems_that_score_need_a_reward_model(kind: str, tmp_path: Path) -> None:
    tree = f"answer.systems.tree={{policy: seed, reward: prm, strategy: {{kind: {kind}}}}}"
    assert list(load(tmp_path, FULL, tree).answer.systems) == ["seed greedy", "best of 4", "tree"]
    without = said(tmp_path, tree, "answer.systems.tree.reward=null")
    assert without == f"answer.systems.tree: {kind} needs scores; name one of `reward_models` under `reward`"


def test_a_sweep_takes_no_system_s_name(tmp_path: Path) -> None:
    taken = "answer.systems.best of 4 @ 2={strategy: {kind: greedy}}"
    message = said(tmp_path, taken, "answer.systems.best of 4.sweep=[2]")
    assert message == "answer.systems.best of 4.sweep: there is a system 'best of 4 @ 2' already; give that another name"


def test_the_truth_labels_only_what_can_be_checked(tmp_path: Path) -> None:
    files = ("data={kind: files, worked: w.jsonl, search: s.jsonl, answer: a.jsonl}", "reward_models.prm.records.labels=truth")
    assert load(tmp_path, FULL, "reward_models.prm.records.labels=truth").reward_models
    assert said(tmp_path, *files).startswith("reward_models.prm.records.labels: nothing checks the steps of these items")


def test_a_blend_of_what_was_held_out(tmp_path: Path) -> None:
    blend = "reward_models.b={kind: blend, parts: [prm, q], searches: [tree], labels: outcome}"
    recipe = load(tmp_path, FULL, "reward_models.prm.records.hold_out=0.2", "reward_models.q={kind: likelihood}", blend)
    assert isinstance(recipe.reward_models["b"], BlendedReward)
    assert in_order(recipe)[-3:] == [("reward_models", name) for name in ("prm", "q", "b")]


def test_a_run_for_every_seed_in_the_folder_that_the_seed_alone_has(tmp_path: Path) -> None:
    recipe = load(tmp_path, FULL, "seeds=[1, 2]")
    assert [(run.seed, run.seeds) for run in recipe.runs] == [(1, ()), (2, ())]
    assert recipe.runs == [load(tmp_path), load(tmp_path, FULL, "seed=2")]
    assert load(tmp_path).runs == [load(tmp_path)]


def test_stages_come_after_what_they_need(tmp_path: Path) -> None:
    recipe = load(
        tmp_path,
        FULL,
        "searches={late: {strategy: {kind: rejection_sampling}, equal_to: tree}, tree: {strategy: {kind: mcts}}, second: "
        "{strategy: {kind: mcts}, policy: evolved}}",
    )
    named = [name for _, name in in_order(recipe)]
    assert named == ["seed", "tree", "late", "evolved", "second", "prm"]


def test_overrides_are_read_as_yaml_and_set_at_any_depth(tmp_path: Path) -> None:
    recipe = load(
        tmp_path,
        FULL,
        "seed=7",
        "limit=5",
        "data.body_systems=[renal, endocrine]",
        "searches.tree.sampling.temperature=0.5",
        "seed_policy.training.schedule.learning_rate=1e-2",
        "policies.evolved.records.n_per_question=9",
        "answer.systems.vote={policy: seed, strategy: {kind: self_consistency, n: 3}}",
        "answer.systems.best of 4.strategy.is_vote=true",
        "tokens_per_second=null",
        "name=other",
    )
    assert (recipe.seed, recipe.limit, recipe.name, recipe.tokens_per_second) == (7, 5, "other", None)
    assert isinstance(recipe.data, ClinicSource)
    assert recipe.data.body_systems == ("renal", "endocrine")
    assert recipe.searches["tree"].sampling.temperature == 0.5
    assert recipe.searches["tree"].sampling.max_tokens == 50  # what stands beside an override stays
    assert isinstance(recipe.seed_policy.training, SFT)
    assert recipe.seed_policy.training.schedule.learning_rate == 0.01
    assert recipe.policies["evolved"].records[0].n_per_question == 9
    assert list(recipe.answer.systems) == ["seed greedy", "best of 4", "vote"]
    best = recipe.answer.systems["best of 4"].strategy
    assert isinstance(best, BestOfN)
    assert (best.n, best.is_vote) == (4, True)


def test_an_override_makes_a_section_that_was_not_there(tmp_path: Path) -> None:
    recipe = load(tmp_path, LEAST, "answer.sampling.max_tokens=9", "searches.tree.strategy.kind=best_of_n", "data.search=more.jsonl")
    assert recipe.answer.sampling.max_tokens == 9
    assert list(recipe.searches) == ["tree"]


def test_the_last_override_of_a_setting_wins(tmp_path: Path) -> None:
    assert load(tmp_path, FULL, "seed=2", "seed=3").seed == 3


BAD_OVERRIDES = {
    "seed": "--set seed: write it as a.b=value",
    "=1": "--set =1: write it as a.b=value",
    "": "--set : write it as a.b=value",
    "seed.deep=1": "--set seed.deep=1: 'seed' is a value, not a section; check the path",
    "answer.compare.x=1": "--set answer.compare.x=1: 'compare' is a list; name its parts by number, from 0",
    "seed=[": "--set seed=[: the value is not YAML; put it in quotes",
    "seed={a: b: c}": "--set seed={a: b: c}: the value is not YAML; put it in quotes",
}


@pytest.mark.parametrize("override", BAD_OVERRIDES)
def test_an_override_that_cannot_be_applied(override: str, tmp_path: Path) -> None:
    assert said(tmp_path, override) == BAD_OVERRIDES[override]


FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "a recipe is a mapping of settings; see recipes/"),
    "a list": (b"- 1\n", "a recipe is a mapping of settings; see recipes/"),
    "a word": (b"recipe", "a recipe is a mapping of settings; see recipes/"),
    "no YAML": (b"name: [", "this is not YAML ("),
    "a tab": (b"name:\n\t- x", "this is not YAML ("),
    "code": (b"name: !!python/object/apply:os.getcwd []", "this is not YAML ("),
    "UTF-16": (FULL.encode("utf-16"), "this is not UTF-8 text; save it as UTF-8"),
    "a number as a name": (FULL.encode() + b"1: 2\n", "1: Keys should be strings; got 1"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_recipe(name: str, tmp_path: Path) -> None:
    content, beginning = FILES[name]
    path = tmp_path / "recipe.yaml"
    path.write_bytes(content)
    with pytest.raises(RecipeError) as error:
        load_recipe(path)
    assert str(error.value).startswith(f"{path}: {beginning}")
    assert "\n" not in str(error.value)


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "no.yaml", tmp_path):
        with pytest.raises(RecipeError, match=r": the recipe cannot be read \(.+\); check the path"):
            load_recipe(path)


@pytest.mark.parametrize("text", [FULL, LEAST])
def test_what_was_resolved_reads_back_as_the_same_recipe(text: str, tmp_path: Path) -> None:
    recipe = load(tmp_path, text)
    settings = resolved(recipe)
    again = load(tmp_path, yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
    assert again == recipe
    assert resolved(again) == settings


def test_what_was_resolved_has_the_defaults_in_it(tmp_path: Path) -> None:
    settings = resolved(load(tmp_path, LEAST))
    assert (settings["threads"], settings["prompt"], settings["codec"], settings["searches"]) == (2, "plain", "step", {})
    assert settings["data"] == {"answer": "items.jsonl", "kind": "files", "worked": None, "search": None}


def folder_of(recipe: Recipe) -> str:
    return Run.for_settings(Path("runs"), recipe.name, resolved(recipe)).folder.name


def test_the_same_settings_have_the_same_hash(tmp_path: Path) -> None:
    """However they are written: with defaults spelled out, in another order, from a file or by override."""
    recipe = load(tmp_path)
    turned: dict[str, Any] = dict(reversed(yaml.safe_load(FULL).items()))
    same = [
        load(tmp_path, yaml.safe_dump(turned, sort_keys=False)),
        load(tmp_path, yaml.safe_dump(resolved(recipe))),
        load(tmp_path, FULL, "threads=2", "codec=step", "seed=1"),
        load(tmp_path, FULL.replace("seed: 1", "seed: 5"), "seed=1"),
    ]
    assert {folder_of(each) for each in same} == {folder_of(recipe)}
    assert folder_of(recipe).startswith("try-")


@pytest.mark.parametrize("override", ["seed=2", "data.n_answer=11", "searches.tree.sampling.top_p=0.9", "answer.compare=[]", "limit=3"])
def test_other_settings_have_another_hash(override: str, tmp_path: Path) -> None:
    assert folder_of(load(tmp_path, FULL, override)) != folder_of(load(tmp_path))


@pytest.mark.parametrize(
    ("override", "stage"),
    [("searches.tree.strategy.kind=mcts", "searches"), ("seed_policy.training.kind=sft", "seed_policy.training")],
)
def test_a_stage_without_a_file_of_items_is_refused_before_anything_runs(tmp_path: Path, override: str, stage: str) -> None:
    with pytest.raises(RecipeError, match=f"{stage}: there are no items for it; name a file under data"):
        load(tmp_path, LEAST, override)


def test_a_search_that_verifies_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"searches\.tree\.strategy: greedy asks for no scores"):
        load(tmp_path, FULL, "searches.tree.strategy={kind: greedy}")
