"""What the prefix of an id says: the kind of the node, and the source that states its place among its parents."""

_KINDS = {
    "disease": ("DOID", "MONDO", "OMIM", "OMIMPS", "ORPHA", "Orphanet", "DECIPHER", "ICD10CM"),
    "phenotype": ("HP", "SYMP", "MP"),
    "anatomy": ("UBERON", "CL", "FMA"),
    "drug": ("DRUGBANK", "CHEBI", "RXNORM"),
    "gene": ("HGNC", "NCBIGene", "ENSEMBL"),
    "process": ("GO",),
}
_KIND_OF = {prefix.lower(): kind for kind, prefixes in _KINDS.items() for prefix in prefixes}
_SOURCE_OF = {"DOID": "DO", "HP": "HPO"}


def kind_of(id: str) -> str:
    """As `disease` for `DOID:1`; empty where the prefix is not known."""
    return _KIND_OF.get(id.split(":", 1)[0].lower(), "") if ":" in id else ""


def is_a(kind: str) -> str:
    """The relation from a node of this kind to its parent."""
    return f"{kind}_is_a" if kind else "is_a"


def source_of(id: str) -> str:
    """The vocabulary of an id, by the name that licences know it under."""
    prefix = id.split(":", 1)[0] if ":" in id else ""
    return _SOURCE_OF.get(prefix, prefix)
