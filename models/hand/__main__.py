"""`./dev hand`: learn from rendered hands where a hand's points lie in metres."""

import sys

from .train import main

if __name__ == "__main__":
    main(sys.argv[1:])
