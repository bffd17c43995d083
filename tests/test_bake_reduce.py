"""Fewer keys within a stated tolerance, whatever the curves; the root apart from the pelvis; loops."""

import itertools

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from thespis.core.bake.bones import Bones, basis_matrices, pose_matrices
from thespis.core.bake.channels import COUNT, LOCATION, ROTATION, SCALE, basis_of, parts_of
from thespis.core.bake.judges import Plain, Skeleton
from thespis.core.bake.keys import all_keys, shown
from thespis.core.bake.loop import looped_parts, looped_path, looped_turns, looped_values
from thespis.core.bake.reduce import reduced
from thespis.core.bake.root import carried, find_pelvis, kept_in_place, path_of, root_above, steadied, with_root
from thespis.core.bake.slopes import end_slopes, fitted_slopes

UP = np.array([0.0, 0.0, 1.0])


def tree(rng, count=7, modes=("QUATERNION", "XYZ", "ZXY", "AXIS_ANGLE")):
    """Bones that hang from one another at random."""
    rest = np.tile(np.eye(4), (count, 1, 1))
    rest[:, :3, :3] = Rotation.random(count, random_state=int(rng.integers(1 << 30))).as_matrix()
    rest[:, :3, 3] = rng.normal(0, 0.5, (count, 3))
    parents = (-1, *(int(rng.integers(0, bone)) for bone in range(1, count)))
    return Bones(
        tuple(f"bone{n}" for n in range(count)), parents, rest, rng.uniform(0.05, 0.4, count), (True,) * count, (True,) * count,
        (False,) * count, ("FULL",) * count, tuple(rng.choice(modes) for _ in range(count)),
    )  # fmt: skip


def wandering(rng, frames, columns, rough):
    """Curves that wander, smoothly or with jumps and noise in each frame."""
    steps = rng.normal(0, 1, (frames, columns))
    smooth = np.cumsum(steadied(np.cumsum(steps, 0), 8.0), 0) / frames
    jumps = np.where(rng.random((frames, columns)) < 0.05, rng.normal(0, 0.5, (frames, columns)), 0).cumsum(0)
    return smooth + rough * (jumps + rng.normal(0, 0.02, (frames, columns)))


def take(rng, bones, frames, rough):
    values = np.zeros((frames, len(bones), COUNT))
    values[..., LOCATION] = 0.3 * wandering(rng, frames, 3 * len(bones), rough).reshape(frames, -1, 3)
    values[..., SCALE] = 1.0
    angles = wandering(rng, frames, 4 * len(bones), rough).reshape(frames, -1, 4)
    for bone, mode in enumerate(bones.rotation_modes):
        values[:, bone, ROTATION] = angles[:, bone] if mode != "QUATERNION" else 0
        if mode == "QUATERNION":
            turns = np.concatenate([np.ones((frames, 1)), angles[:, bone, :3]], 1)
            values[:, bone, ROTATION] = turns / np.linalg.norm(turns, axis=1, keepdims=True)
        elif mode != "AXIS_ANGLE":
            values[:, bone, ROTATION.stop - 1] = 0
    return values


def joints(bones, values):
    """(T, B, 2, 3) heads and tails by scipy's rotations, bone by bone."""
    seen = np.zeros((len(values), len(bones), 4, 4))
    for bone, parent in enumerate(bones.parents):
        own, mode = values[:, bone], bones.rotation_modes[bone]
        turn = own[:, ROTATION]
        if mode == "QUATERNION":
            turned = Rotation.from_quat(turn[:, [1, 2, 3, 0]])
        elif mode == "AXIS_ANGLE":
            axis = turn[:, 1:] / np.linalg.norm(turn[:, 1:], axis=1, keepdims=True)
            turned = Rotation.from_rotvec(axis * turn[:, :1])
        else:
            turned = Rotation.from_euler(mode.lower(), turn[:, ["XYZ".index(axis) for axis in mode]])
        basis = np.tile(np.eye(4), (len(values), 1, 1))
        basis[:, :3, :3] = turned.as_matrix() * own[:, None, SCALE]
        basis[:, :3, 3] = own[:, LOCATION]
        above = np.eye(4) if parent < 0 else seen[:, parent] @ np.linalg.inv(bones.rest[parent])
        seen[:, bone] = above @ bones.rest[bone] @ basis
    heads = seen[..., :3, 3]
    return np.stack([heads, heads + seen[..., :3, 1] * bones.lengths[:, None]], 2)


