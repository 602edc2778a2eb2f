"""Profiles from files: each format, and what is wrong with a file said with its line."""

import gzip
import json
from pathlib import Path

import pytest

from osler.clinic.differentials.load import load_profiles, slug
from osler.clinic.differentials.maker import Differentials
from osler.clinic.differentials.own_table import percent_of
from osler.clinic.generate import Split
from osler.core.errors import UserError

LINES = [f"condition {c},finding {c + f},0.{5 + f}" for c in range(8) for f in range(4)]


def table(folder: Path, lines: list[str], name: str = "mine.csv", header: str = "condition,finding,frequency") -> str:
    file = folder / name
    file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return str(file)


def test_the_clinic_needs_no_file() -> None:
    profiles = load_profiles("clinic")
    assert (len(profiles.conditions), len(profiles.findings)) == (138, 222)
    assert profiles is load_profiles("clinic")


def test_a_table_of_ones_own_with_columns_in_any_order_and_more_of_them(tmp_path: Path) -> None:
    lines = [f'n.n.,"finding {c + f}, of a kind",{f + 5}/10,condition {c}' for c in range(8) for f in range(4)]
    profiles = load_profiles(table(tmp_path, lines, header="note,Finding,FREQUENCY,condition"))
    assert profiles.name == "mine"
    assert profiles.conditions == tuple(f"condition {c}" for c in range(8))
    assert profiles.percents[0] == {0: 50, 1: 60, 2: 70, 3: 80}
    assert profiles.findings[0] == "finding 0, of a kind"


def test_a_table_at_tabs_packed_and_one_of_objects_are_the_same(tmp_path: Path) -> None:
    plain = load_profiles(table(tmp_path, LINES))
    packed = tmp_path / "packed.tsv.gz"
    packed.write_bytes(gzip.compress("\n".join(["condition,finding,frequency", *LINES]).replace(",", "\t").encode()))
    objects = tmp_path / "objects.jsonl"
    split = [line.split(",") for line in LINES]
    objects.write_text("".join(json.dumps({"condition": c, "finding": f, "frequency": float(p)}) + "\n" for c, f, p in split))
    assert plain.percents == load_profiles(str(packed)).percents == load_profiles(str(objects)).percents
    assert plain.findings == load_profiles(str(packed)).findings == load_profiles(str(objects)).findings


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    place = table(tmp_path, LINES)
    before = load_profiles(place)
    table(tmp_path, [*LINES, "condition 0,one more finding,0.9"])
    assert len(load_profiles(place).findings) == len(before.findings) + 1


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("0.9", 90),
        ("90%", 90),
        ("90 %", 90),
        ("9/10", 90),
        ("1", 100),
        ("0", 0),
        ("Very frequent", 90),
        ("obligate", 100),
        ("5e-1", 50),
        (".5", 50),
    ],
)
def test_a_frequency_in_each_form(text: str, percent: int) -> None:
    assert percent_of(text, "here") == percent


@pytest.mark.parametrize(
    "text", ["90", "1.5", "-0.1", "often", "nan", "inf", "9/0", "11/10", "101%", "1e999", ".", "", "٣", "1_0", "0.5.5", "9" * 400]
)
def test_what_is_no_frequency(text: str) -> None:
    with pytest.raises(UserError, match=r"mine\.csv:7: frequency .* is no share; write"):
        percent_of(text, "mine.csv:7")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("condition 0,finding 9", r"mine\.csv:34: 2 fields where the header has 3"),
        ("condition 0,finding 9,often", r"mine\.csv:34: frequency 'often' is no share"),
        ("condition 0,,0.5", r"mine\.csv:34: 'finding' is empty"),
        ('condition 0,"finding', r"mine\.csv:3[45]: "),
    ],
)
def test_what_is_wrong_with_a_line(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_profiles(table(tmp_path, [*LINES, line]))


def test_a_missing_column_names_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no column 'frequency'; its columns are condition, finding, how often"):
        load_profiles(table(tmp_path, LINES, header="condition,finding,how often"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r":1: no JSON"),
        ("[1]", r":1: a JSON list"),
        ("[" * 100_000, r":1: no JSON"),
        ('{"condition": "a", "finding": "b"}', r":1: no 'frequency'"),
        ('{"condition": "a", "finding": ["b"], "frequency": 1}', r":1: 'finding' is neither text nor a number"),
        ('{"condition": "a", "finding": "b", "frequency": true}', r":1: 'frequency' is neither text nor a number"),
        ('{"condition": "a", "finding": "b", "frequency": NaN}', r":1: frequency 'nan' is no share"),
    ],
)
def test_what_is_wrong_with_an_object(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        load_profiles(str(file))


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file or folder"):
        load_profiles(str(tmp_path / "nowhere.csv"))
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(UserError, match="no column"):
        load_profiles(str(tmp_path / "empty.csv"))
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"condition,finding,frequency\n" * 1000)[:-20])
    with pytest.raises(UserError, match=r"cut\.csv\.gz"):
        load_profiles(str(tmp_path / "cut.csv.gz"))
    (tmp_path / "latin.csv").write_bytes("condition,finding,frequency\nMénière,x,0.5\n".encode("latin-1"))
    with pytest.raises(UserError, match="not UTF-8"):
        load_profiles(str(tmp_path / "latin.csv"))


