"""Learns the pose prior from motion packs: a Gaussian mixture by expectation maximisation, and joint limits.

    main(["FOLDER_OF_PACKS", "--out", "FILE.safetensors"])

Each pack is an .npz with `start` and `length` of its clips and `poses` (F, 22, 3), or `poses_1e4` (the same times 10,000 as
int16): local axis-angle of the 22 body joints. Every pose is used as it is and mirrored.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.cluster.vq import kmeans2

from ...core.errors import ThespisError
from ...core.skeleton import BODY_JOINT_COUNT, JOINT_INDEX, MIRROR
from .pose_prior import DIMENSIONS, PATH

Array = NDArray[np.float64]

COMPONENTS = 12
SAMPLES = 48_000
ITERATIONS = 40
FLOOR = 0.05
"""Standard deviation (rad) added to every direction: what the capture cannot resolve."""

UNSEEN = {"wrist": 0.30, "foot": 0.15, "collar": 0.05, "neck": 0.08, "head": 0.08}
"""Standard deviations (rad) added to joints whose bend optical capture of the body with few markers hardly sees."""

LIMIT_MARGIN = 0.2
WIDER_LIMITS = {"wrist": 1.3, "foot": 0.7, "head": 0.7, "neck": 0.7, "ankle": 0.8}
"""Joints (rad, every axis) whose range in the packs is narrower than people's."""


@dataclass(frozen=True)
class Clip:
    """poses: (F, 22, 3); kind: what the clip shows, for balancing."""

    poses: Array
    kind: str


def read_packs(folder: Path) -> list[Clip]:
    """Every clip of every pack in `folder`. Raises ThespisError when there is none."""
    clips: list[Clip] = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path, allow_pickle=False) as pack:
            if "start" not in pack.files:
                continue
            poses = np.asarray(pack["poses"], float) if "poses" in pack.files else pack["poses_1e4"] * 1e-4
            kinds = pack["action"] if "action" in pack.files else pack["names"]
            for start, length, kind in zip(pack["start"], pack["length"], kinds, strict=True):
                part = poses[start : start + length]
                if np.isfinite(part).all():
                    clips.append(Clip(part, str(kind)))
    if not clips:
        raise ThespisError(f"{folder}: holds no motion pack (.npz with start, length and poses). Choose another folder.")
    return clips


def mirrored(poses: Array) -> Array:
    """(F, 22, 3) poses as seen in a mirror: sides swapped, rotations reflected in the plane x = 0."""
    swapped = poses[:, list(MIRROR[:BODY_JOINT_COUNT])].copy()
    swapped[..., 1:] *= -1
    return swapped


