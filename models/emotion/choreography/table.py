"""A table of a TOML file that knows where it stands, so that every mistake is told with its place."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ....core.errors import ThespisError


class Table:
    """values: what the table holds. place: file and table, as errors tell it."""

    def __init__(self, values: Mapping[str, Any], place: str) -> None:
        self.values, self.place = values, place

    def error(self, cause: str, advice: str = "Mend the score; the format is in the corpus's README.md.") -> ThespisError:
        """A ThespisError of one line about this table."""
        return ThespisError(f"{self.place}: {cause}. {advice}")

    def only(self, known: Sequence[str]) -> None:
        """Raise for a key that is none of `known`."""
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                raise self.error(f"'{key}' is no key here" + (f" (did you mean '{near[0]}'?)" if near else ""))

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number in [low, high]."""
        value = self.values.get(key, default)
        if value is None:
            raise self.error(f"'{key}' is missing")
        return self.within(key, value, low, high)

    def within(self, key: str, value: Any, low: float, high: float) -> float:
        """`value` as a float, when it is a number in [low, high]."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.error(f"'{key}' is {value!r}, a number from {low:g} to {high:g} was expected")
        return float(value)

    def numbers(self, key: str, low: float, high: float, default: tuple[float, ...]) -> tuple[float, ...]:
        """One number or a list of at least one, each in [low, high]."""
        value = self.values.get(key, default)
        values = value if isinstance(value, list | tuple) else [value]
        if not values:
            raise self.error(f"'{key}' is an empty list")
        return tuple(self.within(key, v, low, high) for v in values)

    def triple(self, key: str, low: float, high: float) -> tuple[float, float, float]:
        """Three numbers in [low, high]."""
        found = self.numbers(key, low, high, ())
        if len(found) != 3:
            raise self.error(f"'{key}' has {len(found)} numbers, three were expected")
        return found[0], found[1], found[2]

    def text(self, key: str, default: str | None = None, among: Sequence[str] = ()) -> str:
        """A text, one of `among` when that is given."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.error(f"'{key}' is missing" if value is None else f"'{key}' is {value!r}, a text was expected")
        if among and value not in among:
            near = difflib.get_close_matches(value, among, 1)
            hint = f" (did you mean '{near[0]}'?)" if near else f"; known are {', '.join(among)}" if len(among) < 20 else ""
            raise self.error(f"'{key}' is '{value}', which is not known{hint}")
        return value

    def texts(self, key: str, default: tuple[str, ...], among: Sequence[str] = ()) -> tuple[str, ...]:
        """One text or a list of texts."""
        value = self.values.get(key, default)
        values = value if isinstance(value, list | tuple) else [value]
        return tuple(Table({key: v}, self.place).text(key, among=among) for v in values)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"'{key}' is {value!r}, true or false was expected")
        return value

    def table(self, key: str) -> "Table":
        """A table inside this one; an empty one when it is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.error(f"'{key}' is {value!r}, a table was expected")
        return Table(value, f"{self.place}, {key}")
