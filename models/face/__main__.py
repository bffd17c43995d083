"""`./dev face`: learn from rendered faces what the blendshape network's answers mean."""

import sys

from .train import main

if __name__ == "__main__":
    main(sys.argv[1:])
