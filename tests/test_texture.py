"""The painted texture: laid out as the mesh says, the same each time, dressed where it should be."""

import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.render.texture import read_texture, to_linear
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.body.appearance import TEXTURE, appearance_of
from thespis.models.body.build.garment import THICKNESS, Garment, cloth_cover
from thespis.models.body.build.texture import paint, read_masks
from thespis.models.body.build.texture_atlas import Atlas, atlas_of
from thespis.models.body.build.texture_clothes import SHIRT, TROUSERS
from thespis.models.body.build.texture_figure import Figure
from thespis.models.body.build.texture_noise import layered_noise, noise, smooth_step
from thespis.models.body.build.texture_shadow import openness
from thespis.models.body.load import Body, load_body

SIZE = 512


@pytest.fixture(scope="module")
def body() -> Body:
    return load_body("open")


@pytest.fixture(scope="module")
def masks() -> dict[str, np.ndarray]:
    """Mask pictures like those of the wheel: empty, but for a patch of lips at a known place."""
    empty = {name: np.zeros((SIZE, SIZE)) for name in ("ears", "eyelids", "fingernails", "toenails", "inside-mouth")}
    return {**empty, "lips": np.zeros((SIZE, SIZE))}


@pytest.fixture(scope="module")
def painted(body: Body, masks: dict[str, np.ndarray]) -> np.ndarray:
    return paint(body, masks, SIZE)


@pytest.fixture(scope="module")
def atlas(body: Body) -> Atlas:
    return atlas_of(body, SIZE)