@settings(max_examples=25, deadline=None)
@example(34651, 41, 0.3, 2.0)  # a joint strayed most between the quarters of a frame
@given(st.integers(0, 10**6), st.integers(2, 80), st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([0.3, 2.0, 15.0]))
def test_no_joint_strays_further_than_stated_in_frames_or_between(seed, frames, rough, tolerance):
    rng = np.random.default_rng(seed)
    bones = tree(rng)
    values = take(rng, bones, frames, rough)
    bone, number = np.nonzero(np.ones((len(bones), COUNT), bool))
    flat = values[:, bone, number]
    keys = reduced(flat, bone, Skeleton(bones, values, bone, number, 1.0), tolerance)
    for part in (*rng.random(6), 0.0, 0.5):
        given = [shown(one, part).reshape(values.shape) for one in (keys, all_keys(flat, bone))]
        far = np.linalg.norm(joints(bones, given[0]) - joints(bones, given[1]), axis=-1).max() * 1000
        assert far <= tolerance, f"{part}: {far} mm"
    first, last = keys.chosen[0], keys.chosen[-1] | (np.ptp(values, axis=0).max(-1) < 1e-6)
    assert first.all() and last.all(), "the ends are as they were"


def test_a_smooth_take_needs_few_keys_and_a_still_one_just_one():
    rng = np.random.default_rng(1)
    bones = tree(rng, modes=("QUATERNION",))
    values = take(rng, bones, 200, 0.0)
    values[:, 3] = values[0, 3]
    bone, number = np.nonzero(np.ones((len(bones), COUNT), bool))
    flat = values[:, bone, number]
    keys = reduced(flat, bone, Skeleton(bones, values, bone, number, 1.0), 2.0)
    assert keys.count() < flat.size / 6
    assert keys.chosen[:, 3].sum() == 1
    finer = reduced(flat, bone, Skeleton(bones, values, bone, number, 1.0), 0.2)
    assert keys.count() < finer.count() < flat.size


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 120), st.floats(0.001, 0.2), st.sampled_from([0.0, 1.0]))
def test_values_of_shape_keys_hold_their_tolerance(seed, frames, tolerance, rough):
    rng = np.random.default_rng(seed)
    values = wandering(rng, frames, 5, rough)
    groups = np.arange(5)
    keys = reduced(values, groups, Plain(values), tolerance)
    for part in (*rng.random(8), 0.0):
        assert np.abs(shown(keys, part) - shown(all_keys(values, groups), part)).max() <= tolerance


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(4, 60))
def test_slopes_are_the_best_there_are(seed, frames):
    """Against numpy's least squares on one curve, with the small pull that decides where frames do not."""
    rng = np.random.default_rng(seed)
    values = wandering(rng, frames, 1, 0.0)
    chosen = np.zeros((frames, 1), bool)
    chosen[[0, -1]] = True
    chosen[rng.integers(0, frames, 3)] = True
    keys = np.flatnonzero(chosen)
    rows, target = [], []
    for n, (a, b) in enumerate(itertools.pairwise(keys)):
        h, rise = b - a, values[b, 0] - values[a, 0]
        for frame in range(a, b):
            u = (frame - a) / h
            row = np.zeros(len(keys))
            row[[n, n + 1]] = h * u * (1 - u) ** 2, -h * u * u * (1 - u)
            rows.append(row)
            target.append(values[frame, 0] - values[a, 0] - u * u * (3 - 2 * u) * rise)
        for end in (n, n + 1):
            weight = np.sqrt(0.02 * h**3 / 105)
            rows.append(weight * np.eye(len(keys))[end])
            target.append(weight * rise / h)
    best = np.linalg.lstsq(np.array(rows), np.array(target), rcond=None)[0]
    np.testing.assert_allclose(fitted_slopes(values, np.zeros(1, int), chosen)[keys, 0], best, atol=1e-6)


