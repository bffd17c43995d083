"""`./dev bench`."""

import sys

from .. import ehf
from ..emotion import bench as emotion
from . import clip, fit


def main(arguments: list[str]) -> int:
    """The bench that the first word asks for; returns the exit code."""
    doors = {"fit": fit.main, "emotion": emotion.main, "--ehf": ehf.main}
    door = doors.get(arguments[0]) if arguments else None
    return clip.main(arguments) if door is None else door(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