def test_each_texel_lies_on_its_face(body: Body, atlas: Atlas) -> None:
    assert len(atlas.texel) > 0.4 * SIZE**2
    np.testing.assert_allclose(atlas.weights.sum(axis=1), 1, atol=1e-5)
    # Texture coordinates mixed with the same weights give back the texel.
    uv = (body.uv[body.faces_uv[atlas.face]] * atlas.weights[:, :, None]).sum(axis=1)
    x, y = uv[:, 0] * SIZE - 0.5, (1 - uv[:, 1]) * SIZE - 0.5
    np.testing.assert_allclose(x, atlas.texel % SIZE, atol=0.05)
    np.testing.assert_allclose(y, atlas.texel // SIZE, atol=0.05)
    where = (body.v_template[body.faces[atlas.face]] * atlas.weights[:, :, None]).sum(axis=1)
    np.testing.assert_allclose(atlas.position, where, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(atlas.normal, axis=1), 1, atol=1e-6)


def test_grain_is_the_size_of_a_texel(atlas: Atlas) -> None:
    rows = np.full(SIZE * SIZE, -1)
    rows[atlas.texel] = np.arange(len(atlas.texel))
    right = rows[np.minimum(atlas.texel + 1, SIZE * SIZE - 1)]
    same = (right >= 0) & (atlas.face[right] == atlas.face) & (atlas.texel % SIZE < SIZE - 1)
    step = np.linalg.norm(atlas.position[right[same]] - atlas.position[same], axis=1)
    assert same.sum() > 1000
    assert (step <= atlas.grain[same] * 1.05 + 1e-6).all()
    assert np.median(step / atlas.grain[same]) > 0.4


def test_painting_twice_gives_the_same_bytes(body: Body, masks: dict[str, np.ndarray], painted: np.ndarray) -> None:
    assert painted.shape == (SIZE, SIZE, 3) and painted.dtype == np.uint8
    np.testing.assert_array_equal(painted, paint(body, masks, SIZE))


def test_clothes_and_skin_are_where_they_belong(body: Body, atlas: Atlas, painted: np.ndarray) -> None:
    colours = painted.reshape(-1, 3)[atlas.texel].astype(float)
    figure = Figure.of(body)

    def near(name: str, reach: float = 0.09) -> np.ndarray:
        away = np.linalg.norm(atlas.position - figure.joints[JOINT_INDEX[name]], axis=1)
        return np.median(colours[(away < reach) & (atlas.group == 0)], axis=0)

    assert np.abs(near("spine3", 0.2) - SHIRT).max() < 22
    for side in ("left", "right"):
        assert np.abs(near(f"{side}_knee") - TROUSERS).max() < 18
        wrist, foot = near(f"{side}_wrist"), near(f"{side}_foot")
        for skin in (wrist, foot):
            assert skin[0] > skin[1] + 15 > skin[2] + 15 and skin[0] > 140
    np.testing.assert_allclose(near("left_wrist"), near("right_wrist"), atol=8)


def test_eyes_have_a_dark_pupil_in_white(body: Body, atlas: Atlas, painted: np.ndarray) -> None:
    colours = painted.reshape(-1, 3)[atlas.texel].astype(float).mean(axis=1)
    for name in ("left_eye", "right_eye"):
        here = atlas.group == body.group_names.index(name)
        position = atlas.position[here]
        middle = (position.min(axis=0) + position.max(axis=0)) / 2
        away = np.linalg.norm(position[:, :2] - middle[:2], axis=1)
        front = position[:, 2] > middle[2]
        assert colours[here][front & (away < 0.004)].min() < 80
        assert colours[here][front & (away > 0.0078) & (away < 0.0095)].mean() > 190


def test_brows_are_dark_bars_above_the_eyes(body: Body, atlas: Atlas, painted: np.ndarray) -> None:
    colours = painted.reshape(-1, 3)[atlas.texel].astype(float).mean(axis=1)
    x, y = Figure.of(body).face_plane(atlas.position).T
    front = (atlas.position[:, 2] > Figure.of(body).eyes[2] - 0.01) & (atlas.group == 0)
    for sign in (1, -1):
        column = front & (np.abs(sign * x - 0.5) < 0.1)
        brow = colours[column & (np.abs(y - 0.36) < 0.05)].mean()
        forehead = colours[column & (np.abs(y - 0.75) < 0.1)].mean()
        assert brow < forehead - 50


def test_gutters_continue_the_islands(atlas: Atlas, painted: np.ndarray) -> None:
    """Filtering across an island's border must not pull in another colour."""
    covered = np.zeros((SIZE, SIZE), np.uint8)
    covered.reshape(-1)[atlas.texel] = 1
    ring = (cv2.dilate(covered, np.ones((3, 3), np.uint8)) == 1) & (covered == 0)
    rows, columns = np.nonzero(ring)
    assert len(rows) > 500
    inner = np.zeros((len(rows), 9), float) + 1e3
    for k, (dy, dx) in enumerate((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1)):
        y, x = np.clip(rows + dy, 0, SIZE - 1), np.clip(columns + dx, 0, SIZE - 1)
        difference = np.abs(painted[y, x].astype(float) - painted[rows, columns]).max(axis=1)
        inner[:, k] = np.where(covered[y, x] == 1, difference, 1e3)
    assert (inner.min(axis=1) == 0).mean() > 0.99


def test_the_kept_texture_is_small_enough_and_readable() -> None:
    assert TEXTURE.stat().st_size <= 1_500_000
    texture = read_texture(TEXTURE)
    assert texture.size == 2048 and texture.levels[-1].shape == (64, 64, 3)
    means = [to_linear(level).mean() for level in texture.levels]
    np.testing.assert_allclose(means, means[0], rtol=0.01)


def test_a_broken_texture_is_named(tmp_path: Path) -> None:
    for content in (b"", b"not a picture"):
        path = tmp_path / "broken.png"
        path.write_bytes(content)
        with pytest.raises(ThespisError, match=r"broken\.png"):
            read_texture(path)
    with pytest.raises(ThespisError, match=r"missing\.png"):
        read_texture(tmp_path / "missing.png")


def test_a_wrong_wheel_is_named(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("other/__init__.py", "")
    with pytest.raises(ThespisError, match=r"other\.whl"):
        read_masks(wheel)
    with pytest.raises(ThespisError, match=r"none\.whl"):
        read_masks(tmp_path / "none.whl")


def test_every_group_has_a_material(body: Body) -> None:
    appearance = appearance_of(body)
    assert tuple(material.name for material in appearance.materials) == body.group_names
    assert appearance.texture == TEXTURE
    roughness = {material.name: material.roughness for material in appearance.materials}
    assert roughness["left_eye"] < roughness["teeth"] < roughness["body"]


def test_noise_is_smooth_bounded_and_the_same_everywhere() -> None:
    points = np.random.default_rng(0).uniform(-50, 50, (4000, 3))
    values = noise(points, seed=3)
    assert np.abs(values).max() <= 1 and values.std() > 0.2 and abs(values.mean()) < 0.05
    assert np.abs(noise(points + 1e-4, 3) - values).max() < 2e-3
    assert np.abs(np.corrcoef(values, noise(points, seed=4))[0, 1]) < 0.1
    # Fixed numbers: another machine must paint the same picture.
    fixed = noise(np.array([[0.25, 0.5, 0.75], [-3.5, 2.25, 10.125]]), 7)
    np.testing.assert_allclose(fixed, FIXED_NOISE, atol=1e-12)
    part = layered_noise(points, 2.0, 3, 5, where=points[:, 0] > 0)
    assert (part[points[:, 0] <= 0] == 0).all()
    np.testing.assert_array_equal(part[points[:, 0] > 0], layered_noise(points, 2.0, 3, 5)[points[:, 0] > 0])


FIXED_NOISE = (0.014831688102232107, 0.05449314892157743)


def test_smooth_step_rises_and_falls() -> None:
    x = np.linspace(-1, 2, 50)
    np.testing.assert_allclose(smooth_step(x, 0, 1) + smooth_step(x, 1, 0), 1)
    assert smooth_step(np.array([-1.0, 0.5, 3.0]), 0, 1).tolist() == [0, 0.5, 1]


def test_openness_of_a_plate_under_a_roof() -> None:
    """A wide roof close above hides nearly all of the sky; without it nothing is hidden."""
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 21), np.linspace(-1, 1, 21), indexing="xy"), axis=-1).reshape(-1, 2)
    cell = np.arange(441).reshape(21, 21)
    a, b, c, d = cell[:-1, :-1].ravel(), cell[:-1, 1:].ravel(), cell[1:, :-1].ravel(), cell[1:, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])
    floor = np.column_stack([grid * 0.4, np.zeros(441)])
    roof = np.column_stack([grid, np.full(441, 0.15)])
    free = openness(floor, faces)
    covered = openness(np.concatenate([floor, roof]), np.concatenate([faces, faces + 441]))[:441]
    middle = np.linalg.norm(floor, axis=1) < 0.2
    assert free[middle].min() > 0.95
    assert covered[middle].max() < 0.25


