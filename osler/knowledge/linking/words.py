"""Words of a text as keys of a dictionary: small letters, one form for singular and plural, and for a noun and its adjective."""

import re
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿα-ωΑ-Ω]+(?:['’]s\b)?|[0-9]+(?:\.[0-9]+)?")
_BREAK = re.compile(r"[.;:?!]|\n\s*\n")

_NOUNS = {
    "conjunctivae": "conjunctiva",
    "vertebrae": "vertebra",
    "petechiae": "petechia",
    "metastases": "metastasis",
    "feet": "foot",
    "teeth": "tooth",
    "diagnoses": "diagnosis",
    "thromboses": "thrombosis",
    "stenoses": "stenosis",
    "bacteria": "bacterium",
    "diarrhoea": "diarrhea",
    "oedema": "edema",
    "oesophagus": "esophagus",
    "anaemia": "anemia",
    "haemorrhage": "hemorrhage",
    "leukaemia": "leukemia",
    "tumour": "tumor",
    "dyspnoea": "dyspnea",
    "faeces": "feces",
    "haematuria": "hematuria",
    "haemoptysis": "hemoptysis",
    "paediatric": "pediatric",
    "foetal": "fetal",
    "foetus": "fetus",
}
"""Plurals that no rule makes, and British spellings."""


_ADJECTIVES = {
    "cardiac": "heart",
    "pulmonary": "lung",
    "renal": "kidney",
    "hepatic": "liver",
    "gastric": "stomach",
    "cutaneous": "skin",
    "dermal": "skin",
    "cerebral": "brain",
    "ocular": "eye",
    "oral": "mouth",
    "nasal": "nose",
    "splenic": "spleen",
    "thoracic": "thorax",
    "abdominal": "abdomen",
    "vaginal": "vagina",
    "uterine": "uterus",
    "rectal": "rectum",
    "retinal": "retina",
    "corneal": "cornea",
    "conjunctival": "conjunctiva",
    "tracheal": "trachea",
    "esophageal": "esophagus",
    "duodenal": "duodenum",
    "placental": "placenta",
    "ovarian": "ovary",
    "testicular": "testis",
    "umbilical": "umbilicus",
    "aortic": "aorta",
    "bacterial": "bacterium",
    "viral": "virus",
    "diabetic": "diabetes mellitus",
    "hypertensive": "hypertension",
    "asthmatic": "asthma",
    "febrile": "fever",
    "anemic": "anemia",
    "obese": "obesity",
    "jaundiced": "jaundice",
    "edematous": "edema",
    "erythematous": "erythema",
    "tachycardic": "tachycardia",
    "hypotensive": "hypotension",
    "tachypneic": "tachypnea",
    "nauseated": "nausea",
    "nauseous": "nausea",
    "fatigued": "fatigue",
    "anxious": "anxiety",
    "pale": "pallor",
    "painful": "pain",
    "tender": "tenderness",
    "diaphoretic": "diaphoresis",
    "lethargic": "lethargy",
    "cyanotic": "cyanosis",
    "dehydrated": "dehydration",
    "wheeze": "wheezing",
    "wheezy": "wheezing",
    "numb": "numbness",
    "weak": "weakness",
    "bleed": "bleeding",
    "vomit": "vomiting",
    "vomited": "vomiting",
    "coughing": "cough",
    "confused": "confusion",
    "depressed": "depression",
    "fainted": "syncope",
    "itchy": "itching",
    "ataxic": "ataxia",
    "hypoxic": "hypoxia",
    "septic": "sepsis",
    "extremity": "limb",
    "paralyzed": "paralysis",
    "constipated": "constipation",
    "epileptic": "epilepsy",
    "cirrhotic": "cirrhosis",
    "arthritic": "arthritis",
    "hypothyroid": "hypothyroidism",
    "hyperthyroid": "hyperthyroidism",
    "alcoholic": "alcohol dependence",
}
"""The noun that an adjective stands for, where the adjective is no name itself."""


class Words(NamedTuple):
    """The words of a text in order: as keys have them, and where they stand in it."""

    text: str
    keys: list[str]
    starts: list[int]
    ends: list[int]

    def ends_sentence(self, at: int) -> bool:
        """Whether a sentence may end after word `at`."""
        between = self.text[self.ends[at] : self.starts[at + 1]]
        return between != " " and _BREAK.search(between) is not None

    def written(self, at: int) -> str:
        return self.text[self.starts[at] : self.ends[at]]


def words_of(text: str) -> Words:
    found = list(_WORD.finditer(text))
    return Words(text, [singular(match[0].lower()) for match in found], [m.start() for m in found], [m.end() for m in found])


def noun_of(key: str) -> str:
    """The key of the noun that an adjective stands for; empty where it is none."""
    return _ADJECTIVES.get(key, "")


@lru_cache(maxsize=200_000)
def singular(word: str) -> str:
    """One form for singular and plural, and for the genitive; not always a word, but the same for names and texts."""
    word = re.sub(r"['’]s$", "", word)
    if word in _NOUNS:
        return _NOUNS[word]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "tches", "nches", "xes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "as", "os")):
        return word[:-1]
    return word


def key_of(name: str) -> str:
    """The words of a name, apart by a space."""
    return " ".join(words_of(name).keys)
