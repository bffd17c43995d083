"""EHF: the mesh reader against what was written, the folder's checks, and a made-up copy through the whole pipeline."""

import re
import struct
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from thespis.core.errors import ThespisError
from thespis.core.measure.bench.__main__ import main
from thespis.core.measure.ehf import MARKER_PAIRS, SMPLX_VERTICES, ehf_camera, find_samples
from thespis.core.measure.ply import read_ply_vertices
from thespis.core.measure.synthetic import pose_motion
from thespis.core.render.mesh import render_mesh
from thespis.core.render.surface import body_surface
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.body.load import OPEN_BODY
from thespis.tests.fit_cases import gesture, open_body

SIZE = (1600, 1200)


def ply(places: np.ndarray, order: str, number: str = "float", extra: bool = False) -> bytes:
    """A mesh file with one triangle; extra: a colour after x, y and z."""
    colour = "property uchar red\n" if extra else ""
    header = (
        f"ply\nformat {order} 1.0\ncomment a test\nelement vertex {len(places)}\n"
        f"property {number} x\nproperty {number} y\nproperty {number} z\n{colour}"
        "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
    ).encode()
    if order == "ascii":
        rows = "".join(" ".join(repr(float(v)) for v in row) + (" 7" if extra else "") + "\n" for row in places)
        return header + rows.encode() + b"3 0 1 2\n"
    mark = "<" if "little" in order else ">"
    kind = mark + "3" + ("f" if number == "float" else "d") + ("B" if extra else "")
    rows = b"".join(struct.pack(kind, *row, *([7] if extra else [])) for row in places)
    return header + rows + struct.pack(mark + "Biii", 3, 0, 1, 2)


@given(
    arrays(np.float32, st.tuples(st.integers(1, 20), st.just(3)), elements=st.floats(-10, 10, width=32)),
    st.sampled_from(["ascii", "binary_little_endian", "binary_big_endian"]),
    st.sampled_from(["float", "double"]),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_vertices_come_back_from_a_mesh_file(tmp_path_factory, places, order, number, extra):
    path = tmp_path_factory.mktemp("ply") / "mesh.ply"
    path.write_bytes(ply(places, order, number, extra))
    np.testing.assert_array_equal(read_ply_vertices(path), places.astype(np.float64))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n",
        b"ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\n",
        b"ply\nformat ascii 1.0\nelement face 2\nproperty float x\nend_header\n1\n2\n",
        b"ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nend_header\n1 2\n",
        b"ply\nformat wild 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\nend_header\n1 2 3\n",
        ply(np.ones((5, 3)), "binary_little_endian")[:-40],
        ply(np.ones((5, 3)), "ascii")[:-50],
        ply(np.full((5, 3), np.nan), "binary_little_endian"),
    ],
)
def test_what_is_no_mesh_is_said_in_one_line_with_the_file(tmp_path, content):
    path = tmp_path / "01_align.ply"
    path.write_bytes(content)
    with pytest.raises(ThespisError, match=r"01_align\.ply") as caught:
        read_ply_vertices(path)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_ehf_is_said(tmp_path, capsys):
    with pytest.raises(ThespisError, match="no such folder"):
        find_samples(tmp_path / "nowhere")
    with pytest.raises(ThespisError, match="no pictures"):
        find_samples(tmp_path)
    (tmp_path / "02_img.jpg").touch()
    with pytest.raises(ThespisError, match=r"02_align\.ply.*02_img\.jpg is missing"):
        find_samples(tmp_path)
    assert main(["--ehf", str(tmp_path)]) == 2
    assert "02_align.ply" in capsys.readouterr().err


def test_a_picture_that_is_there_twice_counts_once(tmp_path):
    for name in ("02_img.png", "02_img.jpg", "02_align.ply", "02_scan.obj", "01_img.png", "01_align.ply", "notes.txt"):
        (tmp_path / name).touch()
    assert [sample.picture.name for sample in find_samples(tmp_path)] == ["01_img.png", "02_img.jpg"]


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    """Two pictures of the open body before EHF's camera; its meshes (V, 3) in the scanner's axes, and joints (55, 3)."""
    folder = tmp_path_factory.mktemp("EHF")
    camera, body = ehf_camera(SIZE), open_body()
    motion = gesture(30)
    motion = replace(motion, trans=motion.trans * 0 + [0.0, 0.8, 0.0])
    vertices, joints = pose_motion(body, motion)
    for number, frame in enumerate((5, 25), start=1):
        picture = render_mesh(camera.to_camera(vertices[frame]), body_surface(body), camera)
        cv2.imwrite(str(folder / f"{number:02d}_img.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    return folder, vertices[[5, 25]], joints[[5, 25]]


def figures(text: str) -> dict[str, float]:
    """Name and mean of the printed table's rows."""
    found = re.findall(r"│\s*([A-Za-z0-9-]+)\s*│\s*([\d.]+)\s*│\s*[\d.]+\s*│", text)
    return {name: float(mean) for name, mean in found}


def test_a_made_up_ehf_is_scored_by_joints_with_the_open_body(made_up, capsys):
    """SMPL-X's mesh is played by as many vertices of the open body, markers put about the true joints."""
    folder, vertices, joints = made_up
    for number in (1, 2):
        mesh = vertices[number - 1, :SMPLX_VERTICES].copy()
        for name, pair in MARKER_PAIRS.items():
            mesh[list(pair)] = joints[number - 1, JOINT_INDEX[name]] + np.array([[0.04], [-0.04]])
        (folder / f"{number:02d}_align.ply").write_bytes(ply(mesh, "binary_little_endian"))
    assert main(["--ehf", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "2 pictures (of EHF's 100); a person was found in 2" in said
    assert 0 < figures(said)["PA-MPJPE"] < 90


def test_a_made_up_ehf_is_scored_by_vertices_with_a_body_file(made_up, capsys, tmp_path):
    folder, vertices, _ = made_up
    for number in (1, 2):
        (folder / f"{number:02d}_align.ply").write_bytes(ply(vertices[number - 1], "ascii"))
    assert main(["--ehf", str(folder), "--body", str(OPEN_BODY)]) == 0
    found = figures(capsys.readouterr().out)
    assert set(found) == {"PA-MPJPE", "MPJPE", "PA-V2V", "body", "hands", "head"}
    assert 0 < found["hands"] < found["PA-V2V"] < 90
    assert 0 < found["head"] < 20


def test_meshes_of_another_body_are_refused(made_up, capsys):
    folder, vertices, _ = made_up
    for number in (1, 2):
        (folder / f"{number:02d}_align.ply").write_bytes(ply(vertices[number - 1, :5000], "binary_little_endian"))
    assert main(["--ehf", str(folder)]) == 2
    assert "has 5000 vertices, not 10475" in capsys.readouterr().err
