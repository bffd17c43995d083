"""Convert the landmark networks again: `./dev landmarks [--cache FOLDER] [--out FOLDER]`."""

import argparse
import sys
from pathlib import Path

from ....core.errors import ThespisError
from ..files import FOLDER
from .everything import convert_all

ROOT = Path(__file__).resolve().parents[3]


def main(arguments: list[str] | None = None) -> int:
    """Parse the arguments, convert, print a line for each network. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="dev landmarks", description="Convert the landmark networks from TFLite to ONNX.")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "landmarks", help="where the packages are kept")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the .onnx files go")
    options = parser.parse_args(arguments)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        for line in convert_all(options.cache, options.out):
            print(line, flush=True)
    except ThespisError as error:
        print(f"dev landmarks: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
