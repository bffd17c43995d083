"""`./dev prior FOLDER`: learn the pose prior from motion packs."""

import sys

from ...core.errors import ThespisError
from .train import main

if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except ThespisError as error:
        print(f"prior: {error}", file=sys.stderr)
        sys.exit(2)
