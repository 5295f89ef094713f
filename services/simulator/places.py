"""Addresses of the ten boroughs: real postcode districts, invented streets in made-up sectors.

An address is not a household: shared houses, flats, hostels and a refuge hold several.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from services.simulator.identifiers import Register
from services.simulator.region import street_name


class Dwelling(StrEnum):
    """What kind of place people live in."""

    HOUSE = "house"
    FLAT = "flat"
    SHARED_HOUSE = "shared_house"
    HOSTEL = "hostel"
    REFUGE = "refuge"
    NONE = "none"
    """No fixed abode."""


@dataclass(frozen=True, slots=True)
class Home:
    """An addressable place. ``room`` tells flats, and rooms of a hostel, apart."""

    dwelling: Dwelling
    locality: str
    room: str = ""
    building: str = ""
    number: str = ""
    street: str = ""
    town: str = ""
    postcode: str = ""
    uprn: str = ""


@dataclass(frozen=True, slots=True)
class Street:
    """One street and its one postcode. ``locality`` is the borough's slug."""

    locality: str
    town: str
    name: str
    postcode: str


_MANCHESTER = "M1 M4 M8 M9 M11 M12 M13 M14 M15 M16 M18 M19 M20 M21 M22 M23 M40"

DISTRICTS: dict[str, dict[str, str]] = {
    "bolton": {
        "BL1": "Bolton",
        "BL2": "Bolton",
        "BL3": "Bolton",
        "BL4": "Farnworth",
        "BL5": "Westhoughton",
        "BL6": "Horwich",
        "BL7": "Bromley Cross",
    },
    "bury": {
        "BL0": "Ramsbottom",
        "BL8": "Tottington",
        "BL9": "Bury",
        "M25": "Prestwich",
        "M26": "Radcliffe",
        "M45": "Whitefield",
    },
    "manchester": dict.fromkeys(_MANCHESTER.split(), "Manchester"),
    "oldham": {
        "OL1": "Oldham",
        "OL2": "Royton",
        "OL3": "Uppermill",
        "OL4": "Oldham",
        "OL8": "Oldham",
        "OL9": "Chadderton",
        "M35": "Failsworth",
    },
    "rochdale": {
        "OL10": "Heywood",
        "OL11": "Rochdale",
        "OL12": "Rochdale",
        "OL15": "Littleborough",
        "OL16": "Rochdale",
        "M24": "Middleton",
    },
    "salford": {
        "M3": "Salford",
        "M5": "Salford",
        "M6": "Salford",
        "M7": "Salford",
        "M27": "Swinton",
        "M28": "Worsley",
        "M30": "Eccles",
        "M38": "Little Hulton",
        "M44": "Irlam",
    },
    "stockport": {
        "SK1": "Stockport",
        "SK2": "Stockport",
        "SK3": "Stockport",
        "SK4": "Stockport",
        "SK5": "Reddish",
        "SK6": "Marple",
        "SK7": "Hazel Grove",
        "SK8": "Cheadle",
    },
    "tameside": {
        "OL5": "Mossley",
        "OL6": "Ashton-under-Lyne",
        "OL7": "Ashton-under-Lyne",
        "M34": "Denton",
        "M43": "Droylsden",
        "SK14": "Hyde",
        "SK15": "Stalybridge",
        "SK16": "Dukinfield",
    },
    "trafford": {"M31": "Partington", "M32": "Stretford", "M33": "Sale", "M41": "Urmston"},
    "wigan": {
        "WN1": "Wigan",
        "WN2": "Hindley",
        "WN3": "Wigan",
        "WN4": "Ashton-in-Makerfield",
        "WN5": "Wigan",
        "WN6": "Standish",
        "WN7": "Leigh",
        "M29": "Tyldesley",
        "M46": "Atherton",
    },
}
"""Postcode districts by borough, with the post town or the place people would name."""

LOCALITIES = tuple(DISTRICTS)
POPULATION = (30, 19, 55, 24, 22, 27, 29, 23, 24, 33)
"""Weights of the ten, in the order of ``LOCALITIES``: tens of thousands of people, about."""

