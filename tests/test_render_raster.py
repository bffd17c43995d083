"""The rasteriser against ray casting, spheres and shared edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from thespis.core.camera import Camera
from thespis.core.render.mesh import render, render_mesh
from thespis.core.render.raster import rasterise
from thespis.core.render.surface import Surface, plain_surface
from thespis.core.render.texture import Texture, to_bytes, to_linear


def sphere(radius: float = 1.0, rings: int = 48) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and outward counter-clockwise faces of a ball about the origin."""
    turns = 2 * rings
    polar, azimuth = np.meshgrid(np.linspace(0, np.pi, rings + 1), np.arange(turns) * 2 * np.pi / turns, indexing="ij")
    vertices = radius * np.stack(
        [np.sin(polar) * np.cos(azimuth), np.cos(polar), np.sin(polar) * np.sin(azimuth)], axis=-1
    ).reshape(-1, 3)
    faces = []
    for i in range(rings):
        for j in range(turns):
            a, b = i * turns + j, i * turns + (j + 1) % turns
            c, d = a + turns, b + turns
            faces += [[a, b, d], [a, d, c]]
    return vertices, np.array(faces)


def ahead(distance: float) -> np.ndarray:
    """So far in front of the camera."""
    return np.array([0.0, 0.0, distance])


def camera(width: int = 320, height: int = 240, focal: float = 300.0, **other) -> Camera:
    return Camera((width, height), (focal, focal), ((width - 1) / 2, (height - 1) / 2), **other)


