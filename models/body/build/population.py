"""Draws grown people from MakeHuman's sliders: how the shape space of the open body comes about.

MakeHuman blends "macro" targets by the product of their factors (gender, age, muscle, weight, height, proportions, breast,
origin), then adds two-way sliders of single measures. The spreads below are chosen so that stature and build cover adults
(women about 1.63 m, men about 1.75 m); MakeHuman's own weight slider moves little, so a latent build (think of the body
mass index) also drives the measures of waist, hips, limbs and face that fat changes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .makehuman import MakeHuman

Array = NDArray[np.float64]

_BUILD: Final[Mapping[str, float]] = {
    "upperarm-fat": 0.40,
    "lowerarm-fat": 0.25,
    "upperleg-fat": 0.40,
    "lowerleg-fat": 0.25,
    "head-fat": 0.25,
    "neck-double": 0.20,
    "measure-waist-circ": 0.35,
    "measure-hips-circ": 0.20,
    "buttocks-volume": 0.25,
    "torso-scale-depth": 0.25,
    "hip-scale-depth": 0.25,
    "stomach-tone": -0.30,
    "measure-neck-circ": 0.15,
    "torso-scale-horiz": 0.15,
    "hip-scale-horiz": 0.15,
}
"""How far one standard deviation of the latent build moves a slider."""

_LEFT_ALONE: Final = (
    "nipple", "breast", "pregnant", "navel", "bulge", "foot-trans", "hand-trans", "valgus", "trans-out", "angle-out",
    "fingers-distance", "head-trans", "neck-trans", "hip-trans", "torso-trans", "ear-wing", "shape-tri", "genitals",
)  # fmt: skip
"""Sliders that move a part sideways, pose it, or make what few adults have."""

_LENGTHS: Final = ("length", "height", "scale-vert", "shoulder-dist", "napeto", "waistto")

_ORIGINS: Final = ("african", "asian", "caucasian")


@dataclass(frozen=True)
class Population:
    """N people as coefficients of K displacement fields of the base mesh.

    coefficients: (N, K). fields: one function a field, giving (19158, 3) metres when called (they are read one at a time).
    femininity, build: (N,) the latent variables that the shape priors and the signs of the betas refer to.
    """

    coefficients: Array
    fields: list[Callable[[], Array]]
    femininity: Array
    build: Array


def draw_population(human: MakeHuman, count: int, seed: int = 0) -> Population:
    """Draw `count` adults; the same seed gives the same people."""
    rng = np.random.default_rng(seed)
    femininity = rng.beta(0.35, 0.35, count)  # most people near one end
    build = rng.normal(0, 1, count)
    factors = {
        "gender": _two("male", "female", femininity),
        "age": _two("young", "old", np.clip(rng.beta(1.2, 2.2, count), 0, 1)),
        "muscle": _three("muscle", np.clip(rng.normal(0.45, 0.25, count), 0, 1)),
        "weight": _three("weight", np.clip(0.5 + 0.28 * build, 0, 1)),
        "height": _two("minheight", "maxheight", np.clip(rng.normal(0.37, 0.07, count), 0, 1)),
        "proportions": _two("idealproportions", "uncommonproportions", np.clip(rng.normal(0.55, 0.15, count), 0, 1)),
        "cup": _three("cup", np.clip(rng.normal(0.45, 0.2, count), 0, 1)),
        "firmness": _three("firmness", np.clip(rng.normal(0.5, 0.2, count), 0, 1)),
        "origin": dict(zip(_ORIGINS, rng.dirichlet((1, 1, 1), count).T, strict=True)),
    }
    macro = [(path, _product(factors, parts)) for path, parts in _macro_targets() if human.has_target(path)]
    columns = [amount for _, amount in macro]
    fields: list[Callable[[], Array]] = [_field(human, path) for path, _ in macro]
    for negative, positive, amount in _sliders(human, rng, build):
        columns += [np.maximum(amount, 0), np.maximum(-amount, 0)]
        fields += [_field(human, *positive), _field(human, *negative)]
    return Population(np.stack(columns, axis=1), fields, femininity, build)


def _two(low: str, high: str, value: Array) -> dict[str, Array]:
    return {low: 1 - value, high: value}


def _three(name: str, value: Array) -> dict[str, Array]:
    """Piecewise linear between the three targets at 0, 1/2 and 1."""
    low, high = np.maximum(1 - 2 * value, 0), np.maximum(2 * value - 1, 0)
    return {f"min{name}": low, f"average{name}": 1 - low - high, f"max{name}": high}


def _product(factors: Mapping[str, dict[str, Array]], parts: dict[str, str]) -> Array:
    amount: Array = np.prod([factors[factor][value] for factor, value in parts.items()], axis=0)
    return amount


def _macro_targets() -> Iterator[tuple[str, dict[str, str]]]:
    """(path, factor -> value) of every macro target of adults that MakeHuman may have."""
    genders, ages = ("male", "female"), ("young", "old")
    muscles, weights = ([f"{k}{name}" for k in ("min", "average", "max")] for name in ("muscle", "weight"))
    for gender, age in product(genders, ages):
        for origin in _ORIGINS:
            yield f"macrodetails/{origin}-{gender}-{age}", {"origin": origin, "gender": gender, "age": age}
    for gender, age, muscle, weight in product(genders, ages, muscles, weights):
        common = {"gender": gender, "age": age, "muscle": muscle, "weight": weight}
        stem = "-".join(common.values())
        yield f"macrodetails/universal-{stem}", common
        for height in ("minheight", "maxheight"):
            yield f"macrodetails/height/{stem}-{height}", common | {"height": height}
        for shape in ("idealproportions", "uncommonproportions"):
            yield f"macrodetails/proportions/{stem}-{shape}", common | {"proportions": shape}
        for cup, firmness in product(("min", "average", "max"), repeat=2):
            parts = common | {"cup": f"{cup}cup", "firmness": f"{firmness}firmness"}
            yield f"breast/{stem}-{cup}cup-{firmness}firmness", parts


def _field(human: MakeHuman, *paths: str) -> Callable[[], Array]:
    """The sum of the targets at `paths`, made exactly symmetric (MakeHuman's are so up to a few millimetres)."""

    def read() -> Array:
        total = np.sum([human.target(path) for path in paths], axis=0)
        symmetric: Array = 0.5 * (total + human.mirrored(total))
        return symmetric

    return read


def _sliders(human: MakeHuman, rng: np.random.Generator, build: Array) -> Iterator[tuple[list[str], list[str], Array]]:
    """(negative targets, positive targets, amount in [-1, 1]); left and right go together."""
    pairs: dict[str, tuple[list[str], list[str]]] = {}
    for negative, positive in human.sliders():
        name = positive.split("/")[1]
        name = name[2:] if name[:2] in ("l-", "r-") else name
        if not any(part in positive for part in _LEFT_ALONE):
            sides = pairs.setdefault(name, ([], []))
            sides[0].append(negative)
            sides[1].append(positive)
    for name in sorted(pairs):
        spread = 0.11 if any(part in name for part in _LENGTHS) else 0.07
        driven = next((amount for stem, amount in _BUILD.items() if name.startswith(stem)), 0.0)
        yield *pairs[name], np.clip(rng.normal(0, spread, len(build)) + driven * build, -1, 1)
