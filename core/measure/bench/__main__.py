"""`./dev bench`."""

import sys

from . import clip, fit

if __name__ == "__main__":
    sys.exit(fit.main(sys.argv[2:]) if sys.argv[1:2] == ["fit"] else clip.main(sys.argv[1:]))