# ---- root


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([0.0, 10.0]), st.booleans())
def test_root_and_pelvis_make_up_the_world_pose(seed, turns, steady, new):
    rng = np.random.default_rng(seed)
    bones = tree(rng, modes=("QUATERNION",))
    if new:
        pelvis = 0
    else:
        pelvis = find_pelvis(bones)
        if root_above(bones, pelvis) is None:
            return
    poses = pose_matrices(bones, basis_of(take(rng, bones, 40, 0.3), bones.rotation_modes))
    path = path_of(poses[:, pelvis], bones.rest[pelvis], UP, turns, steady)
    if new:
        bones = with_root(bones, 0, "root")
        poses = np.concatenate([np.zeros_like(poses[:, :1]), poses], 1)
        pelvis, root = 1, 0
    else:
        root = root_above(bones, pelvis)
    moved = carried(bones, poses, root, pelvis, path)
    again = pose_matrices(bones, basis_matrices(bones, moved))
    np.testing.assert_allclose(again[:, pelvis:], poses[:, pelvis:], atol=1e-9)
    np.testing.assert_allclose(np.diff(path.place, axis=0) @ UP, 0, atol=1e-12)
    if steady == 0:
        under = moved[:, root] @ np.linalg.inv(bones.rest[root]) @ bones.rest[pelvis]
        np.testing.assert_allclose(under[:, :2, 3], poses[:, pelvis, :2, 3], atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.floats(-20, 20), st.floats(0, 1.2), st.integers(0, 10**6))
def test_the_heading_is_the_turn_about_the_vertical(turned, lean, seed):
    """However far it goes, whichever way the pelvis leans meanwhile."""
    rng = np.random.default_rng(seed)
    headings = np.linspace(0.3, 0.3 + turned, 100)
    axis = np.append(rng.normal(0, 1, 2), 0)
    lean = Rotation.from_rotvec(lean * axis / np.linalg.norm(axis))
    rest = np.eye(4)
    rest[:3, :3] = Rotation.random(random_state=seed).as_matrix()
    poses = np.tile(np.eye(4), (100, 1, 1))
    poses[:, :3, :3] = (Rotation.from_rotvec(headings[:, None] * UP) * lean).as_matrix() @ rest[:3, :3]
    path = path_of(poses, rest, UP, True)
    np.testing.assert_allclose(path.heading, headings, atol=1e-6)
    assert not path_of(poses, rest, UP, False).heading.any()


def test_somersaults_do_not_whirl_the_root_around():
    poses = np.tile(np.eye(4), (61, 1, 1))
    over = np.linspace(0, 2 * np.pi, 61)
    poses[:, :3, :3] = (Rotation.from_euler("z", 0.4) * Rotation.from_euler("x", over[:, None])).as_matrix()
    path = path_of(poses, np.eye(4), UP, True)
    np.testing.assert_allclose(path.heading % (2 * np.pi), 0.4, atol=1e-6)
    assert np.abs(np.diff(path.heading)).max() < 0.1


