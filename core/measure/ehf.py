"""EHF (Expressive Hands and Faces, Pavlakos et al. 2019): a user's own copy, fitted picture by picture and scored.

The set holds 100 pictures (NN_img.jpg or .png) of one man before one camera, and for each the mesh in SMPL-X's topology that
was registered to a scan of him (NN_align.ply, metres, in the scanner's axes). It may not be passed on, so the user points at a
folder. Each picture goes through the product's own pipeline as a clip of one frame, with the camera that the set states.

With a real SMPL-X file both sides have the same mesh: joints by the file's regressor, and PA-V2V. With the open body, whose mesh
is another, joints alone can be compared, and the truth's mesh has no regressor: elbows, wrists, knees and ankles are then the
middles of the pairs of vertices that carry MoSh++'s markers there (Mahmood et al. 2019, AMASS), and beside them stand the
vertices that the smplx package names (nose, eyes, ears, toes, heels), which both meshes have. The two bodies put these points a
centimetre or so apart, so such figures cannot be laid beside published ones.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...models.body.load import Body, load_body
from ..camera import Camera
from ..errors import ThespisError
from ..fit.fit import fit_track
from ..fit.lens import Lens
from ..footage import open_clip, read_pictures
from ..observe.observer import Observer, main_track
from ..skeleton import JOINT_INDEX
from ..terminal import TerminalProgress, print_table
from .metrics import mpjpe, pa_mpjpe, pa_v2v
from .ply import read_ply_vertices
from .posed import Posed
from .regions import regions_of
from .synthetic import pose_motion

Array = NDArray[np.floating[Any]]

PICTURES: Final = 100
SMPLX_VERTICES: Final = 10475
_FOCAL, _CENTRE = 1498.22426237, (790.263706, 578.90334)
_TURN, _PLACE = (-2.98747896, 0.01172457, -0.05704687), (-0.03609917, 0.43416458, 2.37101226)
"""The set's one camera: pixels of its pictures of 1600 x 1200; axis-angle and metres, scanner to camera."""
_SUFFIXES = (".jpg", ".jpeg", ".png")

