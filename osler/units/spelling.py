"""Units as clinicians write them, read at a place of a text into one spelling each: "mg/dL" for "milligrams per deciliter".

Only the spellings below are read, so that no word of a text is ever handed to pint (`conversion.py`). Counted things (cells, beats,
points of a score) are no unit: "12 points" is 12, and "60 beats/min" is 60 /min. U and IU are held to be the same, as they are for
enzymes, insulin and heparin.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_TABLE = """
pg = picogram: picogram, picograms
ng = nanogram: nanogram, nanograms
µg = microgram: mcg, ug, microgram, micrograms
mg = milligram: milligram, milligrams, mgs, milligramme, milligrammes
g = gram: gm, gms, gram, grams, gramme, grammes
kg = kilogram: kilogram, kilograms, kilo, kilos, kgs
lb = pound: lbs, pound, pounds
oz = ounce: ounce, ounces
fL = femtoliter: femtoliter, femtoliters
µL = microliter: ul, mcl, microliter, microliters, microlitre, microlitres
mL = milliliter: mls, cc, milliliter, milliliters, millilitre, millilitres
dL = deciliter: deciliter, deciliters, decilitre, decilitres
L = liter: l, liter, liters, litre, litres
nm = nanometer: nanometer, nanometers
µm = micrometer: um, micron, microns, micrometer, micrometers
mm = millimeter: millimeter, millimeters, millimetre, millimetres
cm = centimeter: cms, centimeter, centimeters, centimetre, centimetres
m = meter: meter, meters, metre, metres
inch = inch: inches
ft = foot: foot, feet
pmol = picomole: picomole, picomoles
nmol = nanomole: nanomole, nanomoles
µmol = micromole: umol, mcmol, micromole, micromoles
mmol = millimole: mmols, millimole, millimoles
mol = mole: mole, moles
mEq = milliequivalent: meqs, milliequivalent, milliequivalents
Eq = equivalent: equivalents
mOsm = milliosmole: mosmol, milliosmole, milliosmoles, milliosmol, milliosmols
Osm = osmole: osmol, osmole, osmoles
µIU = microinternational_unit: uiu, µu, uu, mciu
mIU = milliinternational_unit: mu
IU = international_unit: U, u, unit, units, international unit, international units
ms = millisecond: msec, msecs, millisecond, milliseconds
s = second: sec, secs, second, seconds
min = minute: mins, minute, minutes
h = hour: hr, hrs, hour, hours
days = day: d, day
weeks = week: w, wk, wks, week
months = month: month
years = year: yr, yrs, year
pack-year = pack_year: pack-years, pack years, pack year
mmHg = millimeter_Hg: mm hg, torr, millimeters of mercury, millimetres of mercury
cmH2O = centimeter_H2O: cm h2o, cmh₂o, cm h₂o
kPa = kilopascal: kilopascal, kilopascals
°C = degree_Celsius: celsius, degree celsius, degrees celsius, degrees c, deg c, degc, °celsius, ºc, ° c, º c, ℃
°F = degree_Fahrenheit: fahrenheit, degree fahrenheit, degrees fahrenheit, degrees f, deg f, degf, °fahrenheit, ºf, ° f, º f, ℉
kcal = kilocalorie: kilocalorie, kilocalories
kJ = kilojoule: kilojoule, kilojoules
Hz = hertz: hertz
mV = millivolt: millivolt, millivolts
Gy = gray: gray
mSv = millisievert: millisievert, millisieverts
% = percent: percent, per cent, pct
tablet = tablet: tablets, tab, tabs, pill, pills
capsule = capsule: capsules
drop = drop_of_drip: drops, gtt, gtts
puff = puff: puffs
vial = vial: vials, ampoule, ampoules, ampule, ampules
1.73m² = indexed_area: 1.73 m², 1.73 m2, 1.73m2, 1.73 m^2, 1.73m^2
"""
_COUNTED = (
    "points point pts criteria criterion cells cell platelets beats beat breaths breath copies copy counts count leukocytes neutrophils"
)
_SHORTHAND = {
    "mM": "mmol/L",
    "µM": "µmol/L",
    "uM": "µmol/L",
    "nM": "nmol/L",
    "bpm": "/min",
    "BPM": "/min",
    "G/L": "10^9/L",
    "T/L": "10^12/L",
    "K/µL": "10^3/µL",
    "K/uL": "10^3/µL",
    "k/µL": "10^3/µL",
    "k/uL": "10^3/µL",
}
_BELOW = {"24 h": "days", "24h": "days", "24 hr": "days", "24hr": "days", "24 hours": "days", "100 mL": "dL", "100 ml": "dL", "100mL": "dL"}
"""What is one unit after a stroke only: "mg/24 h"."""

_EXACT: dict[str, str] = dict(_BELOW)
PINT_NAMES: dict[str, str] = {}
"""pint's name of each of our units."""
for _line in _TABLE.strip().splitlines():
    _ours, _, _rest = _line.partition(" = ")
    PINT_NAMES[_ours], _, _words = _rest.partition(": ")
    _EXACT |= dict.fromkeys((_ours, *_words.split(", ")), _ours)
