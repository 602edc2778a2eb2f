"""What was thought, for the terminal: a case with its steps, and a search tree, folded."""

from rich.text import Text
from rich.tree import Tree as DrawnTree

from osler.report.numbers import count, decimal, harmless, shortened
from osler.report.solution_rows import SolutionRow
from osler.report.trees import ShownTree, TreeNode, TreeRow

_MARKS = {"true": "✓ true", "false": "✗ false", "unreadable": "? unreadable", "right": "✓ right", "wrong": "✗ wrong"}
_STYLES = {"true": "green", "false": "red", "right": "green", "wrong": "red"}
_DEPTH, _N_CHARACTERS = 2, 100


def case_text(case: SolutionRow) -> Text:
    """A case: the question, each step with its truth and score, the answer and the key."""
    text = Text.assemble((_MARKS[case.outcome.value], _STYLES[case.outcome.value]), f"  {harmless(case.id)}\n{harmless(case.question)}\n")
    for number, step in enumerate(case.marked_steps, 1):
        score = f" score {step.score:.2f}" if step.score is not None else ""
        truth = (f" {_MARKS[step.truth]}", _STYLES.get(step.truth, "yellow")) if step.truth else ""
        text.append_text(Text.assemble(f"{number}.", truth, score, f"  {harmless(step.text)}\n"))
    answer = case.spelt(case.answer) if case.answer is not None else "none was read"
    return text.append(f"Answer: {harmless(answer)}\nKey: {harmless(case.spelt(case.key))}")


def folded_tree(shown: ShownTree) -> DrawnTree:
    """The first two levels of a tree with what lies below them; each step on one line, shortened."""
    row = shown.row
    head = f"Search {shown.search}, {row.id}: {count(len(row.nodes) - 1)} nodes, {count(row.tokens)} tokens\n"
    question = shortened(" ".join(shown.question.text.split()), 2 * _N_CHARACTERS) if shown.question else ""
    drawn = DrawnTree(Text.assemble((harmless(head), "bold"), harmless(question)))
    _grow(drawn, row, 0, _DEPTH)
    return drawn


def _grow(drawn: DrawnTree, row: TreeRow, at: int, depth: int) -> None:
    for child in row.children(at):
        branch = drawn.add(_about(row.nodes[child]))
        if depth > 1:
            _grow(branch, row, child, depth - 1)
        elif below := row.below(child):
            n_right, n_wrong = (sum(node.mark == mark for node in below) for mark in ("right", "wrong"))
            branch.add(Text(f"{count(len(below))} more below: {count(n_right)} right, {count(n_wrong)} wrong", style="dim"))


def _about(node: TreeNode) -> Text:
    mark = (f"{_MARKS.get(node.mark, node.mark)} ", _STYLES.get(node.mark, "yellow")) if node.mark else ""
    visits = f"{count(node.n_visits)} visit{'' if node.n_visits == 1 else 's'}"
    step = shortened(" ".join(node.step.split()), _N_CHARACTERS)
    return Text.assemble(mark, (f"{decimal(node.value, 2)}, {visits}  ", "bold"), harmless(step))