MARKER_PAIRS: Final = {
    "left_elbow": (4302, 4363),
    "right_elbow": (7040, 7099),
    "left_wrist": (4726, 4722),
    "right_wrist": (7462, 7458),
    "left_knee": (3682, 3688),
    "right_knee": (6443, 6449),
    "left_ankle": (5882, 8892),
    "right_ankle": (8576, 8680),
}
"""Joint: the two vertices of SMPL-X's mesh to either side of it that MoSh++ puts markers on."""
_NAMED: Final = (
    *("nose", "leye", "reye", "lear", "rear"),
    *("LBigToe", "RBigToe", "LSmallToe", "RSmallToe", "LHeel", "RHeel"),
)
_BODY_JOINTS: Final = tuple(
    JOINT_INDEX[name]
    for name in (
        *("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "neck", "head"),
        *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    )
)


@dataclass(frozen=True)
class Sample:
    """One picture of the set and the mesh that is its truth."""

    picture: Path
    mesh: Path


def find_samples(folder: Path) -> list[Sample]:
    """The pictures of the set in `folder`, in order. Raises ThespisError, naming what is missing."""
    if not folder.is_dir():
        raise ThespisError(f"{folder}: there is no such folder. Give the folder of your copy of EHF.")
    pictures = sorted(
        path for path in folder.iterdir() if re.fullmatch(r"\d+_img", path.stem) and path.suffix.lower() in _SUFFIXES
    )
    if not pictures:
        raise ThespisError(f"{folder}: holds no pictures such as 01_img.jpg. Give the folder of your copy of EHF.")
    by_number = {path.stem: path for path in reversed(pictures)}  # a picture may be there as jpg and as png
    samples = [Sample(path, folder / f"{stem[:-4]}_align.ply") for stem, path in sorted(by_number.items())]
    for sample in samples:
        if not sample.mesh.is_file():
            raise ThespisError(f"{sample.mesh}: the truth of {sample.picture.name} is missing. Unpack EHF again, whole.")
    return samples


def ehf_camera(size: tuple[int, int]) -> Camera:
    """The set's camera, scanner to camera, for pictures of `size` (width, height)."""
    rotation = np.asarray(cv2.Rodrigues(np.array(_TURN))[0], np.float64)
    return Camera(size, (_FOCAL, _FOCAL), _CENTRE, rotation=rotation, translation=np.array(_PLACE), focal_known=True)


def truth_points(vertices: Array, body: Body) -> Array:
    """(19, 3) points of SMPL-X's mesh (10475, 3): the middles of the marker pairs, then the named vertices."""
    middles = [vertices[list(pair)].mean(0) for pair in MARKER_PAIRS.values()]
    return np.array(middles + [vertices[body.vertex_ids[name]] for name in _NAMED])


def fitted_points(vertices: Array, joints: Array, body: Body) -> Array:
    """(19, 3) the same points of a fitted body (V, 3), (55, 3): its joints, and its named vertices."""
    return np.array([joints[JOINT_INDEX[name]] for name in MARKER_PAIRS] + [vertices[body.vertex_ids[name]] for name in _NAMED])


def scores(fit: Posed, truth: Array, body: Body, same_mesh: bool) -> dict[str, float]:
    """Millimetres of one picture. fit: of one frame, in its own world; truth: (V, 3) mesh in the camera's frame.

    same_mesh: whether `body` has the truth's topology. Each part of PA-V2V is aligned by itself, by a similarity.
    """
    vertices = fit.seen_vertices(np.arange(body.vertex_count))
    if not same_mesh:
        points = fitted_points(vertices[0], fit.seen_joints()[0], body)[None]
        return {"PA-MPJPE": float(pa_mpjpe(points, truth_points(truth, body)[None])[0]) * 1e3}
    true_joints = np.asarray(body.J_regressor, np.float64) @ truth
    fitted_joints = np.asarray(body.J_regressor, np.float64) @ vertices[0]
    chosen = list(_BODY_JOINTS)
    regions = regions_of(body)
    apart = np.concatenate([*regions.hands, regions.head])
    rest = np.setdiff1d(np.arange(body.vertex_count), apart)

    def part(indices: NDArray[np.int64]) -> float:
        return float(pa_v2v(vertices[:, indices], truth[None, indices])[0]) * 1e3

    return {
        "PA-MPJPE": float(pa_mpjpe(fitted_joints[None, chosen], true_joints[None, chosen])[0]) * 1e3,
        "MPJPE": float(mpjpe(fitted_joints[None, chosen], true_joints[None, chosen], (0, 1))[0]) * 1e3,
        "PA-V2V": part(np.arange(body.vertex_count)),
        "body": part(rest),
        "hands": (part(regions.hands[0]) + part(regions.hands[1])) / 2,
        "head": part(regions.head),
    }


def score_ehf(folder: Path, body_file: str = "open", progress: TerminalProgress | None = None) -> list[dict[str, float]]:
    """Fit and score every picture of `folder`; an empty dict for a picture in which nobody was found.

    body_file: "open", or the user's own SMPLX_*.npz. Raises ThespisError for a folder that is not a whole EHF.
    """
    samples, body = find_samples(folder), load_body(body_file)
    observer = Observer(max_people=1)
    found = []
    with progress or TerminalProgress() as bars, bars.stage("pictures", len(samples)):
        for number, sample in enumerate(samples):
            bars.update(number)
            found.append(_score_picture(sample, body, observer, body_file != "open"))
    return found


def _score_picture(sample: Sample, body: Body, observer: Observer, same_mesh: bool) -> dict[str, float]:
    mesh = read_ply_vertices(sample.mesh)
    wanted = body.vertex_count if same_mesh else SMPLX_VERTICES
    if len(mesh) != wanted:
        raise ThespisError(
            f"{sample.mesh}: has {len(mesh)} vertices, not {wanted} as the body has. "
            "Give EHF's registered meshes, and an SMPL-X body."
        )
    clip = open_clip(sample.picture)
    camera = ehf_camera(clip.size)
    tracks = observer.observe(
        (picture.image for picture in read_pictures(clip, 0, 0) if picture.image is not None), float(clip.fps)
    )
    if not tracks:
        return {}
    lens = Lens(clip.size, camera.focal, camera.centre, camera.distortion, focal_known=True)
    result = fit_track(main_track(tracks), body, lens, float(clip.fps), device="cpu")
    vertices, joints = pose_motion(body, result.motion)
    return scores(Posed(vertices.astype(np.float32), joints, result.camera), camera.to_camera(mesh), body, same_mesh)


def main(arguments: list[str]) -> int:
    """`./dev bench --ehf DIR [--body FILE]`: print the table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="./dev bench --ehf", description="Score the fit on your own copy of EHF.")
    parser.add_argument("folder", type=Path, metavar="DIR", help="with 01_img.jpg, 01_align.ply and so on")
    parser.add_argument("--body", default="open", help="your SMPLX_NEUTRAL.npz or SMPLX_MALE.npz, for PA-V2V")
    options = parser.parse_args(arguments)
    try:
        found = score_ehf(options.folder, options.body)
    except ThespisError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    seen = [row for row in found if row]
    whole = "" if len(found) == PICTURES else f" (of EHF's {PICTURES})"
    print(f"{len(found)} pictures{whole}; a person was found in {len(seen)}. Millimetres, mean and median over these.")
    if seen:
        rows = [[name, *(f"{measure([row[name] for row in seen]):.1f}" for measure in (np.mean, np.median))] for name in seen[0]]
        print_table("EHF", ["", "mean", "median"], rows)
    if options.body == "open":
        print(
            f"PA-MPJPE is over {len(MARKER_PAIRS)} limb joints and {len(_NAMED)} named vertices; the open body puts them "
            "a centimetre or so elsewhere than SMPL-X. PA-V2V needs --body SMPLX_NEUTRAL.npz."
        )
    else:
        print("Body, hands and head are the vertices that those joints chiefly carry, each part aligned by itself.")
    return 0
