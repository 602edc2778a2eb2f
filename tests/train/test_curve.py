"""The curve on disk, step by step, and its picture."""

import json
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from osler.train.curve import Curve
from osler.train.curve_picture import MAX_PANELS, picture

SVG = "{http://www.w3.org/2000/svg}"


def logged(curve: Curve, step: int, **values: float | None) -> None:
    curve.on_log(None, SimpleNamespace(global_step=step, log_history=[]), None, dict(values))


def steps(folder: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (folder / "curve.jsonl").read_text().splitlines()]


def test_each_step_is_on_disk_before_the_next(tmp_path: Path) -> None:
    curve = Curve(tmp_path / "to", is_writing=True)
    curve.begin(0)
    logged(curve, 1, loss=2.0, learning_rate=0.1, epoch=0.5, reward=None)
    assert (tmp_path / "to" / "curve.jsonl").read_text() == '{"step": 1, "loss": 2.0, "learning_rate": 0.1, "reward": null}\n'
    logged(curve, 2, loss=1.0)
    logged(curve, 2, train_runtime=3.0)  # the summary at the end
    assert steps(tmp_path / "to") == [1, 2]
    assert curve.mean_loss() == 1.5


def test_it_is_taken_up_where_the_state_is_and_half_a_line_is_none(tmp_path: Path) -> None:
    """Killed in the middle of the line of step 4, with a state after step 2."""
    (tmp_path / "curve.jsonl").write_text("".join(f'{{"step": {step}, "loss": {step}.0}}\n' for step in (1, 2, 3)) + '{"step": 4, "lo')
    curve = Curve(tmp_path, is_writing=True)
    curve.begin(2)
    assert steps(tmp_path) == [1, 2]
    logged(curve, 3, loss=9.0)
    assert steps(tmp_path) == [1, 2, 3]
    assert curve.mean_loss() == 4.0
    fresh = Curve(tmp_path, is_writing=True)
    fresh.begin(0)
    assert steps(tmp_path) == []
    assert fresh.mean_loss() == 0.0


def test_one_process_writes(tmp_path: Path) -> None:
    curve = Curve(tmp_path / "to", is_writing=False)
    curve.begin(0)
    logged(curve, 1, loss=1.0)
    curve.secure()
    curve.draw()
    assert not (tmp_path / "to").exists()
    assert curve.mean_loss() == 1.0


def points(svg: str) -> dict[str, list[tuple[float, float]]]:
    """Each panel's points, by its name."""
    root = ElementTree.fromstring(svg)
    names = [text.text for text in root.iter(f"{SVG}text") if text.get("font-weight") == "bold"]
    lines = [[tuple(map(float, pair.split(","))) for pair in line.get("points", "").split()] for line in root.iter(f"{SVG}polyline")]
    return dict(zip(names, lines, strict=True))


def test_the_picture_has_a_panel_for_each_name_and_falls_where_the_loss_falls() -> None:
    rows = [{"step": step, "loss": 4.0 - step, "learning_rate": 0.1, "reward/format": step * 2.0} for step in (1, 2, 3)]
    panels = points(picture(rows))
    assert list(panels) == ["loss", "learning_rate", "reward/format"]
    xs, ys = zip(*panels["loss"], strict=True)
    assert xs == (70.0, 345.0, 620.0)  # from edge to edge, in equal steps
    assert ys[0] < ys[1] < ys[2]  # down the page
    assert ys[1] == pytest.approx((ys[0] + ys[2]) / 2, abs=0.1)
    assert len({y for _, y in panels["learning_rate"]}) == 1


def test_thousands_of_steps_are_drawn_as_means_of_neighbours() -> None:
    """Of 1,200 steps every two are one point; a loss that alternates between 0 and 2 is a line at 1."""
    panels = points(picture([{"step": step, "loss": float(step % 2) * 2, "n": 1.0} for step in range(1200)]))
    assert len(panels["loss"]) == 600
    assert len({y for _, y in panels["loss"]}) == 1


def test_what_is_no_number_is_left_out_and_names_are_escaped() -> None:
    rows = [{"step": 1, "loss": float("nan"), "<x>": 1.0, "flag": True, "word": "a", "none": None}, {"step": 2, "loss": 1.0}]
    panels = points(picture(rows))
    assert {name: len(line) for name, line in panels.items()} == {"loss": 1, "<x>": 1}
    many = picture([{"step": 1, **{f"term {at}": 0.5 for at in range(40)}}])
    assert len(points(many)) == MAX_PANELS
