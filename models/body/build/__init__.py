"""Builds the open body: a character in SMPL-X's npz format from MakeHuman's public-domain (CC0) data.

    build_open_body(wheel, out, progress)

Steps, one file each: `makehuman` reads the data, `parts` makes the mesh, `rig` joints and weights, `population` draws people,
`tpose` brings them to rest, `shape` finds the shape space, `regressor` the joints' regressor, `expression` and `hands` their
spaces, `landmarks` the named points, `write` the file. The same wheel gives the same body.
"""

from .openbody import build_open_body

__all__ = ["build_open_body"]
