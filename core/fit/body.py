"""Fits the body (not fingers, nor face) of one person over a clip: which terms, in which order."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ...models.prior.pose_prior import PosePrior
from .capsules import Capsules
from .contacts import STILL, TOLD_STILL, detect_contacts, in_picture
from .depth_order import DepthOrder, depth_order
from .kinematics import pose_points
from .known import Known
from .observations import Observations
from .points import SOLE_POINTS, BodyPoints
from .problem import SHARED_BESIDES, BodyProblem, BodyState
from .settings import Settings
from .solver import minimise
from .start import bridged, interpolate, interpolate_rotations, start_state
from .terms.apart import Apart
from .terms.balance import Balance
from .terms.before import Before
from .terms.belief import HeldPlace, HeldPose, LikelyFocal, LikelyHeight, LikelyLean, LikelyShape, LikelyTilt
from .terms.contact import Floor, PlantedFeet
from .terms.direction import Direction
from .terms.pose import JointLimits, LikelyPose
from .terms.reprojection import Reprojection
from .terms.smoothness import PointAcceleration, TurnAcceleration
from .terms.term import Term, tilt_of, up_of
from .trust import full_trust, judge
from .warnings import LONG_GAP
from .world import World, find_world, place_world, standing_share

Progress = Callable[[float], None]

COARSE_FPS, COARSE_FRAMES = 10.0, 600
"""Betas, focal length and a first pose come from evenly spread frames: so many a second, and so many of the clip, at most."""
JUDGEMENTS = 4
"""Most times that the landmarks' trust is judged anew."""
SOLID = (0.40, 0.55)
"""Trust factor of the body network's directions up to which their depth is believed against what is hidden, and from which it
is not; exact landmarks come to 0.1 to 0.4, a network's to 0.6 to 1."""
REFINEMENTS = 8
"""Most linearisations over every frame, from the poses between the coarse ones; half as many once contacts are settled."""
FURTHEST_APART = 0.25
"""Seconds; coarse frames further apart say less about the poses between them than those frames' own closed form."""
WINDOW, MARGIN = 720, 60
"""Frames of a long clip solved at once, and frames beyond them that are solved along and then solved again."""
HELD = 1e4
"""1 / sigma of the two frames that a window takes over from the one before it."""


@dataclass(frozen=True)
class ShapeBelief:
    """mean, deviation: (B,) of betas; log_focal: of the likely focal length in pixels; known: held as they are."""

    mean: Tensor
    deviation: Tensor
    betas_known: bool
    log_focal: float
    focal_known: bool


@dataclass(frozen=True)
class Ground:
    """contacts: (T, 4) of heels and toes; standing: (T,) in [0, 1] whether the feet carry the body; trying: whether
    the contacts are to be tried, though the fit has feet high over the floor."""

    contacts: Tensor
    standing: Tensor
    trying: bool = False

    def frames(self, chosen: slice) -> "Ground":
        """The same of some of the frames."""
        return replace(self, contacts=self.contacts[chosen], standing=self.standing[chosen])


@dataclass
class BodyFit:
    """The fitted body. state: every frame; contacts: (T, 4); world; problem: the last one, with the start in closed form that
    led to it, for those who want to solve it another way; cost by term; iterations of the solver."""

    state: BodyState
    contacts: Tensor
    world: World
    problem: BodyProblem
    start: BodyState
    cost: dict[str, float] = field(default_factory=dict)
    iterations: int = 0


def _shifted(report: Progress, start: float, span: float) -> Progress:
    """Reports a part's progress as from `start` over `span` of the whole."""
    return lambda share: report(start + span * share)