def cast(origin_rays: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nearest hit of each (R, 3) ray from the origin with (F, 3, 3) triangles (Moeller and Trumbore 1997).

    Returns the face (-1: none), the z of the hit, and how far inside the face it lies (smallest weight).
    """
    one, two = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    faces, depths, margins = [], [], []
    for ray in origin_rays:
        p = np.cross(ray, two)
        det = (one * p).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            inverse = np.where(np.abs(det) < 1e-14, np.nan, 1 / det)
            u = (-triangles[:, 0] * p).sum(axis=1) * inverse
            q = np.cross(-triangles[:, 0], one)
            v = (q @ ray) * inverse
            t = (two * q).sum(axis=1) * inverse
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
        if hit.any():
            face = np.flatnonzero(hit)[np.argmin(t[hit])]
            faces.append(face)
            depths.append(t[face] * ray[2])
            margins.append(min(u[face], v[face], 1 - u[face] - v[face]))
        else:
            faces.append(-1)
            depths.append(np.inf)
            margins.append(1.0)
    return np.array(faces), np.array(depths), np.array(margins)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_same_face_and_depth_as_ray_casting(seed: int) -> None:
    rng = np.random.default_rng(seed)
    # A cloud of triangles that cut through one another.
    middles = rng.uniform([-1.2, -0.9, 2.5], [1.2, 0.9, 4.0], (300, 1, 3))
    triangles = middles + rng.normal(0, 0.25, (300, 3, 3))
    view = camera()
    points = view.project(triangles.reshape(-1, 3))
    faces = np.arange(900).reshape(-1, 3)
    seen = rasterise(points, triangles.reshape(-1, 3)[:, 2], faces, view.size)
    found_face = np.full(view.size[0] * view.size[1], -1)
    found_depth = np.full(len(found_face), np.inf)
    found_face[seen.pixel], found_depth[seen.pixel] = seen.face, seen.depth
    assert len(seen.pixel) > 20_000

    chosen = rng.choice(len(found_face), 500, replace=False)
    x, y = chosen % view.size[0], chosen // view.size[0]
    rays = np.stack([(x - view.centre[0]) / view.focal[0], (y - view.centre[1]) / view.focal[1], np.ones(500)], axis=1)
    face, depth, margin = cast(rays, triangles)
    clear = margin > 1e-4
    with np.errstate(invalid="ignore"):
        near_tie = np.abs(depth - found_depth[chosen]) < 1e-4
    assert ((face == found_face[chosen]) | near_tie)[clear].all()
    hit = clear & (face >= 0)
    np.testing.assert_allclose(found_depth[chosen][hit], depth[hit], atol=2e-4)
    # The weights put the hit where the ray is.
    row = np.full(len(found_face), -1)
    row[seen.pixel] = np.arange(len(seen.pixel))
    k = row[chosen[hit]]
    where = (seen.weights[k][:, :, None] * triangles[seen.face[k]]).sum(axis=1)
    np.testing.assert_allclose(where[:, :2] / where[:, 2:], rays[hit][:, :2], atol=2e-4)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_triangles_that_share_edges_leave_no_crack_and_no_overlap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 9
    grid = np.stack(np.meshgrid(np.linspace(3, 60, n), np.linspace(3, 60, n), indexing="xy"), axis=-1)
    grid[1:-1, 1:-1] += rng.uniform(-1.5, 1.5, (n - 2, n - 2, 2))
    points = grid.reshape(-1, 2)
    cell = np.arange(n * n).reshape(n, n)
    a, b, c, d = cell[:-1, :-1].ravel(), cell[:-1, 1:].ravel(), cell[1:, :-1].ravel(), cell[1:, 1:].ravel()
    faces = np.concatenate([np.stack([a, b, d], 1), np.stack([a, d, c], 1)])
    depth = np.full(len(points), 2.0)
    covered = np.zeros(64 * 64, int)
    for face in faces:
        covered[rasterise(points, depth, face[None], (64, 64)).pixel] += 1
    expected = np.zeros((64, 64), int)
    expected[3:60, 3:60] = 1  # half-open: the right and bottom edge belong to the next
    np.testing.assert_array_equal(covered.reshape(64, 64), expected)
    together = rasterise(points, depth, faces, (64, 64))
    np.testing.assert_array_equal(together.pixel, np.flatnonzero(expected))


def test_sphere_has_the_outline_and_depth_that_geometry_says() -> None:
    vertices, faces = sphere(0.5, rings=96)
    view = camera(400, 400, 500.0)
    drawn = render(vertices + ahead(3.0), plain_surface(faces, len(vertices), (0.5, 0.5, 0.5)), view, samples=3)
    alpha = drawn.full_alpha()
    # A ball of radius r at distance d is a disc of radius f r / sqrt(d^2 - r^2).
    radius = 500 * 0.5 / np.sqrt(9 - 0.25)
    assert alpha.sum() == pytest.approx(np.pi * radius**2, rel=3e-3)
    y, x = np.mgrid[:400, :400]
    away = np.hypot(x - 199.5, y - 199.5)
    assert (alpha[away < radius - 1.2] == 1).all()
    assert (alpha[away > radius + 1.2] == 0).all()
    edge = alpha[np.abs(away - radius) < 0.6]
    assert ((edge > 0) & (edge < 1)).mean() > 0.6  # smooth, not stepped
    assert drawn.full_depth()[199, 199] == pytest.approx(2.5, abs=2e-3)


def test_back_sides_are_hidden_unless_two_sided() -> None:
    vertices = np.array([[-0.5, -0.5, 2.0], [0.5, -0.5, 2.0], [0.0, 0.5, 2.0]])
    toward, away = np.array([[0, 2, 1]]), np.array([[0, 1, 2]])
    assert render(vertices, plain_surface(toward, 3, (1, 1, 1)), camera()).alpha.sum() > 1000
    assert render(vertices, plain_surface(away, 3, (1, 1, 1)), camera()).alpha.sum() == 0
    thin = Surface(away, np.ones((1, 3)), np.full(3, 0.5), np.ones(1, bool))
    assert render(vertices, thin, camera()).alpha.sum() > 1000


def test_texture_is_perspective_correct() -> None:
    # A floor that runs away from the camera, its texture a ramp along the depth.
    near, far = 1.0, 9.0
    vertices = np.array([[-2, 0.5, near], [2, 0.5, near], [2, 0.5, far], [-2, 0.5, far]], float)
    ramp = np.broadcast_to(np.linspace(255, 0, 256)[:, None, None], (256, 256, 3)).round().astype(np.uint8)
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    surface = Surface(faces, np.ones((2, 3)), np.ones(4), np.ones(2, bool), uv, faces, Texture((ramp,)))
    plain = Surface(faces, np.full((2, 3), 0.25), np.ones(4), np.ones(2, bool))
    view = camera(400, 300, 300.0)
    textured, flat = render(vertices, surface, view), render(vertices, plain, view)
    column = 200
    for row in (180, 200, 240):
        depth = 0.5 * 300 / (row - view.centre[1])
        # v rises with depth; the picture's bottom row, black, is v = 0.
        value = np.interp((depth - near) / (far - near), [0, 1], [0, 255])
        albedo = to_linear(np.array([round(value)], np.uint8))[0]
        got = to_linear(textured.over(np.zeros((300, 400, 3), np.uint8))[row, column])
        base = to_linear(flat.over(np.zeros((300, 400, 3), np.uint8))[row, column])
        # Same light on both: the difference is the texture's alone.
        np.testing.assert_allclose(got - base, (albedo - 0.25) * _light(), atol=0.02)


def _light() -> np.ndarray:
    from thespis.core.render.light import diffuse

    return diffuse(np.array([[0.0, -1.0, 0.0]]))[0]


def test_lens_is_honoured_and_never_folds_the_outside_in() -> None:
    vertices, faces = sphere(0.2)
    surface = plain_surface(faces, len(vertices), (0.5, 0.5, 0.5))
    bent = camera(400, 400, 400.0, distortion=(-0.3, 0.0, 0.0, 0.0, 0.0))
    middle = np.array([0.8, 0.3, 2.0])
    alpha = render(vertices + middle, surface, bent).full_alpha()
    y, x = np.mgrid[:400, :400]
    centre = np.array([(x * alpha).sum(), (y * alpha).sum()]) / alpha.sum()
    np.testing.assert_allclose(centre, bent.project(middle), atol=1.5)
    # So far outside that the polynomial turns back into the picture.
    outside = np.array([3.6, 0.0, 2.0])
    assert 0 < bent.project(outside)[0] < 400
    assert render(vertices + outside, surface, bent).alpha.sum() == 0


def test_behind_the_camera_and_not_a_number_draw_nothing() -> None:
    vertices, faces = sphere(0.2)
    surface = plain_surface(faces, len(vertices), (0.5, 0.5, 0.5))
    assert render(vertices - ahead(2), surface, camera()).alpha.size == 0
    assert render(vertices * np.nan, surface, camera()).alpha.size == 0
    through = render(vertices, surface, camera())  # the camera inside the ball
    assert np.isfinite(through.alpha).all()


def test_large_pictures_drawn_in_bands_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    from thespis.core.render import mesh

    vertices, faces = sphere(0.5)
    surface = plain_surface(faces, len(vertices), (0.5, 0.3, 0.2))
    whole = render(vertices + ahead(1.4), surface, camera())
    monkeypatch.setattr(mesh, "_SAMPLES_AT_ONCE", 7 * 4 * 200)
    banded = render(vertices + ahead(1.4), surface, camera())
    np.testing.assert_allclose(banded.alpha, whole.alpha, atol=0.05)
    assert (banded.alpha != whole.alpha).mean() < 1e-3  # rounding at sample rows may differ
    assert np.abs(banded.colour.astype(int) - whole.colour).max() <= 2
    np.testing.assert_allclose(banded.depth, whole.depth, atol=1e-4)


def test_opacity_lets_the_background_through() -> None:
    vertices, faces = sphere(0.5)
    surface = plain_surface(faces, len(vertices), (0.2, 0.4, 0.6))
    background = np.full((240, 320, 3), 40, np.uint8)
    full = render_mesh(vertices + ahead(3), surface, camera(), background)
    half = render_mesh(vertices + ahead(3), surface, camera(), background, opacity=0.5)
    np.testing.assert_allclose(half[120, 160], (full[120, 160].astype(float) + 40) / 2, atol=1)
    assert (half[0, 0] == 40).all() and (background == 40).all()


def test_sizes_and_bytes() -> None:
    vertices, faces = sphere(0.5)
    picture = render_mesh(vertices + ahead(3), plain_surface(faces, len(vertices), (0.5, 0.5, 0.5)), camera(321, 179))
    assert picture.shape == (179, 321, 3) and picture.dtype == np.uint8
    every = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_bytes(to_linear(every)), every)
