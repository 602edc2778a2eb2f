"""Files of every format, written here by hand, each read into the graph that it says; and what is wrong with one, named with its place."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from osler.core.errors import RecordError, UserError
from osler.knowledge.graphs import draft, lines
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.load import load_graph

NODES = "id\ttype\tname\tsynonyms\nC:1\tdrug\taspirin\tASA|acetylsalicylic acid\nP:1\tphenotype\tpain\t\nP:2\tphenotype\tfever\t\n"
EDGES = "head\trelation\ttail\tsources\tfrequency\nC:1\ttreats\tP:1\topen|closed\t\nC:1\ttreats\tP:2\tclosed\t0.25\n"

OBO = r"""format-version: 1.4
default-namespace: disease_ontology

[Term]
id: DOID:1
name: joint disease \: any
alt_id: DOID:100
synonym: "arthropathy \"old\"" EXACT [X:1]
synonym: broken
def: "A text! with {braces}." [url:http\://x.y]

[Term]
id: DOID:2
name: gout ! said in short
is_a: DOID:1 {source="x"} ! joint disease
relationship: RO:1 HP:5 ! pain
relationship: alone
created by nobody

[Term]
id: DOID:3
name: obsolete podagra
is_obsolete: true
replaced_by: DOID:2

[Term]
name: without an id

[Term]
id: HP:5
name: pain

[Typedef]
id: RO:1
name: has symptom
"""

HPOA = """#description: invented
#version: 1
database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\tmodifier\taspect\tbiocuration
OMIM:1\tgout\t\tHP:5\tR\tTAS\t\tHP:0040281\t\t\tP\tB
OMIM:1\tgout\tNOT\tHP:6\tR\tTAS\t\t\t\t\tP\tB
OMIM:1\tgout\t\tHP:7\tR\tTAS\t\t0/12\t\t\tP\tB
OMIM:1\tgout\t\tHP:8\tR\tTAS\t\t3/12\t\t\tP\tB
OMIM:1\tgout\t\tHP:9\tR\tTAS\t\t12.5%\t\t\tP\tB
OMIM:1\tgout\t\tHP:10\tR\tTAS\t\toften\t\t\tP\tB
OMIM:1\tgout\t\tHP:11\tR\tTAS\t\t5/4\t\t\tP\tB
OMIM:1\tgout\t\tHP:12\tR\tTAS\t\t\t\t\tI\tB
OMIM:1\tgout\t\tHP:13\tR\tTAS\t\t\t\t\tM\tB
"""


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def facts(graph: Graph) -> set[tuple[str, str, str]]:
    rows = zip(graph.heads, graph.relations, graph.tails, strict=True)
    return {(graph.ids[head], graph.relation_names[relation], graph.ids[tail]) for head, relation, tail in rows}


def shares(graph: Graph) -> dict[str, float]:
    return {graph.ids[tail]: float(share) for tail, share in zip(graph.tails, graph.frequency, strict=True) if not np.isnan(share)}


# tables


def test_a_folder_of_tables(tmp_path: Path) -> None:
    graph = load_graph(written(tmp_path, nodes__tsv=NODES, edges__tsv=EDGES, licences__yaml="open: CC0 1.0\nclosed: CC BY-NC-SA 4.0\n"))
    assert facts(graph) == {("C:1", "treats", "P:1"), ("C:1", "treats", "P:2")}
    assert graph.synonyms[0] == ("ASA", "acetylsalicylic acid")
    assert graph.kinds == ("drug", "phenotype", "phenotype")
    assert shares(graph) == {"P:2": 0.25}
    assert graph.licences == {"open": "CC0 1.0", "closed": "CC BY-NC-SA 4.0"}
    assert graph.amiss == {}


def test_the_same_with_commas_quotes_and_gz(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "nodes.csv.gz", "wt", encoding="utf-8") as file:
        file.write('\ufeffname,ID\r\n"aspirin, ""pure""",C:1\r\npain,P:1\r\n')
    graph = load_graph(written(tmp_path, edges__csv='head,relation,tail,source\nC:1,treats,"P:1",open\n'))
    assert graph.names == ('aspirin, "pure"', "pain")
    assert facts(graph) == {("C:1", "treats", "P:1")}
    assert graph.source_names == ("open",)


def test_sources_and_licences_left_out(tmp_path: Path) -> None:
    written(tmp_path, nodes__tsv=NODES, edges__tsv=EDGES, licences__yaml="closed: CC BY-NC-SA 4.0\n")
    assert facts(load_graph(tmp_path, ["closed"])) == {("C:1", "treats", "P:1")}
    assert facts(load_graph(tmp_path, exclude_licences=["non-commercial"])) == {("C:1", "treats", "P:1")}
    assert facts(load_graph(tmp_path, exclude_licences=["share-alike"])) == {("C:1", "treats", "P:1")}
    assert facts(load_graph(tmp_path, exclude_licences=["no-derivatives"])) == facts(load_graph(tmp_path))
    assert len(facts(load_graph(tmp_path, exclude_licences=["not stated"]))) == 2
    assert facts(load_graph(tmp_path, exclude_licences=["not stated", "non-commercial"])) == set()
    with pytest.raises(UserError, match="no source 'clsoed'; did you mean 'closed'"):
        load_graph(tmp_path, ["clsoed"])


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (
            NODES.replace("name", "label"),
            EDGES,
            r"nodes.tsv: no column 'name'; its columns are id, type, label, synonyms; rename or add it",
        ),
        (NODES, EDGES.replace("tail", "to"), r"edges.tsv: no column 'tail'; its columns are head, relation, to"),
        (NODES + "P:3\tphenotype\n", EDGES, r"nodes.tsv:5: 2 fields where the header has 4"),
        (NODES, EDGES + "C:1\ttreats\n", r"edges.tsv:4: 2 fields where the header has 5"),
        (NODES, EDGES + "C:1\t\tP:1\t\t\n", r"edges.tsv:4: an edge without a head, a relation or a tail"),
        (NODES + "\tphenotype\tnameless\t\n", EDGES, r"nodes.tsv:5: a node without an id"),
        ("", EDGES, r"nodes.tsv: no column 'id' or 'name'"),
    ],
)
def test_what_is_wrong_with_a_table(tmp_path: Path, nodes: str, edges: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        load_graph(written(tmp_path, nodes__tsv=nodes, edges__tsv=edges))


def test_what_is_mended_is_counted_with_the_first_place(tmp_path: Path) -> None:
    nodes = NODES + "P:2\tphenotype\tpyrexia\t\nP:4\tphenotype\tr\0ash\t\n"
    edges = EDGES + "C:1\ttreats\tP:9\topen\t\nC:1\ttreats\tP:4\topen\tmost\nC:1\ttreats\tC:1\topen\t1.5\nC:1\ttreats\tP:1\tthird\t\n"
    graph = load_graph(written(tmp_path, nodes__tsv=nodes, edges__tsv=edges))
    assert graph.names[3] == "rash"
    assert {what: each.n for what, each in graph.amiss.items()} == {
        "node given again": 1,
        "node named twice": 1,
        "NUL byte": 1,
        "frequency that is no share": 2,
        "dangling edge": 1,
        "edge from a node to itself": 1,
        "edge given again": 1,
    }
    assert graph.amiss["NUL byte"].first.endswith("nodes.tsv:6")
    assert graph.amiss["node named twice"].first.endswith("nodes.tsv:5: P:2 is 'fever' and 'pyrexia'")
    assert "edges.tsv:5: 'most'" in graph.amiss["frequency that is no share"].first
    assert graph.amiss["dangling edge"].first == "C:1 treats P:9"


def test_circles_of_is_a_are_counted(tmp_path: Path) -> None:
    graph = load_graph(written(tmp_path, mine__tsv="A\tis_a\tB\nB\tis_a\tC\nC\tis_a\tA\nC\tis_a\tD\n") / "mine.tsv")
    assert graph.amiss["circle of is_a"] == (1, "A → B → C → A")


# triples


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mine.csv", "C:1,treats,P:1\nC:1,treats,P:2\n"),
        ("mine.csv", "tail,relation,head\nP:1,treats,C:1\nP:2,treats,C:1\n"),
        ("mine.tsv", "C:1\ttreats\tP:1\nC:1\ttreats\tP:2\n"),
        ("mine.txt", "head\trelation\ttail\nC:1\ttreats\tP:1\nC:1\ttreats\tP:2\n"),
        ("mine.jsonl", '{"head": "C:1", "relation": "treats", "tail": "P:1"}\n{"head": "C:1", "relation": "treats", "tail": "P:2"}\n'),
    ],
)
def test_triples_name_their_nodes(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    graph = load_graph(tmp_path / name)
    assert facts(graph) == {("C:1", "treats", "P:1"), ("C:1", "treats", "P:2")}
    assert sorted(graph.names) == ["C:1", "P:1", "P:2"]
    assert graph.source_names == ("mine",)


def test_what_is_wrong_with_triples(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"mine.tsv:2: 2 fields where a triple has 3"):
        load_graph(written(tmp_path, mine__tsv="A\tb\tC\nA\tb\n") / "mine.tsv")
    with pytest.raises(RecordError, match="no columns head, relation and tail; its first line has x, y"):
        load_graph(written(tmp_path, mine__csv="x,y\n1,2\n") / "mine.csv")
    with pytest.raises(RecordError, match=r"mine.csv:2: unexpected end of data; quote fields"):
        load_graph(written(tmp_path, mine__csv='A,b,"C\n' + "x" * 200 + "\n") / "mine.csv")


# OBO


def test_obo(tmp_path: Path) -> None:
    graph = load_graph(written(tmp_path, mine__obo=OBO) / "mine.obo")
    assert facts(graph) == {("DOID:2", "disease_is_a", "DOID:1"), ("DOID:2", "has_symptom", "HP:5")}
    assert graph.names == ("joint disease : any", "gout", "pain")
    assert graph.kinds == ("disease", "disease", "phenotype")
    assert graph.synonyms[0] == ('arthropathy "old"',)
    assert graph.source_names == ("DO",)
    assert graph.number("DOID:100") == 0
    assert graph.number("DOID:3") == graph.number("http://purl.obolibrary.org/obo/DOID_2") == 1
    assert {what: (each.n, each.first.rsplit("/", 1)[1]) for what, each in graph.amiss.items()} == {
        "synonym that cannot be read": (1, "mine.obo:4: 'broken'"),
        "line without a tag": (1, "mine.obo:18"),
        "relationship that cannot be read": (1, "mine.obo:12: 'alone'"),
        "obsolete term": (1, "mine.obo:20: DOID:3"),
        "term without an id": (1, "mine.obo:26"),
    }


def test_obo_by_its_contents(tmp_path: Path) -> None:
    assert facts(load_graph(written(tmp_path, mine__txt=OBO) / "mine.txt")) == facts(load_graph(written(tmp_path, m__obo=OBO) / "m.obo"))


def test_obo_graph_says_what_obo_says(tmp_path: Path) -> None:
    purl = "http://purl.obolibrary.org/obo/"
    replaced = {"deprecated": True, "basicPropertyValues": [{"pred": f"{purl}IAO_0100001", "val": f"{purl}DOID_2"}]}
    other = {"basicPropertyValues": [{"pred": "http://www.geneontology.org/formats/oboInOwl#hasAlternativeId", "val": "DOID:100"}]}
    nodes = [
        {"id": f"{purl}DOID_1", "lbl": "joint disease : any", "type": "CLASS"}
        | {"meta": other | {"synonyms": [{"pred": "hasExactSynonym", "val": 'arthropathy "old"'}, 3]}},
        {"id": f"{purl}DOID_2", "lbl": "gout", "type": "CLASS"},
        {"id": f"{purl}DOID_3", "lbl": "obsolete podagra", "type": "CLASS", "meta": replaced},
        {"id": f"{purl}HP_5", "lbl": "pain"},
        {"id": f"{purl}RO_1", "lbl": "has symptom", "type": "PROPERTY"},
        {"lbl": "without an id"},
        "no node",
    ]
    edges = [
        {"sub": f"{purl}DOID_2", "pred": "is_a", "obj": f"{purl}DOID_1"},
        {"sub": f"{purl}DOID_2", "pred": f"{purl}RO_1", "obj": f"{purl}HP_5"},
        {"sub": f"{purl}DOID_2", "pred": "is_a"},
    ]
    text = json.dumps({"graphs": [{"nodes": nodes, "edges": edges}]}, indent=1)
    graph = load_graph(written(tmp_path, mine__json=text) / "mine.json")
    same = load_graph(written(tmp_path, mine__obo=OBO) / "mine.obo")
    assert (graph.ids, graph.names, graph.kinds, graph.synonyms) == (same.ids, same.names, same.kinds, same.synonyms)
    assert facts(graph) == facts(same)
    assert graph.aliases == same.aliases
    assert {what: each.n for what, each in graph.amiss.items()} == {
        "obsolete term": 1,
        "term without an id": 2,
        "edge without its parts": 1,
    }


@pytest.mark.parametrize("text", ["", "[]", "{", '{"graphs": 3}', '{"graphs": [3]}', "[" * 100_000, '{"graph": []}'])
def test_what_is_no_obo_graph(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordError, match=r"mine.json: no OBO graph"):
        load_graph(written(tmp_path, mine__json=text) / "mine.json")


# HPO annotations


def test_annotations(tmp_path: Path) -> None:
    graph = load_graph(written(tmp_path, phenotype__hpoa=HPOA) / "phenotype.hpoa")
    findings = {("OMIM:1", "has_phenotype", f"HP:{number}") for number in (5, 8, 9, 10, 11)}
    assert facts(graph) == findings | {("OMIM:1", "inheritance", "HP:12")}
    assert shares(graph) == pytest.approx({"HP:5": 0.895, "HP:8": 0.25, "HP:9": 0.125})
    assert graph.names[0] == "gout"
    assert graph.licences["HPOA"].startswith("HPO licence")
    assert {what: (each.n, each.first.rsplit("/", 1)[1]) for what, each in graph.amiss.items()} == {
        "finding said to be absent": (2, "phenotype.hpoa:5: OMIM:1 HP:6"),
        "frequency that is no share": (2, "phenotype.hpoa:9: 'often'"),
        "annotation that is no finding": (1, "phenotype.hpoa:12: aspect 'M'"),
    }


def test_older_annotations_and_by_their_contents(tmp_path: Path) -> None:
    older = HPOA.replace("database_id\tdisease_name\tqualifier\thpo_id", "#DatabaseID\tDiseaseName\tQualifier\tHPO_ID")
    older = "\n".join(line for line in older.splitlines() if not line.startswith("#v")) + "\n"
    assert len(facts(load_graph(written(tmp_path, mine__tab=older) / "mine.tab"))) == 6
    with pytest.raises(RecordError, match="no column 'hpo_id'"):
        load_graph(written(tmp_path, mine__hpoa=HPOA.replace("hpo_id", "term")) / "mine.hpoa")
    with pytest.raises(RecordError, match=r"mine.hpoa:13: 2 fields where the header has 12"):
        load_graph(written(tmp_path, mine__hpoa=HPOA + "OMIM:2\tx\n") / "mine.hpoa")


# JSON Lines


def test_json_lines(tmp_path: Path) -> None:
    terms = (
        '{"id": "DOID:1", "label": "joint disease"}\n\n{"id": "DOID:2", "label": "gout", "parents": ["DOID:1"], "synonyms": ["podagra"]}\n'
    )
    pairs = '{"drugbank_id": "DB1", "drug": "colchicine", "doid_id": "DOID:2", "disease": "gout", "category": "DM"}\n'
    pairs += pairs.replace("DB1", "DB2").replace("DM", "NOT")
    graph = load_graph([written(tmp_path, terms__jsonl=terms, pairs__jsonl=pairs) / f"{name}.jsonl" for name in ("terms", "pairs")])
    assert facts(graph) == {("DOID:2", "disease_is_a", "DOID:1"), ("DB1", "treats", "DOID:2")}
    assert graph.amiss["pair that is no indication"].n == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"id": "A", "name": "a"}\n{"id"', r"mine.jsonl:2: no JSON"),
        ("3\n", r"mine.jsonl:1: no JSON object"),
        ('{"id": 3, "name": "a"}\n', r"mine.jsonl:1: id: '3' is no text"),
        ('{"x": "A"}\n', r"mine.jsonl:1: neither a node \(id, label\) nor an edge"),
        ("[" * 100_000, r"mine.jsonl:1: no JSON"),
    ],
)
def test_what_is_wrong_with_json_lines(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        load_graph(written(tmp_path, mine__jsonl=text) / "mine.jsonl")


# several files, and none


def test_several_files_are_one_graph_with_sources_united(tmp_path: Path) -> None:
    written(
        tmp_path, do__obo=OBO, second__tsv="head\trelation\ttail\tsources\nDOID:2\tx\tHP:5\tother\nDOID:3\tdisease_is_a\tDOID:1\tother\n"
    )
    written(tmp_path, phenotype__hpoa=HPOA)
    graph = load_graph([tmp_path / "do.obo", tmp_path / "second.tsv", tmp_path / "phenotype.hpoa"])
    edge = next(e for e in range(graph.n_edges) if graph.relation_names[graph.relations[e]] == "disease_is_a")
    assert graph.sources_of(edge) == ("DO", "other")
    assert graph.names[graph.number("HP:5")] == "pain"
    assert ("OMIM:1", "has_phenotype", "HP:5") in facts(graph)
    assert graph.amiss["edge given again"].n == 1


@pytest.mark.parametrize(
    ("place", "message"),
    [("nowhere", "there is no such file or folder"), ("", "no nodes.tsv and no edges.tsv in the folder"), ("empty.obo", "no nodes in it")],
)
def test_nothing_there(tmp_path: Path, place: str, message: str) -> None:
    written(tmp_path, empty__obo="")
    with pytest.raises(UserError, match=message):
        load_graph(tmp_path / place)


# what no table is


def test_one_line_without_end(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_bytes(b"x" * (5 << 20))
    with pytest.raises(RecordError, match="a line of more than 4 MB"):
        load_graph(tmp_path / "mine.tsv")


def test_a_small_file_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_FILE_BYTES", 2 << 20)
    with gzip.open(tmp_path / "mine.tsv.gz", "wb") as file:
        file.write((b"A\tb\t" + b"C" * 1000 + b"\n") * 3000)
    with pytest.raises(RecordError, match=r"more than .* when unpacked"):
        load_graph(tmp_path / "mine.tsv.gz")
    with gzip.open(tmp_path / "mine.json.gz", "wb") as file:
        file.write(b" " * 200_000)
    with pytest.raises(RecordError, match=r"more than 0 MB when unpacked"):
        lines.whole(tmp_path / "mine.json.gz", max_bytes=100_000)


def test_bytes_that_are_no_text_and_a_file_cut_off(tmp_path: Path) -> None:
    (tmp_path / "mine.tsv").write_bytes(b"A\tb\tC\nA\tb\t\xff\xfe\n")
    with pytest.raises(RecordError, match="not UTF-8"):
        load_graph(tmp_path / "mine.tsv")
    packed = gzip.compress(b"A\tb\tC\n" * 1000)
    (tmp_path / "cut.tsv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(RecordError, match=r"cut.tsv.gz: cannot be read .*; fetch it again"):
        load_graph(tmp_path / "cut.tsv.gz")


@pytest.mark.parametrize("text", ["- a\n- b\n", "open: [CC0]\n", "a: {", "x: 3\n", "!!python/object/apply:os.system ['true']\n"])
def test_licences_that_are_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(RecordError, match=r"licences.yaml: .*write `source: licence` on each line"):
        load_graph(written(tmp_path, nodes__tsv=NODES, edges__tsv=EDGES, licences__yaml=text))


def test_more_nodes_or_edges_than_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, mine__tsv="A\tb\tC\nC\tb\tA\nA\tc\tC\n")
    monkeypatch.setattr(draft, "MAX_EDGES", 2)
    with pytest.raises(UserError, match="more than 2 edges; take a part of it"):
        load_graph(tmp_path / "mine.tsv")
    monkeypatch.setattr(draft, "MAX_NODES", 1)
    with pytest.raises(UserError, match="more than 1 nodes; take a part of it"):
        load_graph(tmp_path / "mine.tsv")
