"""The data cards of notes and of entailment."""

_FACTS = """\
**Origin.** The conditions, findings, drugs and states of the teaching clinic, written for this project from common medical knowledge, in
the wordings of a closed grammar. No note is of a person, and none is taken from MEDEC or MedNLI: of these only the form is.

**Licence.** That of this project.
"""
_LIMITS = """\
**Splits.** By the findings that are present, as for the cases of the clinic: what is held out is no training case in other words.

**Limits.** The facts are simplified teaching data and no clinical reference: a sentence is wrong by the clinic's facts, and may be right in
the world. Findings, drugs and conditions are closed lists, so that all is known: a note of a hospital is longer, and much in it is open.
**For training and testing of reasoning; not for claims about medicine and not for the care of patients.**
"""

NOTES_CARD = f"""# Notes with one wrong sentence

{_FACTS}
**Form.** That of MEDEC (Ben Abacha et al., 2024, arXiv:2412.19260): five to nine numbered sentences of which at most one is wrong. Asked
is whether one is (a choice), which one (its number, -1 for none), or what belongs in it (a name). About half of the notes of the first two
are right; a right note has the same kinds of sentence as one with a mistake of its level.

**Levels.** 1: a body system or a condition that is far off. 2: a class of drug, or a drug for another system. 3: a finding that the
condition never brings, or the drug of a rival. 4: a condition that explains all findings but one. 5: a drug that the background forbids,
or a finding that another sentence says is absent.

**How they are checked.** The solver reads the text alone, finds the one condition that explains all that is present, and holds every
sentence against the facts; just one is wrong, or none.

{_LIMITS}"""

ENTAILMENTS_CARD = f"""# Entailment of a statement by a note

{_FACTS}
**Form.** That of MedNLI (Romanov and Shivade, 2018): a note and a statement that follows from it, is contradicted by it, or neither.
Every wording of a statement bears all three labels in equal turns, so that the statement alone does not tell.

**Levels.** 1: one finding that is stated, absent or not spoken of. 2: two of them in one statement. 3: what the stated condition can,
always or never brings. 4: whether a drug treats and may be given. 5: the same in the negative, and the condition has to be found.

**How they are checked.** The solver reads the text alone and works out each statement in three values (true, false, open): a finding is
true where the note states it or the condition always brings it, false where the note denies it or the condition never brings it, else open.

{_LIMITS}"""
