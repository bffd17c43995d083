"""Overlay movies, film strips and OBJ files, read back by others."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from thespis.core.camera import Camera
from thespis.core.errors import ThespisError
from thespis.core.motion import Motion
from thespis.core.render.mesh import render
from thespis.core.render.obj import write_obj
from thespis.core.render.overlay import draw_overlay, write_overlay
from thespis.core.render.people import PersonFrame, person_frames, scaled_camera
from thespis.core.render.skeleton import GUESSED, SURE, confidence_colour, draw_skeleton
from thespis.core.render.strip import FilmStrip, evenly_spaced
from thespis.core.render.surface import Surface, body_surface, plain_surface
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.body.appearance import MANNEQUIN, TEXTURE, appearance_of
from thespis.models.body.load import Body, load_body, rest_shape


@pytest.fixture(scope="module")
def body() -> Body:
    return load_body("open")


@pytest.fixture(scope="module")
def surface(body: Body) -> Surface:
    return plain_surface(body.faces, body.vertex_count, (0.3, 0.4, 0.45))


def view(width: int, height: int) -> Camera:
    focal = 1.1 * height
    return Camera((width, height), (focal, focal), ((width - 1) / 2, (height - 1) / 2))


def standing(body: Body, camera: Camera, frame: int = 0, confidence: float = 1.0) -> PersonFrame:
    """The body at rest, its feet on the floor of the default camera's world."""
    vertices, joints = rest_shape(body, np.zeros(body.beta_count))
    lift = np.array([0, -float(vertices[:, 1].min()), 0])
    return PersonFrame(frame, camera.to_camera(vertices + lift), camera.to_camera(joints + lift), np.full(55, confidence))


def grey(camera: Camera, value: int = 90) -> np.ndarray:
    return np.full((camera.size[1], camera.size[0], 3), value, np.uint8)


def test_mesh_and_skeleton_lie_where_the_camera_puts_them(body: Body, surface: Surface) -> None:
    camera = view(640, 480)
    person = standing(body, camera)
    image = grey(camera)
    out = draw_overlay(image, [person], surface, camera, skeleton=False)
    assert (image == 90).all()  # the footage itself is left alone
    changed = (out != image).any(axis=2)
    points = camera.project(person.vertices)
    rows, columns = np.nonzero(changed)
    np.testing.assert_allclose([columns.min(), rows.min()], points.min(axis=0), atol=1.5)
    np.testing.assert_allclose([columns.max(), rows.max()], points.max(axis=0), atol=1.5)

    camera = view(1280, 960)
    only_bones = grey(camera)
    draw_skeleton(only_bones, person.joints, person.confidence, camera)
    for name in ("pelvis", "left_knee", "right_elbow"):
        x, y = camera.project(person.joints[JOINT_INDEX[name]]).round().astype(int)
        np.testing.assert_allclose(only_bones[y, x], SURE, atol=12)


def test_confidence_colours_the_bones_and_marks_guesses(body: Body, surface: Surface) -> None:
    assert confidence_colour(1.0) == SURE and confidence_colour(0.0) == GUESSED == confidence_colour(float("nan"))
    camera = view(320, 240)
    sure = draw_overlay(grey(camera), [standing(body, camera)], surface, camera)
    guessed = draw_overlay(grey(camera), [standing(body, camera, confidence=0.1)], surface, camera)
    assert (sure[-1] != GUESSED).any(axis=1).all()
    assert (guessed[-1] == GUESSED).all()


def test_nearer_person_covers_the_farther_whatever_the_order(body: Body, surface: Surface) -> None:
    camera = view(320, 240)
    near = standing(body, camera)
    aside = np.array([0.2, 0, 1.5])
    far = replace(near, vertices=near.vertices + aside, joints=near.joints + aside)
    one = draw_overlay(grey(camera), [near, far], surface, camera)
    two = draw_overlay(grey(camera), [far, near], surface, camera)
    np.testing.assert_array_equal(one, two)


