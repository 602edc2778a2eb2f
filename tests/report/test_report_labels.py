from itertools import combinations

import pytest

from osler.report.labels import CHARACTER, LINE, Box, Label, place

FRAME = Box(0, 0, 400, 300)
SIZE = 10.0


def box_of(label: Label) -> Box:
    width = len(label.text) * CHARACTER * SIZE
    left = {"start": label.x, "end": label.x - width, "middle": label.x - width / 2}[label.anchor]
    return Box(left, label.y - LINE * SIZE / 2, left + width, label.y + LINE * SIZE / 2)


def test_a_lone_name_stands_right_of_its_last_point():
    [label] = place([("vote", [(50, 100), (120, 80)])], [], FRAME, SIZE)
    assert label == Label("vote", 129, 80, "start", 120, 80, is_far=False)


def test_at_the_right_edge_a_name_stands_left():
    [label] = place([("a long name of a system", [(390, 80)])], [], FRAME, SIZE)
    assert label.anchor == "end"
    assert box_of(label).outside(FRAME) == pytest.approx(0)


def test_names_of_points_on_one_another_do_not_cover_one_another():
    names = [(f"system_{k}", [(200.0, 150.0)]) for k in range(8)]
    labels = place(names, [Box(194, 144, 206, 156)], FRAME, SIZE)
    assert [label.text for label in labels] == [text for text, _ in names]
    boxes = [box_of(label) for label in labels]
    assert all(first.overlap(second) == pytest.approx(0) for first, second in combinations(boxes, 2))
    assert any(label.is_far for label in labels)  # and these have a line to their point


def test_a_name_covers_no_point():
    taken = [Box(x - 5, 95, x + 5, 105) for x in range(100, 220, 10)]
    [label] = place([("system", [(100, 100)])], taken, FRAME, SIZE)
    assert sum(box_of(label).overlap(box) for box in taken) == pytest.approx(0)


@pytest.mark.parametrize(
    ("other", "area"), [(Box(5, 5, 20, 20), 25), (Box(10, 0, 20, 10), 0), (Box(-5, -5, 15, 15), 100), (Box(30, 30, 40, 40), 0)]
)
def test_boxes_overlap_by_their_common_area(other: Box, area: float):
    assert Box(0, 0, 10, 10).overlap(other) == area
