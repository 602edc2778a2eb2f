"""Conversion: a number in one unit as a number in another, by pint; across mass, substance and charge where the analyte is known.

pint and its registry take most of a second to start: both wait until two different units first meet.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from osler.units.analytes import ANALYTES, HBA1C, Analyte, analyte_name
from osler.units.spelling import PINT_NAMES

if TYPE_CHECKING:
    from pint import UnitRegistry

_OWN = ("equivalent", "osmole", "international_unit", "pack_year", "indexed_area", "tablet", "capsule", "drop_of_drip", "puff", "vial")
_BRIDGED = {"[mass]", "[substance]", "[equivalent]", "[osmole]", "[international_unit]"}
_TEN = re.compile(r"10\^(\d+)(?=/)")
_POWERS = {"²": "**2", "³": "**3"}


def convert(value: float, unit: str, wanted: str, analyte: str = "") -> float | None:
    """`value` of `unit` in `wanted`, both as `spelling.unit_at` spells them; None where the one is not a measure of the other.

    `analyte` names what is measured, in any of the ways that `analytes` knows. HbA1c goes from mmol/mol to % by the NGSP's master equation,
    0.09148 x + 2.152 (Hoelzel et al., Clin Chem 2004).
    """
    name = analyte_name(analyte) if analyte else ""
    if name == HBA1C and {unit, wanted} == {"mmol/mol", "%"}:
        return 0.09148 * value + 2.152 if wanted == "%" else (value - 2.152) / 0.09148
    affine = _affine(unit, wanted, name)
    return affine[0] * value + affine[1] if affine else None


def needs_analyte(unit: str, wanted: str) -> bool:
    """Whether the two could be the same amount of something that was not named: one weighs, the other counts molecules or charges."""
    one, other = _dimensions(unit), _dimensions(wanted)
    apart = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    bridged, wanted_bridged = (sum(found.get(name, 0) for name in _BRIDGED) for found in (one, other))
    return bool(apart) and apart <= _BRIDGED and bridged == wanted_bridged


@lru_cache(maxsize=1024)
def _affine(unit: str, wanted: str, name: str) -> tuple[float, float] | None:
    """(a, b) such that a x + b is x in the wanted unit: temperatures have no common zero."""
    from pint.errors import PintError

    registry = _registry()
    for bridge in _bridges(name):
        try:
            zero, one = (_quantity(registry, x, unit) for x in (0.0, 1.0))
            low, high = ((each * bridge if bridge is not None else each).to(_pint_unit(wanted)).magnitude for each in (zero, one))
        except PintError:
            continue
        scale = _scale(wanted)
        return (high - low) / scale, low / scale
    return None


def _quantity(registry: "UnitRegistry[Any]", value: float, unit: str) -> Any:
    return registry.Quantity(value * _scale(unit), _pint_unit(unit))


def _bridges(name: str) -> Iterator[Any]:
    """What a quantity may be multiplied by without becoming an amount of something else."""
    yield None
    registry = _registry()
    analyte = ANALYTES.get(name, Analyte()) if name else Analyte()
    mass = registry.Quantity(analyte.molar_mass, "gram/mole") if analyte.molar_mass else None
    charge = registry.Quantity(analyte.valence, "equivalent/mole") if analyte.valence else None
    potency = registry.Quantity(analyte.pmol_per_miu, "picomole/milliinternational_unit") if analyte.pmol_per_miu else None
    osmotic = registry.Quantity(1.0, "osmole/mole") if name == "osmolality" else None
    for bridge in (
        mass,
        charge,
        potency,
        osmotic,
        mass / charge if mass is not None and charge is not None else None,
        potency * mass if potency is not None and mass is not None else None,
    ):
        if bridge is not None:
            yield bridge
            yield 1 / bridge


@cache
def _registry() -> "UnitRegistry[Any]":
    from pint import UnitRegistry

    registry: UnitRegistry[Any] = UnitRegistry(autoconvert_offset_to_baseunit=False)
    for name in _OWN:
        registry.define(f"{name} = [{name}]")
    return registry


def _scale(unit: str) -> float:
    ten = _TEN.match(unit)
    return 10.0 ** int(ten[1]) if ten else 1.0


@lru_cache(maxsize=1024)
def _pint_unit(unit: str) -> Any:
    above, *below = _TEN.sub("", unit).split("/")
    registry = _registry()
    made = registry.dimensionless
    for atom in filter(None, above.split("·")):
        made = made * registry.Unit(_pint_name(atom))
    for atom in below:
        made = made / registry.Unit(_pint_name(atom))
    return made


def _pint_name(atom: str) -> str:
    if atom in PINT_NAMES:
        return PINT_NAMES[atom]
    return PINT_NAMES[atom[:-1]] + _POWERS[atom[-1]]


@lru_cache(maxsize=1024)
def _dimensions(unit: str) -> dict[str, float]:
    return dict(_pint_unit(unit).dimensionality)
