"""The data card of differentials: where the percentages come from, under which licence, and what they are not for."""

from osler.clinic.differentials.levels import level_table
from osler.clinic.differentials.profiles import HIGHEST, LOWEST, UNLISTED, Profiles

_CARD = """# Differentials from {name}

{n_conditions} conditions, {n_findings} findings, {n_pairs} listed pairs.

**Origin.** {origin}

**Licence.** {licence}

**How they are made.** A condition is drawn; its rivals are among the conditions whose findings in common with it tell most (shared
information content, -log2 of the share of conditions that show a finding). Findings that are there are drawn by their frequency;
findings that are not are typical (≥ {typical} %) of a candidate. All candidates are equally likely beforehand, and findings are taken as
independent given the condition (naive Bayes). A finding that is not listed for a condition counts as {unlisted} %, "never" as
{lowest} % and "always" as {highest} %. Frequencies are rounded to whole per cent. Asked are the likeliest candidate, the one that is
ruled out (it always shows a finding that is not there), the finding that leaves the least entropy on average, and the order of all
candidates (its first entry is the key).

{levels}

Splits are by the condition that the findings were drawn from together with the findings that are there: no such combination stands in two.

**Left out or merged.** {counts}

**Limits.** An item is true by its table, and says so. Tables of annotations are incomplete: what is not listed is not thereby absent.
On 369 real cases whose condition stands in the annotations of the Human Phenotype Ontology of 2023, naive Bayes put it first among 9,543 in
12.7 %, and using what was reported absent made a related method worse (23.0 % to 11.0 %). In DDXPlus, counting the overlap of whole
profiles finds the condition in 94.6 % of its patients: only a few findings are given here, and its frequencies are set by a rule. Findings
are not independent in patients, and conditions are not equally common. **For training and testing of reasoning; not for claims about
medicine and not for the care of patients.**
"""


def card_of(profiles: Profiles) -> str:
    return _CARD.format(
        name=profiles.name,
        n_conditions=len(profiles.conditions),
        n_findings=len(profiles.findings),
        n_pairs=sum(map(len, profiles.listed)),
        origin=profiles.origin,
        licence=profiles.licence,
        typical=profiles.typical_percent,
        unlisted=UNLISTED,
        lowest=LOWEST,
        highest=HIGHEST,
        levels=level_table(),
        counts="; ".join(f"{what.replace('_', ' ')}: {n}" for what, n in profiles.counts.items()) or "nothing",
    )
