"""The linker on a small graph written here."""

import gzip
import json
import random
from pathlib import Path

import pytest

from osler.knowledge.graphs.load import load_graph
from osler.knowledge.linking.linker import Linker, ordinary_aliases
from osler.knowledge.linking.words import key_of, singular, words_of

NODES = """id	type	name	synonyms
D:1	disease	diabetes mellitus	diabetes
D:2	disease	type 2 diabetes mellitus	type 2 diabetes
D:3	disease	acquired immunodeficiency syndrome	AIDS
D:4	disease	Crohn's disease	regional enteritis
H:1	phenotype	Headache	headaches|cephalgia
H:2	phenotype	Increased serum creatinine	
H:3	phenotype	Fever	pyrexia
H:4	phenotype	Abdominal pain	belly pain
H:5	phenotype	Pain	
HP:0012823	phenotype	Clinical modifier	
HP:1	phenotype	Laterality	
HP:2	phenotype	Leftward	
A:1	anatomy	heart	
A:2	anatomy	abdomen	
A:3	anatomy	skin	
R:1	drug	Menthol	muscle|Soothe
R:2	drug	Urea	carbamide
R:3	drug	Acetylsalicylic acid	aspirin
R:4	drug	Insulin	
G:1	gene	REST	
G:2	gene	headache	
"""
EDGES = """head	relation	tail	sources	frequency
HP:1	phenotype_is_a	HP:0012823	HPO	
HP:2	phenotype_is_a	HP:1	HPO	
HP:0012823	phenotype_is_a	HP:2	HPO	
D:1	has_phenotype	H:3	HPOA	
"""


@pytest.fixture(scope="module")
def linker(tmp_path_factory: pytest.TempPathFactory) -> Linker:
    folder = tmp_path_factory.mktemp("graph")
    (folder / "nodes.tsv").write_text(NODES)
    (folder / "edges.tsv").write_text(EDGES)
    return Linker.of(load_graph(folder))


def linked(linker: Linker, text: str) -> list[tuple[str, str]]:
    return [(text[link.start : link.end], linker.graph.ids[link.node]) for link in linker.link(text)]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Type 2 diabetes mellitus, and fever.", [("Type 2 diabetes mellitus", "D:2"), ("fever", "H:3")]),
        ("She has diabetes; her headaches began today", [("diabetes", "D:1"), ("headaches", "H:1")]),
        ("Crohn disease or Crohn's disease", [("Crohn disease", "D:4"), ("Crohn's disease", "D:4")]),
        ("BELLY PAIN", [("BELLY PAIN", "H:4")]),
        ("There was pain in her belly. Pain again", [("pain", "H:5"), ("Pain", "H:5")]),
        ("abdominal. Pain", [("abdominal", "A:2"), ("Pain", "H:5")]),  # no name goes across the end of a sentence
        ("abdominal pain", [("abdominal pain", "H:4")]),
        ("cardiac and febrile", [("cardiac", "A:1"), ("febrile", "H:3")]),
        ("This aids digestion, AIDS does not", [("AIDS", "D:3")]),
        ("calf muscle and other muscles", []),
        ("menthol", [("menthol", "R:1")]),
        ("urea nitrogen 20, urea", [("urea", "R:2")]),
        ("insulin levels were low; insulin was given", [("insulin", "R:4")]),
        ("aspirin", [("aspirin", "R:3")]),
        ("at rest, leftward, laterality", []),
        ("", []),
        ("12 4.5 ...", []),
        ("ﬁne 😀 fever\x00fever", [("fever", "H:3"), ("fever", "H:3")]),
    ],
)
def test_the_longest_name_at_each_place(linker: Linker, text: str, links: list[tuple[str, str]]) -> None:
    assert linked(linker, text) == links


def test_a_name_of_several_bearers(linker: Linker) -> None:
    wide = Linker.of(linker.graph, leave_out=())
    [link] = wide.link("headache")
    assert {wide.graph.ids[node] for node in (link.node, *link.others)} == {"H:1", "G:2"}
    assert link.is_first_name


def test_other_words_may_be_ordinary(linker: Linker) -> None:
    assert linked(Linker.of(linker.graph, ordinary=()), "his muscle") == [("muscle", "R:1")]
    assert linked(Linker.of(linker.graph, ordinary=("aspirin",)), "aspirin") == []


def test_a_whole_text_by_name(linker: Linker) -> None:
    assert [linker.graph.ids[node] for node in linker.named("Headaches")] == ["H:1"]
    assert linker.named("a headache") == []


def test_ordinary_aliases_are_found_in_a_plain_text(linker: Linker) -> None:
    texts = ["the muscle and the muscles", "a muscle; aspirin, aspirin", "Muscle", "soothe soothe Soothe urea urea urea"]
    assert ordinary_aliases(linker.graph, texts) == {"muscle": 3}


@pytest.mark.parametrize(
    ("word", "one"),
    [("headaches", "headache"), ("allergies", "allergy"), ("masses", "mass"), ("diagnosis", "diagnosis"), ("pus", "pus"),
     ("biceps", "bicep"), ("feet", "foot"), ("patient's", "patient"), ("is", "is"), ("abscess", "abscess"), ("oedema", "edema")],
)  # fmt: skip
def test_one_form_for_singular_and_plural(word: str, one: str) -> None:
    assert singular(word) == one
    assert singular(one) == one


def test_words_stand_where_they_are() -> None:
    text = "Crohn’s disease, type-2 (37.5)"
    words = words_of(text)
    assert words.keys == ["crohn", "disease", "type", "2", "37.5"]
    assert [words.written(at) for at in range(5)] == ["Crohn’s", "disease", "type", "2", "37.5"]
    assert key_of("Diabetes mellitus, type 2") == key_of("diabetes mellitus type 2") != key_of("type 2 diabetes mellitus")


SHARED = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture(scope="module")
def real() -> tuple[Linker, list[dict[str, str]]]:
    """The biomedical graph's linker, and the questions of MedQA's test set."""
    if not SHARED.exists():
        pytest.skip("../shared/data is not here: the linker is not held to real questions")
    with gzip.open(SHARED / "medqa_usmle" / "test_4opt.jsonl.gz", "rt", encoding="utf-8") as lines:
        return Linker.of(load_graph(SHARED / "biomedical_graph")), [json.loads(line) for line in lines]


def test_real_questions_have_six_entities_each(real: tuple[Linker, list[dict[str, str]]]) -> None:
    """200 questions drawn with seed 0. The 110 links that were read by hand stand in bench/linking_read.tsv."""
    linker, questions = real
    drawn = random.Random(0).sample(questions, 200)
    links = [linker.link(question["question"]) for question in drawn]
    n_distinct = [len({link.node for link in each}) for each in links]
    assert sum(n_distinct) / 200 >= 6
    assert sum(n >= 1 for n in n_distinct) >= 190
    for question, each in zip(drawn, links, strict=True):
        ends = [0, *(link.end for link in each)]
        assert all(end <= link.start < link.end for end, link in zip(ends, each, strict=False)), question["id"]


def test_the_links_that_were_read_are_still_made_and_few_are_wrong(real: tuple[Linker, list[dict[str, str]]]) -> None:
    linker, questions = real
    texts = {question["id"]: question["question"] for question in questions}
    read = (Path(__file__).parents[3] / "bench" / "linking_read.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in read]
    assert len(rows) == 110
    for question, start, node, *_ in rows:
        made = [(link.start, linker.graph.ids[link.node]) for link in linker.link(texts[question])]
        assert (int(start), node) in made, (question, start, node)
    assert sum(row[-1] == "wrong" for row in rows) / len(rows) <= 0.04
