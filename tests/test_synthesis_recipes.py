"""Every synthesis that comes with osler can be read, says what it is, and can be shown without doing anything."""

import re
from pathlib import Path

import pytest
import yaml

from osler.commands.synthesis_plan import plan_rows
from osler.core.errors import RecipeError
from osler.recipe.file import load_synthesis
from osler.synthesis import resolved_synthesis

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "recipes" / "synthesis").glob("*.y*ml"))
each = pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)


def test_there_are_recipes() -> None:
    assert {"clinic_solved", "meditron_data"} <= {path.stem for path in RECIPES}
    assert all(path.suffix == ".yaml" for path in RECIPES)


@each
def test_it_is_read_and_its_name_is_that_of_its_file(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    synthesis = load_synthesis(path)
    assert synthesis.name == path.stem
    assert synthesis.seed == content["seed"]


@each
def test_its_first_line_is_a_sentence(path: Path) -> None:
    assert re.match(r"# [A-Z]\S* .+\.\n", path.read_text(encoding="utf-8"))


@each
def test_it_reads_back_from_what_was_resolved(path: Path, tmp_path: Path) -> None:
    synthesis = load_synthesis(path)
    copy = tmp_path / path.name
    copy.write_text(yaml.safe_dump(resolved_synthesis(synthesis), sort_keys=False, allow_unicode=True), encoding="utf-8")
    assert load_synthesis(copy) == synthesis


@each
def test_its_plan_names_every_block_and_role(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From the settings alone: where nothing lies that they name."""
    monkeypatch.chdir(tmp_path)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = plan_rows(load_synthesis(path))
    blocks = [row[1].split(":")[0] for row in rows if row[0].startswith("block ")]
    assert blocks == [block["kind"] for block in content["blocks"]]
    assert [row[0] for row in rows if row[0].startswith("role ")] == [f"role {name}" for name in content.get("roles", {})]
    assert rows[-1][0] == "exports"


def write(folder: Path, text: str) -> Path:
    path = folder / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    return path


NEAR = "engine: {kind: clinic_teacher}"
LEAST = "name: bad\nseed: 1\nmaterial: {kind: items, sets: [a.jsonl]}\nblocks:\n- {kind: keep}\n"


@pytest.mark.parametrize(
    ("text", "overrides", "message"),
    [
        (LEAST.replace("kind: keep", "kind: kepp"), (), r"blocks\.0\.kind: there is no 'kepp'; did you mean 'keep'\?; choose among "),
        (LEAST.replace("kind: keep", "kind: keep, m: 1"), (), r"blocks\.0\.m: there is no setting 'm'"),
        (
            LEAST.replace("kind: keep", "kind: solve"),
            (),
            r"blocks\.0: solve asks 'teacher', whom nobody plays; name an engine under `roles`",
        ),
        (LEAST.replace("kind: items", "kind: item"), (), r"material\.kind: there is no 'item'; did you mean 'items'\?"),
        (LEAST, (f"roles={{a: {{{NEAR}, codec: thin}}}}",), r"roles\.a\.codec: there is no 'thin'; did you mean 'think'\?; choose among "),
        (LEAST, (f"roles={{a: {{{NEAR}, prompt: plane}}}}",), r"roles\.a\.prompt: there is no 'plane' in osler/prompts"),
        (LEAST, ("blocks.0.n=2.5",), r"blocks\.0\.n: Input should be a valid integer"),
        (LEAST, ("blocks.7.n=2",), r"--set blocks\.7\.n=2: there is no number 7 in 'blocks', which has 1, counted from 0"),
        (LEAST, ("blocks.x.n=2",), r"--set blocks\.x\.n=2: 'blocks' is a list; name its parts by number, from 0"),
        (LEAST, ("name.x=2",), r"--set name\.x=2: 'name' is a value, not a section; check the path"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, text: str, overrides: tuple[str, ...], message: str) -> None:
    with pytest.raises(RecipeError, match=message) as error:
        load_synthesis(write(tmp_path, text), overrides)
    assert "\n" not in str(error.value)


def test_a_part_of_a_list_is_set_by_its_number(tmp_path: Path) -> None:
    assert load_synthesis(write(tmp_path, LEAST), ["blocks.0.n=2"]).blocks[0].n == 2  # type: ignore[union-attr]
    more = load_synthesis(write(tmp_path, LEAST), ["blocks.0={kind: strip}"])
    assert [block.kind for block in more.blocks] == ["strip"]
