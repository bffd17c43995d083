"""Rendered truth: the performer, what they do, and the clip that shows it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from thespis.core.errors import ThespisError
from thespis.core.footage import open_clip, read_pictures
from thespis.core.measure.piercing import TOUCH, PiercingTest
from thespis.core.measure.regions import regions_of
from thespis.core.measure.stage.backdrop import build_room
from thespis.core.measure.stage.cameras import View, framing_camera
from thespis.core.measure.stage.case import CLIP, TRUTH, Truth, case_in, read_truth, write_truth
from thespis.core.measure.stage.cases import PLANS, stage_cases, staged
from thespis.core.measure.stage.costume import Costume, costumed
from thespis.core.measure.stage.film import Box, Performance, Setting, film
from thespis.core.measure.stage.motions import MOTIONS
from thespis.core.measure.stage.perform import FPS, perform
from thespis.core.measure.stage.performer import ALL_BETAS, make_performer
from thespis.core.measure.stage.places import LOW, posed, sole_places, true_contacts
from thespis.core.skeleton import JOINT_INDEX
from thespis.models.body.load import Body, load_body

SMALL = (320, 180)
GREEN = Costume((0.1, 0.9, 0.1), (0.1, 0.8, 0.1))


@pytest.fixture(scope="module")
def performer() -> Body:
    return make_performer(7, (0.5, -0.5))


@pytest.fixture(scope="module")
def performances(performer: Body) -> dict[str, Performance]:
    return {name: perform(performer, script) for name, script in MOTIONS.items()}


def runs(on: np.ndarray) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.r_[0, on.astype(int), 0]))
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("seed", [1, 2, 21, 24])
def test_betas_explain_nothing_of_what_makes_the_performer(seed: int) -> None:
    """Least squares over all betas (the oracle) brings the mean shape no nearer to the performer."""
    mean, performer = load_body("open", max_betas=ALL_BETAS), make_performer(seed)
    odd = (performer.v_template.astype(np.float64) - mean.v_template).ravel()
    directions = mean.shapedirs.reshape(len(odd), -1).astype(np.float64)
    best, *_ = np.linalg.lstsq(directions, odd, rcond=None)
    assert np.abs(best).max() < 1e-3
    left = np.linalg.norm((odd - directions @ best).reshape(-1, 3), axis=1)
    assert 0.008 < left.mean() < 0.015
    assert left.max() < 0.06  # a person, not a monster


def test_performers_are_reproducible_and_different() -> None:
    one, again, other = make_performer(3), make_performer(3), make_performer(4)
    np.testing.assert_array_equal(one.v_template, again.v_template)
    assert np.linalg.norm(one.v_template - other.v_template, axis=1).mean() > 0.008
    taller = make_performer(3, (2.0,))
    assert np.ptp(taller.v_template[:, 1]) > np.ptp(one.v_template[:, 1]) + 0.05


@pytest.mark.parametrize("name", MOTIONS)
def test_soles_stand_on_the_floor_and_planted_feet_do_not_slide(
    name: str, performer: Body, performances: dict[str, Performance]
) -> None:
    shown = performances[name]
    soles = sole_places(performer, shown.poses, shown.trans)
    assert soles[..., 1].min() > -0.003
    vertices, _ = posed(performer, shown.poses, shown.trans, shown.expression)
    assert vertices[..., 1].min() > -0.008
    assert soles[..., 1].min(axis=1).max() < 0.02  # nobody floats
    contacts = true_contacts(soles, shown.fps)
    assert contacts.any(axis=1).mean() > 0.95
    for point in range(4):
        for run in runs(contacts[:, point]):
            if run.stop - run.start >= 5:
                inside = soles[run.start + 1 : run.stop - 1, point][:, [0, 2]]
                assert np.linalg.norm(inside - np.median(inside, axis=0), axis=1).max() < 0.012


@pytest.mark.parametrize("name", MOTIONS)
def test_nobody_goes_through_themselves(name: str, performer: Body, performances: dict[str, Performance]) -> None:
    shown = performances[name]
    vertices, _ = posed(performer, *(part[::8] for part in (shown.poses, shown.trans, shown.expression)))
    body = load_body("open")
    test = PiercingTest(body, regions_of(body))
    assert max(test.depth(mesh)[0] for mesh in vertices) < TOUCH


def test_walk_stops_and_stands_still_for_most_of_a_second(performer: Body, performances: dict[str, Performance]) -> None:
    shown = performances["walk"]
    _, joints = posed(performer, shown.poses, shown.trans, shown.expression)
    assert np.ptp(joints[:, 0, 2]) > 1.4
    jerk = np.linalg.norm(np.diff(joints[:, :22], 2, axis=0), axis=-1) * 1e3
    assert jerk[round(2.45 * FPS) : round(2.95 * FPS)].max() < 0.2 < jerk[: 2 * round(FPS)].max()
    soles = sole_places(performer, shown.poses, shown.trans)
    lifted = soles[:, [0, 2], 1] > 0.05
    assert [len(runs(lifted[:, foot])) for foot in range(2)] == [2, 2]  # four steps


def test_strikes_are_as_fast_as_strikes_are(performer: Body, performances: dict[str, Performance]) -> None:
    shown = performances["strike"]
    _, joints = posed(performer, shown.poses, shown.trans, shown.expression)
    speed = np.linalg.norm(np.gradient(joints[:, [20, 21]], axis=0), axis=-1) * FPS
    assert 4 < speed[:, 0].max() < 8 and 4 < speed[:, 1].max() < 8
    height = joints[:, 0, 1]
    assert height.min() < height.max() - 0.25  # the squat


def test_hand_passes_before_the_face_not_behind_it(performer: Body, performances: dict[str, Performance]) -> None:
    shown = performances["cross"]
    vertices, joints = posed(performer, shown.poses, shown.trans, shown.expression)
    camera = framing_camera(vertices[::6].reshape(-1, 3).astype(float), View(0, 1.5, 1700))
    seen = camera.to_camera(joints.astype(float))
    wrist, head = seen[:, JOINT_INDEX["right_middle1"]], seen[:, JOINT_INDEX["head"]]
    overlapping = np.linalg.norm(camera.project(wrist) - camera.project(head + (0, -0.05, 0)), axis=1) < 80
    assert len(runs(overlapping)) >= 3
    assert (wrist[overlapping, 2] < head[overlapping, 2] - 0.1).all()


def test_fingers_and_face_move_all_through_the_gestures(performances: dict[str, Performance]) -> None:
    shown = performances["gestures"]
    for hand in (slice(25, 40), slice(40, 55)):
        moved = np.abs(np.diff(shown.poses[:, hand], axis=0)).max(axis=(1, 2)) > 1e-3
        assert moved.mean() > 0.5
    assert (np.abs(np.diff(shown.expression, axis=0)).max(axis=1) > 1e-3).mean() > 0.6
    assert len(shown.expression.max(axis=0)[shown.expression.max(axis=0) > 0.5]) >= 8  # many expressions, and in full


def test_contact_means_low_and_slow() -> None:
    soles = np.zeros((30, 4, 3))
    soles[:, 1, 1] = LOW + 0.001
    soles[:, 2, 0] = np.arange(30) * 0.2 / FPS  # 0.2 m/s along the floor
    soles[15:, 3, 1] = 0.1
    contacts = true_contacts(soles, FPS)
    assert contacts[:, 0].all() and not contacts[:, 1:3].any()
    assert contacts[:13, 3].all() and not contacts[15:, 3].any()


@pytest.mark.parametrize("view", [View(30, 1.2, 900, (640, 360)), View(-60, 1.9, 1500, (360, 640), roll=5.0)])
def test_the_camera_frames_the_performance(view: View, performer: Body) -> None:
    points = performer.v_template.astype(float) + (0, 1.4, 0)
    camera = framing_camera(points, view)
    flat = camera.project(camera.to_camera(points))
    extent = np.ptp(flat, axis=0) / camera.size
    assert 0.8 * view.fill < extent.max() < view.fill + 0.01
    assert (flat >= 0).all() and (flat < camera.size).all()
    place = camera.to_world(np.zeros(3))
    assert place[1] == pytest.approx(view.height)
    np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-12)
    aside = framing_camera(points, replace(view, aside=(-0.4, 0.0)))
    assert aside.project(aside.to_camera(points))[:, 0].mean() < flat[:, 0].mean() - 0.3 * view.size[0]


def setting(performer: Body, shown: Performance, boxes: tuple[Box, ...] = (), view: View | None = None) -> Setting:
    vertices, _ = posed(performer, shown.poses, shown.trans, shown.expression)
    camera = framing_camera(vertices.reshape(-1, 3).astype(float), view or View(15, 1.4, 300, SMALL))
    return Setting(performer, costumed(performer, GREEN), camera, 5, boxes)


def short(shown: Performance, frames: int) -> Performance:
    return replace(shown, poses=shown.poses[:frames], trans=shown.trans[:frames], expression=shown.expression[:frames])


def test_the_clip_shows_the_performer_where_the_truth_says(
    tmp_path: Path, performer: Body, performances: dict[str, Performance]
) -> None:
    shown = short(performances["gestures"], 3)
    scene = setting(performer, shown)
    told: list[int] = []
    truth = film(shown, scene, tmp_path / CLIP, told.append)
    assert told == [1, 2, 3]
    clip = open_clip(tmp_path / CLIP)
    assert clip.fps == Fraction(30) and clip.size == SMALL
    pictures = [picture.image for picture in read_pictures(clip)]
    assert len(pictures) == len(truth) == 3
    empty = build_room(scene.camera, scene.room).picture.astype(int)
    flat = truth.camera.project(truth.camera.to_camera(truth.vertices[1].astype(float)))
    knees = int(truth.camera.project(truth.camera.to_camera(truth.joints[1, [4, 5]].astype(float)))[:, 1].min())
    assert pictures[1] is not None
    apart = np.abs(pictures[1].astype(int) - empty).max(axis=2)[:knees]  # the shadow lies below
    rows, columns = np.nonzero(apart > 45)
    above = flat[flat[:, 1] < knees]
    np.testing.assert_allclose(
        [columns.min(), columns.max(), rows.min()], [above[:, 0].min(), above[:, 0].max(), above[:, 1].min()], atol=2.5
    )
    inside = np.zeros(apart.shape, bool)
    places = above.round().astype(int)
    inside[np.clip(places[:, 1], 0, knees - 1), places[:, 0]] = True
    assert (apart[inside] > 20).mean() > 0.9


def test_truth_is_the_same_every_time_and_reads_back(
    tmp_path: Path, performer: Body, performances: dict[str, Performance]
) -> None:
    shown = short(performances["turn"], 2)
    scene = setting(performer, shown)
    one, two = (film(shown, scene, tmp_path / f"{k}.mp4") for k in range(2))
    assert (tmp_path / "0.mp4").read_bytes() == (tmp_path / "1.mp4").read_bytes()
    write_truth(one, tmp_path / TRUTH)
    back = case_in(tmp_path).truth()
    for name in Truth.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(back, name), getattr(two, name))
        assert not np.asarray(getattr(back, name)).dtype.hasobject
    assert back.vertices.shape == (2, performer.vertex_count, 3) and back.poses.shape == (2, 165)


def test_files_that_are_no_truth_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ThespisError, match="no such file"):
        read_truth(tmp_path / TRUTH)
    np.savez(tmp_path / TRUTH, poses=np.zeros(3))
    with pytest.raises(ThespisError, match="not the truth"):
        read_truth(tmp_path / TRUTH)


def test_obstacles_and_edges_hide_joints(tmp_path: Path, performer: Body, performances: dict[str, Performance]) -> None:
    shown = short(performances["stand"], 1)
    table = Box((-1.0, 0.0, 0.5), (1.0, 0.7, 0.7), (1.0, 0.0, 0.0))
    hidden = film(shown, setting(performer, shown, (table,), View(0, 1.4, 300, SMALL)), tmp_path / "a.mp4")
    legs = [JOINT_INDEX[f"{side}_{name}"] for side in ("left", "right") for name in ("knee", "ankle", "foot")]
    assert hidden.visible[0, legs].max() == 0 and hidden.visible[0, JOINT_INDEX["head"]] == 1
    picture = next(read_pictures(open_clip(tmp_path / "a.mp4"))).image
    knee = hidden.camera.project(hidden.camera.to_camera(hidden.joints[0, JOINT_INDEX["left_knee"]].astype(float)))
    assert picture is not None
    red = picture[tuple(knee.round().astype(int)[::-1])].astype(int)
    assert red[0] > red[1] + 80
    out = film(shown, setting(performer, shown, (), View(0, 1.4, 300, SMALL, fill=1.4, aside=(-0.5, 0.0))), tmp_path / "b.mp4")
    assert out.visible[0].min() == 0 and 0.2 < out.visible[0].mean() < 0.8
    plain = film(shown, setting(performer, shown), tmp_path / "c.mp4")
    assert plain.visible.min() == 1


def test_cases_are_rendered_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, int, int]] = []
    (case,) = stage_cases(["still"], frames=1, cache=tmp_path, progress=lambda *news: told.append(news))
    assert case.name == "still" and told == [("still", 1, 1)] and len(case.truth()) == 1
    (again,) = stage_cases(["still"], frames=1, cache=tmp_path, progress=lambda *news: told.append(news))
    assert again == case and len(told) == 1
    monkeypatch.setitem(MOTIONS, "stand", replace(MOTIONS["stand"], blinks=()))
    (other,) = stage_cases(["still"], frames=1, cache=tmp_path)
    assert other.clip != case.clip  # another motion is another case
    with pytest.raises(ThespisError, match="no such case"):
        next(stage_cases(["nobody"], cache=tmp_path))


def test_the_bench_has_what_it_is_to_show() -> None:
    assert len({plan.name for plan in PLANS}) == len(PLANS)
    sides = {motion: [plan.view.side for plan in PLANS if plan.motion == motion] for motion in ("walk", "strike", "gestures")}
    assert all(max(angles) - min(angles) > 35 for angles in sides.values())
    assert {plan.motion for plan in PLANS} == set(MOTIONS)


def test_hands_are_large_enough_to_be_seen() -> None:
    for plan in PLANS:
        shown, scene = staged(plan, frames=1)
        _, joints = posed(scene.body, shown.poses, shown.trans, shown.expression)
        wrist, tip = (joints[0, JOINT_INDEX[name]].astype(float) for name in ("left_wrist", "left_middle3"))
        depth = scene.camera.to_camera(wrist)[2]
        assert 1.25 * np.linalg.norm(tip - wrist) * scene.camera.focal[0] / depth > 45, plan.name