SECTORS = "1234"
_UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_STREET_NAMES = (
    "Church Mill Station Park Victoria Albert Chapel Moss Bridge Queen King Stanley Derby Market"
    " Oak Ash Beech Elm Hawthorn Laurel Poplar Sycamore Rowan Lime Holly Cedar Grange Spring Meadow"
    " Brook Canal Lever Cotton Weaver Spinner Loom Foundry Colliery Nelson Wellington Clarence"
    " Gladstone Peel Cobden Bright Milton Byron Tennyson Shelley Wordsworth Windsor Balmoral"
    " Sandringham Osborne Lancaster York Chester Durham Lincoln Warwick Kendal Keswick Grasmere"
    " Coniston Ullswater Windermere Ambleside Thirlmere Buttermere Rydal Heath Hope Prospect Garden"
    " Orchard Dale Clough Higher Lower Bank Hill Manor Abbey Priory St.James St.Mary St.John"
    " Fairfield Greenfield Whitefield Bluebell Primrose Daisy Heather Ivy Rose Violet Bolton Leigh"
)
_STREET_TYPES = (
    "Street Street Street Street Street Street Road Road Road Road Road Avenue Avenue Avenue Avenue"
    " Close Close Close Drive Drive Lane Grove Crescent Terrace Court Way"
)
_BLOCKS = ("House", "Court", "Heights", "Point", "Lodge")


class Gazetteer:
    """The streets of a borough; hands out homes. ``density``: households for each street."""

    def __init__(
        self,
        rng: random.Random,
        register: Register,
        households: int,
        density: int = 12,
        *,
        wide: bool = False,
    ) -> None:
        self._rng, self._register, self._wide = rng, register, wide
        self._streets: dict[str, list[Street]] = {}
        self._taken: dict[Street, int] = {}
        units: set[str] = set()
        total = sum(POPULATION)
        for locality, share in zip(LOCALITIES, POPULATION, strict=True):
            count = max(2, round(households * share / total / density))
            self._streets[locality] = [self._street(locality, units) for _ in range(count)]
        self._institutions = {
            (locality, dwelling): [self._institution(locality, dwelling, name) for _ in range(each)]
            for locality in LOCALITIES
            for dwelling, name in (
                (Dwelling.HOSTEL, "Bridge House Hostel"),
                (Dwelling.REFUGE, "Haven House"),
            )
            for each in [max(1, households // 40_000) if wide else 1]
        }

    def house(self, locality: str) -> Home:
        """A house that nobody in the simulation has lived in, the next along its street."""
        street = self._rng.choice(self._streets[locality])
        number = self._taken[street] = self._taken.get(street, 0) + self._rng.choice((1, 1, 2, 3))
        return self._home(street, Dwelling.HOUSE, number=str(number))

    def flat(self, locality: str) -> Home:
        """A flat in a block, or 12A of a divided house."""
        street = self._rng.choice(self._streets[locality])
        number = self._taken[street] = self._taken.get(street, 0) + 1
        if self._rng.random() < 0.3:
            return self._home(street, Dwelling.FLAT, number=f"{number}{self._rng.choice('AB')}")
        block = f"{street.name.rsplit(None, 1)[0]} {_BLOCKS[number % len(_BLOCKS)]}"
        return self._home(
            street, Dwelling.FLAT, room=f"Flat {self._rng.randrange(1, 60)}", building=block
        )

    def shared_house(self, locality: str) -> Home:
        """A house whose rooms are let to people who do not live as one: no room is named."""
        home = self.house(locality)
        return self._home(
            Street(home.locality, home.town, home.street, home.postcode),
            Dwelling.SHARED_HOUSE,
            number=home.number,
        )

    def institution(self, locality: str, dwelling: Dwelling) -> Home:
        """The borough's one hostel or one refuge, or one of a region's; rooms share the address and
        the UPRN."""
        found = self._institutions[locality, dwelling]
        return found[0] if len(found) == 1 else self._rng.choice(found)

    def no_fixed_abode(self, locality: str) -> Home:
        """Nowhere, in ``locality``."""
        return Home(Dwelling.NONE, locality)

    def _home(
        self,
        street: Street,
        dwelling: Dwelling,
        *,
        number: str = "",
        room: str = "",
        building: str = "",
    ) -> Home:
        return Home(
            dwelling,
            street.locality,
            room,
            building,
            number,
            street.name,
            street.town,
            street.postcode,
            self._register.uprn(),
        )

    def _institution(self, locality: str, dwelling: Dwelling, name: str) -> Home:
        return self._home(self._rng.choice(self._streets[locality]), dwelling, building=name)

    def _street(self, locality: str, units: set[str]) -> Street:
        district, town = self._rng.choice(tuple(DISTRICTS[locality].items()))
        name = self._rng.choice(_STREET_NAMES.split()).replace(".", " ")
        if self._wide and self._rng.random() < 0.6:
            name = street_name(self._rng)
        kind = self._rng.choice(_STREET_TYPES.split())
        while True:
            unit = f"{self._rng.choice(_UNIT_LETTERS)}{self._rng.choice(_UNIT_LETTERS)}"
            postcode = f"{district} {self._rng.choice(SECTORS)}{unit}"
            if postcode not in units:
                units.add(postcode)
                return Street(locality, town, f"{name} {kind}", postcode)