def test_in_place_keeps_heights_turns_and_sways():
    rng = np.random.default_rng(4)
    bones = tree(rng, modes=("QUATERNION",))
    poses = pose_matrices(bones, basis_of(take(rng, bones, 80, 0.0), bones.rotation_modes))
    walking = np.linspace(0, 3, 80)[:, None] * np.array([1.0, 0.5, 0])
    sway = 0.05 * np.sin(np.arange(80) / 3)[:, None] * np.array([0.5, -1.0, 0])
    poses[:, :, :3, 3] += (walking + sway)[:, None]
    still = kept_in_place(poses, path_of(poses[:, 0], bones.rest[0], UP, False))
    np.testing.assert_allclose(np.ptp(still[:, 0, :2, 3], axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(still[:, :, 2], poses[:, :, 2], atol=1e-12)
    np.testing.assert_allclose(still[:, :, :3, :3], poses[:, :, :3, :3], atol=1e-12)
    np.testing.assert_allclose(still[0], poses[0], atol=1e-12)


# ---- loops


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 90))
def test_the_last_frame_is_the_first_and_speed_goes_on_over_the_seam(seed, frames):
    rng = np.random.default_rng(seed)
    values = 3 * wandering(rng, frames, 4, 0.0)
    looped = looped_values(values, 30.0)
    np.testing.assert_allclose(looped[-1], looped[0], atol=1e-12)
    bend = np.abs(looped[1] - 2 * looped[0] + looped[-2])
    usual = np.maximum(*(np.abs(np.diff(one, n=2, axis=0)).max(0) for one in (values, looped)))
    assert (bend <= 1.2 * usual + 1e-9).all()
    turns = np.concatenate([np.ones((frames, 1)), values[:, :3]], 1)
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    turned = looped_turns(turns, 30.0)
    assert abs(turned[-1] @ turned[0]) == 1 or abs(abs(turned[-1] @ turned[0]) - 1) < 1e-12
    assert ((turned[1:] * turned[:-1]).sum(1) > 0).all(), "no jump of sign"
    told = [Rotation.from_quat(turn[[1, 2, 3, 0]]) for turn in turned]
    speeds = np.array([(b * a.inv()).as_rotvec() for a, b in itertools.pairwise(told)])
    assert np.linalg.norm(speeds[0] - speeds[-1]) <= 1.2 * np.linalg.norm(np.diff(speeds, axis=0), axis=1).max() + 1e-9


def test_what_loops_already_hardly_changes():
    time = np.linspace(0, 2 * np.pi, 61)[:, None]
    values = np.sin(time * [1, 2] + [0.3, 1.0])
    assert np.abs(looped_values(values, 30.0) - values).max() < 0.02
    end = end_slopes(values)
    np.testing.assert_allclose(end[0], end[1])


def test_a_travelling_root_goes_on_as_it_began_and_keeps_its_way():
    """It walks a curve: speeds are compared as the root itself sees them."""
    frames = np.arange(61)
    heading = 0.2 + 0.02 * frames + 0.1 * np.sin(frames / 9)
    speed = 0.03 + 0.01 * np.sin(frames / 7)
    poses = np.tile(np.eye(4), (61, 1, 1))
    poses[:, :3, :3] = Rotation.from_euler("z", heading[:, None]).as_matrix()
    poses[:, :2, 3] = np.cumsum(speed[:, None] * np.stack([np.cos(heading), np.sin(heading)], 1), 0)
    path = path_of(poses, np.eye(4), UP, True)
    looped = looped_path(path, 30.0)
    for name in ("place", "heading"):
        np.testing.assert_allclose(getattr(looped, name)[[0, -1]], getattr(path, name)[[0, -1]], atol=1e-12)
    seen = np.einsum("tba,tb->ta", looped.turns()[:-1], np.diff(looped.place, axis=0))
    bends = np.abs(np.diff(seen, axis=0)).max()
    assert np.abs(seen[0] - seen[-1]).max() < 1.2 * bends
    assert abs(looped.heading[1] - looped.heading[0] - looped.heading[-1] + looped.heading[-2]) < 0.004


def test_parts_are_looped_bone_by_bone():
    rng = np.random.default_rng(8)
    bones = tree(rng, modes=("QUATERNION",))
    parts = parts_of(basis_of(take(rng, bones, 50, 0.0), bones.rotation_modes))
    looped = looped_parts(parts, 30.0, [0, 2])
    np.testing.assert_allclose(looped.location[-1, [0, 2]], looped.location[0, [0, 2]], atol=1e-12)
    np.testing.assert_array_equal(looped.location[:, 1], parts.location[:, 1])
    np.testing.assert_array_equal(looped.turns[:, 3], parts.turns[:, 3])
