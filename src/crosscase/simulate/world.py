"""The invented place that a case is: its district, town, schools, partners and people, the same in all its sources."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crosscase.simulate.bank import Bank
from crosscase.simulate.design import CaseDesign

_SCHOOLS_PER_CASE = 9
_PEOPLE_PER_CASE = 26
_NEIGHBORHOODS_PER_CASE = 6
_TITLES = ("Ms.", "Mr.", "Ms.", "Mr.", "Mrs.", "Ms.")
_CURRICULUM_SUBJECTS = ("literacy", "math", "science")


@dataclass(frozen=True)
class School:
    """A school with its principal, such as "Ms. Tran"; ``band`` is elementary or secondary."""

    name: str
    band: str
    principal: str


@dataclass(frozen=True)
class World:
    """Everything that has a name in one case."""

    district: str
    town: str
    neighborhoods: tuple[str, ...]
    superintendent: str
    partners: tuple[str, ...]
    schools: tuple[School, ...]
    people: tuple[str, ...]
    curricula: dict[str, str]


class _Supply:
    """Names in random order; when they run out they begin again, so that a study can have any number of cases."""

    def __init__(self, names: tuple[str, ...], rng: np.random.Generator) -> None:
        self._names = [names[i] for i in rng.permutation(len(names))]
        self._next = 0

    def take(self, n: int) -> list[str]:
        taken = [self._names[(self._next + i) % len(self._names)] for i in range(n)]
        self._next += n
        return taken

    def take_one(self, preferred: str | None = None) -> str:
        if preferred is not None and preferred in self._names:
            return preferred
        return self.take(1)[0]


def invent_worlds(cases: tuple[CaseDesign, ...], bank: Bank, rng: np.random.Generator) -> tuple[World, ...]:
    """A world for each case; cases share no names as long as there are enough."""
    supplies = {name: _Supply(names, rng) for name, names in bank.names.items()}
    return tuple(_invent(case, supplies, bank, rng) for case in cases)


def _invent(case: CaseDesign, supplies: dict[str, _Supply], bank: Bank, rng: np.random.Generator) -> World:
    district = supplies["networks" if case.setting == "charter" else "districts"].take_one()
    # "Marrow Bay City Schools" lies in Marrow Bay; other towns must not carry another district's name.
    home = next((town for town in bank.names["towns"] if district.startswith(town)), None)
    town = home or _town_of_its_own(supplies["towns"], bank)
    surnames = supplies["persons"].take(_PEOPLE_PER_CASE + _SCHOOLS_PER_CASE + 1)
    titled = [f"{_TITLES[int(rng.integers(len(_TITLES)))]} {name}" for name in surnames]
    names = supplies["schools"].take(_SCHOOLS_PER_CASE)
    schools = tuple(
        School(name, "secondary" if _is_secondary(name) else "elementary", titled[i]) for i, name in enumerate(names)
    )
    curricula = supplies["curricula"].take(len(_CURRICULUM_SUBJECTS))
    return World(
        district=district,
        town=town,
        neighborhoods=tuple(supplies["neighborhoods"].take(_NEIGHBORHOODS_PER_CASE)),
        superintendent=f"Dr. {surnames[-1]}",
        partners=tuple(supplies["partners"].take(1 if case.setting == "hybrid" else 2)),
        schools=schools,
        people=tuple(titled[_SCHOOLS_PER_CASE:-1]),
        curricula=dict(zip(_CURRICULUM_SUBJECTS, curricula, strict=True)),
    )


def _town_of_its_own(towns: _Supply, bank: Bank) -> str:
    for _ in bank.names["towns"]:
        town = towns.take_one()
        if not any(district.startswith(town) for district in bank.names["districts"]):
            return town
    return towns.take_one()


def _is_secondary(name: str) -> bool:
    return any(word in name for word in ("Middle", "Junior", "High"))
