"""The licences of sources: what is known of public ones, and which sources a licence rules out."""

import re
from collections.abc import Collection, Mapping

_HPO = "HPO licence: free with attribution, unmodified"
KNOWN_LICENCES: Mapping[str, str] = {
    "DO": "CC0 1.0",
    "DO-SYMP": "CC0 1.0",
    "DO-axiom": "CC0 1.0",
    "SYMP": "CC0 1.0",
    "HPO": _HPO,
    "HPOA": f"{_HPO}; the Orphanet part CC BY 4.0",
    "Hetionet": "CC0 1.0",
    "Hetionet-DaG": "CC0 1.0",
    "PharmacotherapyDB": "CC0 1.0",
    "EveryCure": "none stated",
    "SIDER": "CC BY-NC-SA 4.0",
    "DrugBank": "CC BY-NC 4.0",
    "MONDO": "CC BY 4.0",
}
"""A folder's own `licences.yaml` goes before it."""

NON_COMMERCIAL = "non-commercial"
NOT_STATED = "not stated"


def ruled_out(sources: Collection[str], licences: Mapping[str, str], unwanted: str) -> list[str]:
    """The sources whose licence is unwanted. "non-commercial": any with such a clause. "not stated": any without a licence, or with one
    that says so. Anything else: those whose licence has these words in it, "share-alike" as "SA" too."""
    return [source for source in sources if _is_unwanted(licences.get(source, ""), unwanted.lower())]


def _is_unwanted(licence: str, unwanted: str) -> bool:
    words = re.findall(r"[a-z0-9]+", licence.lower())
    if unwanted == NOT_STATED:
        return not words or words[:2] == ["none", "stated"] or words[0] == "unknown"
    joined = f" {' '.join(words)} "
    short = {NON_COMMERCIAL: "nc", "share-alike": "sa", "no-derivatives": "nd"}.get(unwanted)
    wanted = " ".join(re.findall(r"[a-z0-9]+", unwanted))
    return f" {wanted} " in joined or (short is not None and short in words) or (unwanted == NON_COMMERCIAL and "noncommercial" in words)
