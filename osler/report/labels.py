"""Where the names of points are written so that they cover neither the points nor one another."""

from collections.abc import Sequence
from typing import NamedTuple

CHARACTER, LINE = 0.62, 1.15
"""The mean width of a character and the height of a line, in multiples of the font's size: those of a wide sans-serif font."""


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: "Box") -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)

    def outside(self, frame: "Box") -> float:
        """The area of this box that lies beyond the frame."""
        return (self.right - self.left) * (self.bottom - self.top) - self.overlap(frame)


class Label(NamedTuple):
    """A text whose middle left (or right, by `anchor`) is at x and y. It belongs to the point at (point_x, point_y)."""

    text: str
    x: float
    y: float
    anchor: str
    point_x: float
    point_y: float
    is_far: bool


def place(names: Sequence[tuple[str, Sequence[tuple[float, float]]]], taken: Sequence[Box], frame: Box, size: float) -> list[Label]:
    """A label for each name, beside one of its points, the last before the first and near before far; the most points first served. Where
    no place is free, the one that covers the least."""
    labels: dict[int, Label] = {}
    boxes = list(taken)
    for position in sorted(range(len(names)), key=lambda position: (-len(names[position][1]), -names[position][1][-1][0])):
        text, points = names[position]
        places = _places(text, points, size)
        label, box = min(places, key=lambda each: round(_cost(each[1], boxes, frame), 3))  # the first of equals
        labels[position] = label
        boxes.append(box)
    return [labels[position] for position in range(len(names))]


def _cost(box: Box, boxes: Sequence[Box], frame: Box) -> float:
    return sum(box.overlap(other) for other in boxes) + 10 * box.outside(frame)


def _places(text: str, points: Sequence[tuple[float, float]], size: float) -> list[tuple[Label, Box]]:
    """Right, left, above and below of each point, then further and further up and down."""
    width, half = len(text) * CHARACTER * size, LINE * size / 2
    places = []
    for rise in (0.0, 1.3, -1.3, 2.3, -2.3, 3.4, -3.4, 4.6, -4.6):
        for x, y in reversed(points):
            for anchor, shift in (("start", 9.0), ("end", -9.0), ("middle", 0.0)):
                if anchor == "middle" and not rise:
                    continue
                left = {"start": x + shift, "end": x + shift - width, "middle": x - width / 2}[anchor]
                middle = y + rise * size
                label = Label(text, round(x + shift, 2), round(middle, 2), anchor, x, y, abs(rise) > 2)
                places.append((label, Box(left, middle - half, left + width, middle + half)))
    return places
