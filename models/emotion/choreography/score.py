"""Scores: performances written as text (TOML), read and checked. The format is told in ../corpus/README.md."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ....core.errors import ThespisError
from ..emotions import EMOTIONS
from .pose import Pose, pose_from
from .table import Table

CORPUS: Final = Path(__file__).resolve().parents[1] / "corpus"
SCORES: Final = CORPUS / "scores"
LIBRARY: Final = CORPUS / "library"

EASES: Final = ("smooth", "sudden", "strike", "drop", "linger")
PHASES: Final = ("anticipation", "apex", "settle")
FEET: Final = ("left", "right")


@dataclass(frozen=True)
class Effort:
    """Laban's four motion factors (Laban and Lawrence 1947), each in [-1, 1].

    weight: light to strong; time: sustained to sudden; flow: free to bound; space: indirect to direct.
    """

    weight: float = 0.0
    time: float = 0.0
    flow: float = 0.0
    space: float = 0.0


@dataclass(frozen=True)
class Phrase:
    """Key poses played one after another, perhaps several times.

    to: names of poses. times: how often at intensity 0 and at 1. seconds, hold, ease, windup: of each pose in turn, repeated
    where there are fewer than poses. phase: one of PHASES. fade: factor on the extent at each repeat. chance: in [0, 1], that the
    phrase is played. swap: phrases that stand together and have the same word may change places. above, below: intensities at
    which it is played. go: metres to the left, metres forward and degrees to the left that the performer walks or turns.
    feet: foot -> metres outward, forward, degrees of toes outward from where the foot stands at ease. stomp: a foot.
    jump: metres. together: both hands arrive at the same time.
    """

    to: tuple[str, ...]
    times: tuple[float, float] = (1, 1)
    seconds: tuple[float, ...] = (0.6,)
    hold: tuple[float, ...] = (0.2,)
    ease: tuple[str, ...] = ("smooth",)
    windup: tuple[float, ...] = (0.0,)
    phase: str = "apex"
    fade: float = 1.0
    chance: float = 1.0
    swap: str = ""
    above: float = 0.0
    below: float = 1.0
    go: tuple[float, float, float] | None = None
    feet: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    stomp: str = ""
    jump: float = 0.0
    together: bool = False


@dataclass(frozen=True)
class Score:
    """One performance: what happens to the character, and how the body tells it.

    name: "<emotion>/<scenario>". story: one sentence. bearing: the pose (trunk, head, face) that the emotion gives to standing
    itself; aftermath: its share that is left at the end. ending: seconds in which the body comes back.
    """

    name: str
    emotion: str
    scenario: str
    story: str
    effort: Effort
    bearing: Pose
    aftermath: float
    ending: float
    poses: Mapping[str, Pose]
    phrases: tuple[Phrase, ...]

    @property
    def layers(self) -> bool:
        """Whether it can be played on other motion (walking, gesturing): nothing in it needs the feet."""
        return not any(phrase.go or phrase.feet or phrase.stomp or phrase.jump for phrase in self.phrases)


def load_scores(folder: Path = SCORES) -> tuple[Score, ...]:
    """All scores under `folder`, by name. Raises ThespisError for the first that cannot be read."""
    files = sorted(folder.glob("*/*.toml"))
    if not files:
        raise ThespisError(f"{folder}: holds no scores. Choose a folder with <emotion>/<scenario>.toml files.")
    return tuple(load_score(path) for path in files)


def load_score(path: Path) -> Score:
    """Read one score. Raises ThespisError naming the file, the key and the cause."""
    top = _read(path)
    top.only(("emotion", "story", "effort", "bearing", "aftermath", "ending", "pose", "phrase"))
    emotion = top.text("emotion", among=EMOTIONS)
    poses = dict(library())
    for name in top.table("pose").values:
        poses[name] = pose_from(top.table("pose").table(name), poses)
    effort = top.table("effort")
    effort.only(tuple(Effort.__dataclass_fields__))
    phrases = top.values.get("phrase", [])
    if not isinstance(phrases, list) or not phrases:
        raise top.error("has no [[phrase]]")
    return Score(
        name=f"{emotion}/{path.stem}",
        emotion=emotion,
        scenario=path.stem,
        story=top.text("story"),
        effort=Effort(**{key: effort.number(key, -1, 1) for key in effort.values}),
        bearing=poses[top.text("bearing", "at_ease", tuple(poses))],
        aftermath=top.number("aftermath", 0, 1, 0.3),
        ending=top.number("ending", 0.3, 4, 1.2),
        poses=MappingProxyType(poses),
        phrases=tuple(_phrase(Table(p, f"{path}, phrase {k + 1}"), tuple(poses)) for k, p in enumerate(phrases)),
    )


@lru_cache(maxsize=1)
def library() -> Mapping[str, Pose]:
    """The shared postures, gestures and faces, by name."""
    poses: dict[str, Pose] = {}
    for path in sorted(LIBRARY.glob("*.toml")):
        top = _read(path)
        for name in top.values:
            if name in poses:
                raise top.error(f"'{name}' is there twice", "Give one of them another name.")
            poses[name] = pose_from(top.table(name), poses)
    return MappingProxyType(poses)


def _read(path: Path) -> Table:
    try:
        return Table(tomllib.loads(path.read_text(encoding="utf-8")), str(path))
    except FileNotFoundError:
        raise ThespisError(f"{path}: there is no such score. Check the name.") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThespisError(f"{path}: cannot be read ({error}). Mend the file; it must be TOML in UTF-8.") from None


def _phrase(table: Table, poses: tuple[str, ...]) -> Phrase:
    table.only(tuple(Phrase.__dataclass_fields__))
    times = table.numbers("times", 0, 12, (1, 1))
    feet = table.table("feet")
    feet.only(FEET)
    if not table.values.get("to"):
        raise table.error("'to' is missing: which poses?")
    above, below = table.number("above", 0, 1, 0), table.number("below", 0, 1, 1)
    if above >= below:
        raise table.error("'above' must be less than 'below'")
    return Phrase(
        to=table.texts("to", (), poses),
        times=(times[0], times[-1]),
        seconds=table.numbers("seconds", 0.08, 5, (0.6,)),
        hold=table.numbers("hold", 0, 5, (0.2,)),
        ease=table.texts("ease", ("smooth",), EASES),
        windup=table.numbers("windup", 0, 0.4, (0.0,)),
        phase=table.text("phase", "apex", PHASES),
        fade=table.number("fade", 0.3, 1.5, 1),
        chance=table.number("chance", 0, 1, 1),
        swap=table.text("swap", ""),
        above=above,
        below=below,
        go=table.triple("go", -180, 180) if "go" in table.values else None,
        feet={foot: feet.triple(foot, -60, 60) for foot in feet.values},
        stomp=table.text("stomp", "", ("", *FEET)),
        jump=table.number("jump", 0, 0.35, 0),
        together=table.flag("together", False),
    )