def test_nobody_in_view_leaves_the_footage(surface: Surface) -> None:
    camera = view(320, 240)
    np.testing.assert_array_equal(draw_overlay(grey(camera), [], surface, camera), grey(camera))


@pytest.mark.parametrize(("size", "fps"), [((160, 120), Fraction(30000, 1001)), ((161, 119), Fraction(25))])
def test_overlay_movie_reads_back(tmp_path: Path, body: Body, surface: Surface, size: tuple[int, int], fps: Fraction) -> None:
    camera = view(*size)
    person = standing(body, camera)
    pictures: list[np.ndarray | None] = [grey(camera, 40 + 20 * k) for k in range(6)]
    pictures[3] = None  # a hole in the file
    told: list[int] = []
    target = tmp_path / "overlay.mp4"
    count = write_overlay(target, pictures, ([person] for _ in pictures), surface, camera, fps, told.append)
    assert count == 6 and told == [1, 2, 3, 4, 5, 6]
    assert [path.name for path in tmp_path.iterdir()] == ["overlay.mp4"]
    with av.open(str(target)) as movie:
        stream = movie.streams.video[0]
        assert (stream.width, stream.height) == (size[0] // 2 * 2, size[1] // 2 * 2)
        assert stream.average_rate == fps and stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        frames = [frame.to_ndarray(format="rgb24") for frame in movie.decode(stream)]
    assert len(frames) == 6
    for k, value in enumerate((40, 60, 80, 80, 120, 140)):
        np.testing.assert_allclose(frames[k][:8, :8].mean(), value, atol=4)
    expected = draw_overlay(grey(camera, 40), [person], surface, camera)[: frames[0].shape[0], : frames[0].shape[1]]
    assert np.abs(frames[0].astype(int) - expected).mean() < 4


def test_large_footage_is_drawn_smaller(tmp_path: Path, body: Body, surface: Surface) -> None:
    camera = view(400, 200)
    write_overlay(tmp_path / "o.mp4", [grey(camera)], [[standing(body, camera)]], surface, camera, Fraction(24), longest_side=200)
    with av.open(str(tmp_path / "o.mp4")) as movie:
        assert (movie.streams.video[0].width, movie.streams.video[0].height) == (200, 100)


def test_nothing_is_left_of_a_movie_that_fails(tmp_path: Path, surface: Surface) -> None:
    def broken() -> Iterator[np.ndarray]:
        yield grey(view(160, 120))
        raise ThespisError("the clip ended too soon")

    with pytest.raises(ThespisError):
        write_overlay(tmp_path / "o.mp4", broken(), ([] for _ in range(9)), surface, view(160, 120), Fraction(24))
    assert list(tmp_path.iterdir()) == []


def test_scaled_camera_sees_the_same(body: Body, surface: Surface) -> None:
    camera = replace(view(640, 480), distortion=(0.1, -0.05, 0.001, 0.002, 0.0))
    half = scaled_camera(camera, (320, 240))
    point = np.array([0.4, -0.3, 2.5])
    np.testing.assert_allclose((half.project(point) + 0.5) * 2, camera.project(point) + 0.5)
    person = standing(body, camera)
    large = render(person.vertices, surface, camera).full_alpha()
    small = render(person.vertices, surface, half, samples=4).full_alpha()
    averaged = large.reshape(240, 2, 320, 2).mean(axis=(1, 3))
    assert np.abs(averaged - small).max() < 0.5 and np.abs(averaged - small).mean() < 1e-3


def test_motion_is_posed_into_the_camera(body: Body) -> None:
    length = 20  # more than one portion
    poses = np.zeros((length, 55, 3))
    poses[:, JOINT_INDEX["left_elbow"], 1] = np.linspace(0, -1, length)
    trans = np.stack([np.linspace(0, 1, length), np.full(length, 1.0), np.zeros(length)], axis=1)
    motion = Motion(poses, trans, np.zeros(16), np.zeros((length, 0)), 30.0, frames=np.arange(7, 27))
    camera = view(640, 480)
    people = list(person_frames(motion, body, camera))
    assert [person.frame for person in people] == list(range(7, 27))
    _, rest = rest_shape(body, np.zeros(body.beta_count))
    for k in (0, 16, 19):
        world = camera.to_world(people[k].joints)
        np.testing.assert_allclose(world[0], rest[0] + trans[k], atol=1e-4)
        assert people[k].vertices.shape == (body.vertex_count, 3)
    bent = camera.to_world(people[-1].joints)[JOINT_INDEX["left_wrist"]] - trans[-1]
    assert bent[2] > rest[JOINT_INDEX["left_wrist"]][2] + 0.1  # the forearm came forward


def test_film_strip_shows_each_moment(tmp_path: Path, body: Body, surface: Surface) -> None:
    camera = view(321, 241)
    strip = FilmStrip(camera, surface, Fraction(24), evenly_spaced(0, 9, 4), "a take", width=1200)
    colours = {}
    for frame in range(10):
        image = grey(camera, 60 + 10 * frame)
        colours[frame] = 60 + 10 * frame
        strip.add(image, [standing(body, camera, frame, confidence=0.1 if frame == 3 else 1.0)])
    target = tmp_path / "strip.png"
    strip.write(target)
    page = cv2.imread(str(target))
    assert page is not None and page.shape[1] == 1200
    # Each of the four moments' footage is on the page, left to right.
    found = []
    for frame in (0, 3, 6, 9):
        columns = np.nonzero((page[100:140] == colours[frame]).all(axis=(0, 2)))[0]
        assert len(columns) > 100
        found.append(columns.mean())
    assert found == sorted(found)
    assert ((page == GUESSED[::-1]).all(axis=2)).any()  # the guessed frame is marked


def test_side_view_stands_on_the_ground_line(body: Body, surface: Surface) -> None:
    camera = view(320, 240)
    strip = FilmStrip(camera, surface, Fraction(24), [0], width=700)
    strip.add(grey(camera), [standing(body, camera)])
    page = strip.picture()
    side = page[int(page.shape[0] * 0.78) : -26, 30:-30].astype(int)
    floor = np.array((205, 209, 212))
    ground = np.nonzero((side[:, 3] == floor).all(axis=1))[0].min()
    body_rows = np.nonzero((side.sum(axis=2) < 480).sum(axis=1) > 3)[0]  # darker than floor, stage and shadow
    assert abs(body_rows.max() - ground) < 10


def test_evenly_spaced_never_repeats() -> None:
    assert evenly_spaced(0, 9, 4) == [0, 3, 6, 9]
    assert evenly_spaced(5, 6, 8) == [5, 6]
    assert evenly_spaced(5, 5, 8) == [5]


def test_obj_reads_back(tmp_path: Path, body: Body) -> None:
    vertices, _ = rest_shape(body, np.r_[1.5, np.zeros(body.beta_count - 1)])
    for k in range(2):
        write_obj(tmp_path / f"mesh_{k:04d}.obj", vertices + k, body)
    points, uvs, faces, faces_uv, materials = [], [], [], [], []
    for line in (tmp_path / "mesh_0001.obj").read_text().splitlines():
        kind, *rest = line.split()
        if kind == "v":
            points.append([float(x) for x in rest])
        elif kind == "vt":
            uvs.append([float(x) for x in rest])
        elif kind == "usemtl":
            materials.append(rest[0])
        elif kind == "f":
            corners = [corner.split("/") for corner in rest]
            faces.append([int(c[0]) - 1 for c in corners])
            faces_uv.append([int(c[1]) - 1 for c in corners])
    np.testing.assert_allclose(points, vertices + 1, atol=1e-6)
    order = np.argsort(body.face_group, kind="stable")
    np.testing.assert_array_equal(faces, body.faces[order])
    np.testing.assert_allclose(np.array(uvs)[faces_uv], body.uv[body.faces_uv[order]], atol=1e-6)
    library = (tmp_path / "mesh.mtl").read_text()
    assert set(materials) == set(body.group_names)
    assert all(f"newmtl {name}\n" in library for name in materials)
    assert (tmp_path / TEXTURE.name).read_bytes() == TEXTURE.read_bytes() and TEXTURE.name in library
    assert len(list(tmp_path.iterdir())) == 4


def test_obj_refuses_numbers_that_are_none(tmp_path: Path, body: Body) -> None:
    with pytest.raises(ThespisError, match="not numbers"):
        write_obj(tmp_path / "mesh.obj", np.full((body.vertex_count, 3), np.nan), body)
    with pytest.raises(ThespisError, match="does not exist"):
        write_obj(tmp_path / "none" / "mesh.obj", np.zeros((body.vertex_count, 3)), body)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_body_becomes_a_mannequin(tmp_path: Path, body: Body) -> None:
    foreign = replace(body, model_id="SMPLX_NEUTRAL-0a1b2c3d", uv=None, faces_uv=None, face_group=None, group_names=())
    assert appearance_of(foreign).materials == (MANNEQUIN,) and appearance_of(foreign).texture is None
    assert body_surface(foreign).texture is None
    camera = view(160, 120)
    drawn = render(standing(body, camera).vertices, body_surface(foreign), camera)
    assert drawn.alpha.max() == 1
    write_obj(tmp_path / "mesh.obj", rest_shape(body, np.zeros(body.beta_count))[0], foreign)
    assert "vt " not in (tmp_path / "mesh.obj").read_text() and "usemtl mannequin" in (tmp_path / "mesh.obj").read_text()


def test_the_mouth_is_dark_until_it_opens(body: Body) -> None:
    mouth = body_surface(body).mouth
    assert mouth is not None and 500 < mouth.vertices.sum() < 6000
    opened = np.zeros(body.expression_count)
    opened[body.expression_names.index("jawOpen")] = 1
    closed, _ = rest_shape(body, np.zeros(body.beta_count))
    wide, _ = rest_shape(body, np.zeros(body.beta_count), opened)
    assert mouth.light(closed) < 0.25 < 0.8 < mouth.light(wide)
    # From close by: only what lies in the mouth gets darker.
    camera = view(160, 160)
    seen = (wide - rest_shape(body, np.zeros(body.beta_count))[1][JOINT_INDEX["jaw"]]) * (1, -1, -1) + np.array([0, 0, 0.6])
    surface = body_surface(body)
    dark = render(seen, surface, camera).over(grey(camera)).astype(int)
    bright = render(seen, replace(surface, mouth=None), camera).over(grey(camera)).astype(int)
    changed = (dark != bright).any(axis=2)
    assert 50 < changed.sum() < 4000 and (dark <= bright).all()
    inside = camera.project(seen[mouth.vertices])
    rows, columns = np.nonzero(changed)
    assert columns.min() > inside[:, 0].min() - 3 and columns.max() < inside[:, 0].max() + 3
    assert rows.min() > inside[:, 1].min() - 3 and rows.max() < inside[:, 1].max() + 3


def test_textured_body_is_dressed(body: Body) -> None:
    """Skin, shirt and trousers come out in their own colours where they belong."""
    camera = view(480, 480)
    person = standing(body, camera)
    drawn = render(person.vertices, body_surface(body), camera).over(grey(camera)).astype(int)

    def at(*names: str) -> np.ndarray:
        middle = np.mean([person.joints[JOINT_INDEX[name]] for name in names], axis=0)
        x, y = camera.project(middle).round().astype(int)
        return drawn[y, x]

    skin, shirt, trousers = at("left_wrist", "left_elbow"), at("spine2", "spine3"), at("left_hip", "left_knee")
    assert skin[0] > skin[2] + 20  # warm
    assert shirt[2] > shirt[0] + 10  # cool
    assert trousers.sum() < shirt.sum() - 60  # dark