def test_cloth_smooths_bumps_and_leaves_skin_and_girth(body: Body) -> None:
    figure = Figure.of(body)
    faces = np.asarray(body.faces, np.int64)[np.asarray(body.face_group) == body.group_names.index("body")]
    vertices = figure.vertices
    garment = Garment(figure, faces)
    cover = cloth_cover(figure)
    rng = np.random.default_rng(0)
    # A bump 2 cm wide on the belly.
    spine = figure.joint("spine2")
    belly = vertices[np.argmax(np.where(np.abs(vertices[:, 0]) + np.abs(vertices[:, 1] - spine[1]) < 0.02, vertices[:, 2], -9))]
    bump = 0.01 * np.exp(-((np.linalg.norm(vertices - belly, axis=1) / 0.01) ** 2))
    bumpy = vertices + bump[:, None] * np.array([0, 0, 1.0])
    plain, smoothed = garment.over(np.stack([vertices, bumpy]))
    assert bump.max() > 0.005
    assert np.abs((smoothed - plain)[:, 2]).max() < 0.45 * bump.max()

    bare = cover == 0
    np.testing.assert_allclose(plain[bare], vertices[bare], atol=1e-12)
    knee = figure.joint("left_knee")
    ring = (np.abs(vertices[:, 1] - knee[1]) < 0.03) & (vertices[:, 0] > 0) & (np.abs(vertices[:, 0] - knee[0]) < 0.15)
    middle = vertices[ring].mean(axis=0)
    girth = [np.linalg.norm((mesh[ring] - middle)[:, [0, 2]], axis=1).mean() for mesh in (vertices, plain)]
    assert girth[1] - girth[0] == pytest.approx(THICKNESS, abs=0.0025)

    # The smoothing is linear: a body between two others stays between them (the thickness is the normals' and almost so).
    other = vertices * (1.06, 0.97, 1.1) + rng.normal(0, 1e-4, vertices.shape)
    ends = garment.over(np.stack([vertices, other]))
    np.testing.assert_allclose(garment.over((vertices + other) / 2), ends.mean(axis=0), atol=4e-4)


def test_painting_another_build_of_the_body_works(body: Body, masks: dict[str, np.ndarray], painted: np.ndarray) -> None:
    """A slightly different mean shape is painted almost the same: the masks follow the joints."""
    taller = replace(body, v_template=(body.v_template * np.array([1.02, 1.03, 1.02])).astype(np.float32))
    again = paint(taller, masks, SIZE)
    assert np.abs(again.astype(int) - painted).mean() < 6