class BodyFitter:
    """Holds what stays the same through the stages of one clip's fit."""

    def __init__(
        self,
        points: BodyPoints,
        capsules: Capsules,
        seen: Observations,
        prior: PosePrior,
        belief: ShapeBelief,
        settings: Settings,
        fps: float,
        known: Known | None = None,
    ) -> None:
        self.points, self.capsules, self.seen, self.prior, self.belief = points, capsules, seen, prior, belief
        self.settings, self.fps, self.known = settings, fps, known or Known()
        self.iterations = 0
        self.trust = full_trust(seen)
        self.feet = in_picture(seen, fps)

    def fit(self, progress: Progress | None = None) -> BodyFit:
        """Start in closed form; pose alone; all unknowns; contacts and floor; all unknowns again."""
        report = progress or (lambda share: None)
        log_focal = self.belief.mean.new_tensor(self.belief.log_focal)
        longest = max(1, round(LONG_GAP * self.fps))
        held = start = start_state(self.points, self.seen, self.belief.mean.clone(), log_focal, longest)
        state = self._coarse(start, held, _shifted(report, 0.0, 0.5))
        for part, iterations in ((0.5, REFINEMENTS), (0.75, REFINEMENTS // 2)):
            held = bridged(state.frames(self.seen.present), self.seen.present, longest)
            ground = self._ground(self._places(state), state)
            state = self._everywhere(state, held, ground, iterations, _shifted(report, part, 0.25))
        places = self._places(state)
        ground = self._ground(places, state)
        problem = self._problem(self.seen, held, ground, self.fps, self._order(self.seen, state))
        contacts = self._ground(places, state, still=TOLD_STILL).contacts
        world = self.known.world or place_world(places, contacts, up_of(state.tilt))
        return BodyFit(state, contacts, world, problem, start, problem.costs(state), self.iterations)

    def _places(self, state: BodyState) -> Tensor:
        """(T, N, 3) the points of every frame."""
        parts = [state.frames(slice(i, i + 512)) for i in range(0, len(state.pelvis), 512)]
        return torch.cat([pose_points(self.points, p.rotations, p.pelvis, p.betas, False).points for p in parts])

    def _ground(self, places: Tensor, state: BodyState, every: int = 1, still: float = STILL, trying: bool = False) -> Ground:
        """Contacts, and who stands on them, as the fitted body and its world show them; `places` of one frame in `every`."""
        up = up_of(state.tilt)
        soles, focal = places[:, list(SOLE_POINTS)], state.log_focal.exp()
        standing = standing_share(places, up)
        tried = standing if trying else None
        contacts = detect_contacts(soles, up, self.fps / every, self.feet.every(every), focal, still, tried)
        contacts = self.known.settled(contacts, every)
        return Ground(contacts * self.seen.present[::every, None], standing, trying)

    def _first_world(self, state: BodyState, every: int) -> BodyState:
        """The state with a world to start from, or that is known; up and contacts depend on each other a little, so twice."""
        if self.known.world is not None:
            world = self.known.world
            return replace(state, tilt=tilt_of(world.up), floor=world.up.new_tensor(world.floor))
        places = self._places(state)
        for _ in range(2):
            world = find_world(places, self._ground(places, state, every).contacts)
            state = replace(state, tilt=tilt_of(world.up), floor=world.up.new_tensor(world.floor))
        return state

    def _coarse(self, state: BodyState, held: BodyState, progress: Progress) -> BodyState:
        """Betas, focal length and poses of evenly spread frames; the other frames lie between them."""
        frames = len(state.pelvis)
        every = max(1, int(self.fps / COARSE_FPS), -(-frames // COARSE_FRAMES))
        index = torch.arange(frames, device=state.pelvis.device)
        chosen = index[::every].contiguous()
        seen = self.seen.frames(chosen)
        if not bool(seen.present.any()):  # someone who shows up for a moment between the chosen frames
            every, chosen, seen = 1, index, self.seen
        part = state.frames(chosen)
        problem = self._problem(seen, held.frames(chosen), None, self.fps / every, rough=True)
        part = self._minimise(problem, part, 5, hold_all=True)
        part = self._minimise(problem, part, self.settings.iterations, progress=progress)
        part = self._first_world(part, every)
        for turn in range(JUDGEMENTS):
            posed = pose_points(self.points, part.rotations, part.pelvis, part.betas, False)
            trust = judge(seen, posed, part, self.trust)
            if turn and trust.near(self.trust):
                break
            self.trust = trust
            ground = self._ground(posed.points, part, every, trying=turn < 2)
            order, judged = self._order(seen, part), trust.applied(seen)
            problem = self._problem(judged, held.frames(chosen), ground, self.fps / every, order, rough=True)
            part = self._minimise(problem, part, self.settings.iterations)
        seen = self.trust.applied(self.seen)
        closer = torch.where(seen.pixel_source == 0, self.settings.closer, 1.0)
        self.seen = replace(seen, pixel_weight=seen.pixel_weight * closer)
        if every == 1:
            return part
        if every / self.fps <= FURTHEST_APART:
            rotations, pelvis = interpolate_rotations(index, chosen, part.rotations), interpolate(index, chosen, part.pelvis)
            return replace(part, rotations=rotations, pelvis=pelvis)
        return replace(part, rotations=state.rotations, pelvis=state.pelvis)

    def _everywhere(
        self,
        state: BodyState,
        held: BodyState,
        ground: Ground,
        iterations: int,
        progress: Progress,
    ) -> BodyState:
        """Every frame's pose. A short clip is one problem with its shared unknowns; a long one goes window by window, each held
        to the last two frames of the one before, so that no seam shows, and betas stay as they are."""
        frames = len(state.pelvis)
        if frames <= WINDOW + MARGIN:
            problem = self._problem(self.seen, held, ground, self.fps, self._order(self.seen, state))
            return self._minimise(problem, state, iterations, progress=progress)
        rotations, pelvis = state.rotations.clone(), state.pelvis.clone()
        for start in range(0, frames, WINDOW):
            first, last = max(0, start - 2), min(frames, start + WINDOW + MARGIN)
            window = slice(first, last)
            part = replace(state, rotations=rotations[window], pelvis=pelvis[window])
            seen = self.seen.frames(window)
            problem = self._problem(
                seen,
                held.frames(window),
                ground.frames(window),
                self.fps,
                self._order(seen, part),
                taken=part if start > first else None,
            )
            part = self._minimise(problem, part, iterations, hold_all=True)
            rotations[start:last], pelvis[start:last] = part.rotations[start - first :], part.pelvis[start - first :]
            progress(min(1.0, (start + WINDOW) / frames))
        return replace(state, rotations=rotations, pelvis=pelvis)

    def _order(self, seen: Observations, state: BodyState) -> DepthOrder:
        """What lies in front of what, with the body where `state` has it."""
        posed = pose_points(self.points, state.rotations, state.pelvis, state.betas, False)
        order = depth_order(seen.visibility, posed, state.betas, state.log_focal.exp(), self.capsules)
        # Where one body explains the network's 3D far better than usual, that knows the order better than what is hidden does.
        known, unknown = SOLID
        return replace(order, sign=order.sign * ((self.trust.direction[0] - known) / (unknown - known)).clamp(0, 1))

    def _minimise(
        self, problem: BodyProblem, state: BodyState, iterations: int, hold_all: bool = False, progress: Progress | None = None
    ) -> BodyState:
        """Minimise; shared unknowns that are known, or all of them, are held."""
        shared = torch.zeros(len(state.betas) + SHARED_BESIDES, dtype=torch.bool, device=state.pelvis.device)
        shared[: len(state.betas)] = self.belief.betas_known
        shared[len(state.betas)] = self.belief.focal_known
        shared[len(state.betas) + 2 :] = self.known.world is not None  # the tilt and the floor's height
        shared |= hold_all
        state, outcome = minimise(problem, state, iterations, self.settings.tolerance, fixed=shared, progress=progress)
        self.iterations += outcome.iterations
        return state

    def _problem(
        self,
        seen: Observations,
        held: BodyState,
        ground: Ground | None,
        fps: float,
        order: DepthOrder | None = None,
        taken: BodyState | None = None,
        rough: bool = False,
    ) -> BodyProblem:
        s, device, frames = self.settings, seen.pixel.device, len(seen.present)
        absent = (~seen.present).to(torch.float64)
        terms: list[Term] = [
            Reprojection(seen, s.scale_2d),
            Direction(seen, s.scale_direction),
            LikelyPose(self.prior, s.prior * seen.present.to(torch.float64), s.prior_scale),
            JointLimits(self.prior, s.limit, device),
            PointAcceleration(fps, s.acceleration, s.scale_acceleration, device, rough),
            TurnAcceleration(fps, s.turn_acceleration, s.scale_acceleration),
            LikelyShape(self.belief.mean, self.belief.deviation, s.shape * frames),
            LikelyFocal(self.belief.log_focal, s.focal, frames),
            LikelyLean(s.lean),
        ]
        if bool(absent.any()):
            terms += [HeldPose(held.rotations, absent / s.gap), HeldPlace(held.pelvis, absent / s.gap)]
        if order is not None and bool(order.sign.any()):
            terms.append(Before(order, self.capsules, self.points, s.before, s.scale_before))
        if taken is not None:
            first = torch.zeros(frames, dtype=torch.float64, device=device)
            first[:2] = HELD
            terms += [HeldPose(taken.rotations, first), HeldPlace(taken.pelvis, first)]
        if ground is not None:
            contacts = ground.contacts
            if frames > 1:
                terms.append(PlantedFeet(contacts, fps, s.contact_speed, s.scale_2d))
            doubted = s.scale_tried if ground.trying else s.scale_2d
            terms.append(Floor(contacts, seen.present, s.contact_height, s.under_floor, doubted))
            terms.append(Apart(self.capsules.with_fingers(seen.fingers), self.points, s.apart))
            terms.append(Balance(ground.standing, contacts, s.balance, s.scale_2d))
            terms.append(LikelyTilt((s.roll, s.pitch), s.level * frames))
            terms.append(LikelyHeight(s.camera_height, s.camera_height_sigma, s.level * frames))
        return BodyProblem(self.points, [term for term in terms if term.name not in s.without], s.chunk)