def test_one_line_without_an_end(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_bytes(b"condition,finding,frequency\n" + b"x" * (6 << 20))
    with pytest.raises(UserError, match="a line of more than 4 MB"):
        load_profiles(str(tmp_path / "long.csv"))


def graph(folder: Path, edges: list[str]) -> str:
    n = 16
    nodes = [f"DOID:{c}\tdisease\tcondition {c}\t" for c in range(8)] + [f"HP:{f}\tphenotype\tfinding {f}\t" for f in range(n + 8)]
    nodes += ["HP:0031797\tphenotype\tClinical course\t", "HP:0003577\tphenotype\tCongenital onset\t"]
    (folder / "nodes.tsv").write_text("\n".join(["id\ttype\tname\tsynonyms", *nodes, ""]))
    shown = [f"DOID:{c}\thas_phenotype\tHP:{c + f}\tmine\t{0.895 if f < 3 else 0.17}" for c in range(8) for f in range(n)]
    (folder / "edges.tsv").write_text("\n".join(["head\trelation\ttail\tsources\tfrequency", *shown, *edges, ""]))
    return str(folder)


def test_a_graph_gives_conditions_findings_and_what_is_broader(tmp_path: Path) -> None:
    place = graph(
        tmp_path,
        [
            "HP:0\tphenotype_is_a\tHP:20\tmine\t",
            "HP:20\tphenotype_is_a\tHP:0\tmine\t",
            "HP:0003577\tphenotype_is_a\tHP:0031797\tmine\t",
            "DOID:0\thas_phenotype\tHP:0003577\tmine\t1",
            "DOID:1\thas_phenotype\tHP:20\tmine\t",
            "DOID:0\tdisease_is_a\tDOID:1\tmine\t",
        ],
    )
    profiles = load_profiles(place)
    assert len(profiles.conditions) == 8
    assert "Congenital onset" not in profiles.findings
    assert profiles.percents[0][profiles.finding_number["finding 0"]] == 90
    assert profiles.percents[0][profiles.finding_number["finding 20"]] == 90, "who shows finding 0 shows what it is a kind of"
    assert profiles.percents[1][profiles.finding_number["finding 20"]] == 55, "no frequency is stated"
    assert profiles.counts["edges_to_modifiers"] == 1
    assert profiles.counts["edges_without_a_frequency_taken_as_55_percent"] == 1
    assert 1 not in profiles.nearest(0)
    assert Differentials(profiles=place, levels=(1,), asks=("likeliest",)).make(3, Split.TRAIN, 0)


def test_a_graph_without_such_edges(tmp_path: Path) -> None:
    (tmp_path / "nodes.tsv").write_text("id\tname\nA:1\ta\nB:2\tb\n")
    (tmp_path / "edges.tsv").write_text("head\trelation\ttail\nA:1\ttreats\tB:2\n")
    with pytest.raises(UserError, match="has_phenotype"):
        load_profiles(str(tmp_path))


def ddxplus(folder: Path, conditions: list[dict[str, object]]) -> str:
    evidences = [{"name": f"E_{n}", "question_en": f"Is it {n}?", "data_type": "B" if n < 30 else "C"} for n in range(40)]
    (folder / "evidences.jsonl").write_text("".join(json.dumps(each) + "\n" for each in evidences))
    (folder / "conditions.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(each) + "\n" for each in conditions).encode()))
    return str(folder)


def test_ddxplus_by_the_rule(tmp_path: Path) -> None:
    conditions: list[dict[str, object]] = [
        {"cond-name-eng": f"C {c}", "symptoms": {f"E_{c + e}": {} for e in range(5)}, "antecedents": {f"E_{c + 6}": {}, "E_35": {}}}
        for c in range(10)
    ]
    profiles = load_profiles(ddxplus(tmp_path, conditions))
    assert profiles.is_asked
    assert profiles.findings[0] == "Is it 0?"
    assert all(set(shown.values()) == {70} and len(shown) == 6 for shown in profiles.percents), "E_35 is not answered yes or no"
    with pytest.raises(UserError, match="cannot ask for 'ruled_out': no condition always shows a finding; leave it out of asks"):
        Differentials(profiles=str(tmp_path), asks=("ruled_out",)).make(1, Split.TRAIN, 0)
    with pytest.raises(UserError, match="cannot ask for 'ranked'"):
        Differentials(profiles=str(tmp_path), asks=("ranked",)).make(1, Split.TRAIN, 0)


def test_ddxplus_with_a_broken_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"conditions\.jsonl\.gz:1: 'symptoms' is no object of evidences"):
        load_profiles(ddxplus(tmp_path, [{"cond-name-eng": "C", "symptoms": ["E_1"], "antecedents": {}}]))
    with pytest.raises(UserError, match=r"conditions\.jsonl\.gz:1: no text in 'cond-name-eng'"):
        load_profiles(ddxplus(tmp_path, [{"symptoms": {"E_1": {}}, "antecedents": {}}]))


def test_a_slug_is_a_part_of_an_id() -> None:
    assert slug(Path("/data/My Table (2).csv.gz")) == "my-table-2"
    assert slug(Path("/data/._.csv")) == "profiles"