def balanced_samples(clips: Sequence[Clip], count: int, rng: np.random.Generator) -> Array:
    """(count, 63) body poses, half of them mirrored; a kind of motion counts by the root of its frames, so that walking,
    which fills half of most packs, does not fill half of the prior."""
    kinds = [clip.kind for clip in clips]
    frames = {kind: sum(len(clip.poses) for clip in clips if clip.kind == kind) for kind in set(kinds)}
    weights = np.concatenate([np.full(len(clip.poses), frames[clip.kind] ** -0.5) for clip in clips])
    poses = np.concatenate([clip.poses for clip in clips])
    chosen = poses[rng.choice(len(poses), count, p=weights / weights.sum())]
    chosen[count // 2 :] = mirrored(chosen[count // 2 :])
    return chosen[:, 1:].reshape(count, DIMENSIONS)


def fit_mixture(samples: Array, components: int, rng: np.random.Generator) -> tuple[Array, Array, Array, float]:
    """Expectation maximisation (Bishop 2006, 9.2.2). Returns weights (K,), means (K, 63), covariances (K, 63, 63) and the
    mean log-likelihood of a sample (nats)."""
    count, size = samples.shape
    means, label = kmeans2(samples, components, minit="++", seed=rng)
    counts = np.bincount(label, minlength=components)
    inside = np.stack([np.cov(samples[label == k].T) if counts[k] > 1 else np.eye(size) for k in range(components)])
    covariances = inside + FLOOR**2 * np.eye(size)
    weights = np.clip(counts / count, 1e-4, None)
    likelihood = -np.inf
    for _ in range(ITERATIONS):
        logs = np.empty((components, count))
        for k in range(components):
            factor = np.linalg.cholesky(covariances[k])
            whitened = np.linalg.solve(factor, (samples - means[k]).T)
            logs[k] = np.log(weights[k]) - 0.5 * (whitened**2).sum(0) - np.log(np.diag(factor)).sum()
        top = logs.max(0)
        share = np.exp(logs - top)
        likelihood = float((top + np.log(share.sum(0))).mean() - 0.5 * size * np.log(2 * np.pi))
        share /= share.sum(0)
        for k in range(components):
            mass = share[k].sum() + 1e-9
            means[k] = share[k] @ samples / mass
            centred = samples - means[k]
            covariances[k] = (centred * share[k][:, None]).T @ centred / mass + FLOOR**2 * np.eye(size)
        weights = np.clip(share.mean(1), 1e-4, None)
        weights /= weights.sum()
    return weights, means, covariances, likelihood


def per_joint(values: dict[str, float]) -> Array:
    """(63,) the value of each joint whose name contains a key of `values`, 0 elsewhere; three numbers a joint."""
    out = np.zeros((BODY_JOINT_COUNT, 3))
    for name, index in JOINT_INDEX.items():
        if index < BODY_JOINT_COUNT:
            out[index] = next((value for key, value in values.items() if name.endswith(key)), 0.0)
    return out[1:].ravel()


def train(folder: Path, out: Path, seed: int = 0) -> dict[str, float]:
    """Train on the packs in `folder`, write `out`, and return the figures for the card."""
    rng = np.random.default_rng(seed)
    clips = read_packs(folder)
    order = rng.permutation(len(clips))
    held_out = [clips[i] for i in order[: len(clips) // 10]]
    learnt_from = [clips[i] for i in order[len(clips) // 10 :]]

    def likelihood_of(parts: Sequence[Clip], model: tuple[Array, Array, Array, float], count: int = 6000) -> float:
        weights, means, covariances, _ = model
        samples = balanced_samples(parts, count, np.random.default_rng(1)) + unseen * np.random.default_rng(2).normal(
            size=(count, DIMENSIONS)
        )
        logs = []
        for weight, mean, covariance in zip(weights, means, covariances, strict=True):
            factor = np.linalg.cholesky(covariance)
            whitened = np.linalg.solve(factor, (samples - mean).T)
            logs.append(np.log(weight) - 0.5 * (whitened**2).sum(0) - np.log(np.diag(factor)).sum())
        return float(np.logaddexp.reduce(logs).mean() - 0.5 * DIMENSIONS * np.log(2 * np.pi))

    unseen = per_joint(UNSEEN)

    def learn(parts: Sequence[Clip]) -> tuple[Array, Array, Array, float]:
        samples = balanced_samples(parts, SAMPLES, rng)
        return fit_mixture(samples + unseen * rng.normal(size=samples.shape), COMPONENTS, rng)

    checked = likelihood_of(held_out, learn(learnt_from)) if held_out else float("nan")
    weights, means, covariances, likelihood = learn(clips)

    factors = np.linalg.cholesky(covariances)
    log_weights = np.log(weights) - np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(1)
    everything = np.concatenate([clip.poses for clip in clips])
    poses = np.concatenate([everything, mirrored(everything)])[:, 1:].reshape(-1, DIMENSIONS)
    wider = per_joint(WIDER_LIMITS)
    tensors = {
        "means": means,
        "whitening": np.linalg.inv(factors),
        "log_weights": log_weights - log_weights.max(),
        "lower": np.minimum(np.percentile(poses, 0.1, axis=0) - LIMIT_MARGIN, -wider),
        "upper": np.maximum(np.percentile(poses, 99.9, axis=0) + LIMIT_MARGIN, wider),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}")
    save_file({name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}, beside)
    beside.replace(out)
    return {
        "clips": len(clips),
        "frames": len(everything),
        "components": COMPONENTS,
        "log_likelihood": likelihood,
        "log_likelihood_held_out": checked,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: FOLDER [--out FILE]. Prints the figures that the card beside the weights gives."""
    parser = argparse.ArgumentParser(prog="pose-prior", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=PATH)
    chosen = parser.parse_args(arguments)
    for name, value in train(chosen.folder, chosen.out).items():
        print(f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {value}")
    return 0