_SINGLE = {f"{unit}s": unit for unit in ("day", "week", "month", "year")}
PINT_NAMES |= {unit: unit for unit in _SINGLE.values()}
_EXACT |= dict.fromkeys(_COUNTED.split(), "")
_EXACT |= {spelling.replace("µ", "μ"): ours for spelling, ours in _EXACT.items()}  # the micro sign and the Greek letter
_FOLDED = {spelling.lower(): ours for spelling, ours in _EXACT.items() if len(spelling) > 1}
"""Single letters are units only as they stand: "5 M" and "7 B" have none."""


def _either(spellings: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(spellings, key=len, reverse=True))


_ATOM = re.compile(rf"(?P<word>{_either(_EXACT)})(?![A-Za-z])(?P<power>\^?[23](?![0-9A-Za-z])|[²³])?", re.IGNORECASE)
_SHORT = re.compile(rf"(?:{_either(_SHORTHAND)})(?![A-Za-z0-9])")
_TEN = re.compile(r"(?:[x×]\s?)?10\s?(?:\^\s?(?P<plain>[0-9]{1,2})|(?P<high>[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2}))\s?")
_PER = re.compile(r"\s?/\s?|\sper\s|(?<=^)per\s", re.IGNORECASE)
_TIMES = re.compile(r"\s?[·⋅]\s?")
_HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_POWERS = {"2": "²", "3": "³", "²": "²", "³": "³"}


class Spelled(NamedTuple):
    """A unit in our spelling, empty where only counted things stand there, and where its words end."""

    unit: str
    end: int


def unit_at(text: str, at: int) -> Spelled | None:
    """The longest unit that starts at `at`. A power of ten belongs to it where it counts by volume ("× 10^9/L")."""
    if short := _SHORT.match(text, at):
        return Spelled(_SHORTHAND[short[0].replace("μ", "µ")], short.end())
    ten = _TEN.match(text, at)
    if ten is None:
        return _plain_unit(text, at)
    rest = _plain_unit(text, ten.end())
    if rest is None or not rest.unit.startswith("/"):
        return None
    return Spelled(f"10^{int(ten['plain'] or ten['high'].translate(_HIGH))}{rest.unit}", rest.end)


def _plain_unit(text: str, at: int) -> Spelled | None:
    first = _atom(text, at)
    above, end = ([first.unit], first.end) if first else ([], at)
    while first and (times := _TIMES.match(text, end)) and (more := _atom(text, times.end())):
        above, end = [*above, more.unit], more.end
    below: list[str] = []
    while (per := _PER.match(text, end)) and (more := _atom(text, per.end(), is_below=True)):
        below, end = [*below, more.unit], more.end
    if end == at:
        return None
    return Spelled("·".join(filter(None, above)) + "".join(f"/{_SINGLE.get(unit, unit)}" for unit in below if unit), end)


def _atom(text: str, at: int, *, is_below: bool = False) -> Spelled | None:
    found = _ATOM.match(text, at)
    if found is None:
        return None
    word = found["word"].replace("μ", "µ")
    ours = _EXACT.get(word, _FOLDED.get(word.lower()))
    if ours is None or (word in _BELOW and not is_below):
        return None
    if not found["power"]:
        return Spelled(ours, found.end())
    return Spelled(ours + _POWERS[found["power"][-1]], found.end()) if ours else None


@lru_cache(maxsize=1024)
def unit_named(written: str) -> str | None:
    """Our spelling of a unit that stands alone, "" for none; None where it is not known."""
    written = " ".join(written.split())
    found = unit_at(written, 0) if written else Spelled("", 0)
    return found.unit if found and found.end == len(written) else None
