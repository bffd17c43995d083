"""People in pictures that lie far apart in time: nobody can be followed, so clothes tell who is who."""

from collections.abc import Sequence
from typing import Final

from .looks import likeness
from .people import Person
from .regions import Frame, Region
from .view import ViewWatcher

_ALIKE: Final = 0.65
"""Likeness of clothes from which two who are never seen together are one person: of one clip, seen from elsewhere."""
_ONCE_ALIKE: Final = 0.3
"""The same for somebody who is in one picture only, in which somebody who is in several is not: light changes colours, too."""


class EveryPictureIsNew(ViewWatcher):
    """Takes every picture for the beginning of another shot, so that people are looked for anew in each."""

    _begun = False

    def see(self, _frame: Frame, _people: Sequence[Region]) -> bool:
        """True but for the first one."""
        begun, self._begun = self._begun, True
        return begun


def gathered(people: Sequence[Person]) -> list[Person]:
    """The same people, with those in one who are probably the same: theirs are the readings of all of them."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda one: -one.prominence):
        _join(person, kept, _ALIKE)
    often = [person for person in kept if len(person.readings) > 1]
    for person in [one for one in kept if len(one.readings) == 1]:
        if often and _join(person, often, _ONCE_ALIKE, keep=False):
            kept.remove(person)
    return kept


def _join(person: Person, others: list[Person], alike: float, keep: bool = True) -> bool:
    """Give the readings of `person` to the most similar of the others, none of whom is seen with them; else keep them beside."""
    apart = [one for one in others if not one.readings.keys() & person.readings.keys()]
    best = max(apart, key=lambda one: likeness(one.clothes, person.clothes), default=None)
    if best is not None and likeness(best.clothes, person.clothes) > alike:
        best.readings.update(person.readings)
        best.prominence += person.prominence
        return True
    if keep:
        others.append(person)
    return False
