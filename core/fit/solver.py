"""Levenberg-Marquardt over a whole clip: banded blocks by Cholesky, shared unknowns by the Schur complement."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from .normal import NormalEquations

State = TypeVar("State")


class Problem(Protocol[State]):
    """What `minimise` asks of a problem."""

    def cost(self, state: State) -> float:
        """The robust cost at `state`."""

    def linearise(self, state: State) -> tuple[float, NormalEquations]:
        """The cost and the normal equations at `state`."""

    def move(self, state: State, frames: Tensor, shared: Tensor) -> State:
        """The state after the changes (T, D) and (K,)."""


@dataclass(frozen=True)
class Outcome:
    """iterations: linearisations used; cost: at the end; converged: whether the last step hardly lowered the cost."""

    iterations: int
    cost: float
    converged: bool


def solve_blocks(equations: NormalEquations, damping: float, fixed: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The damped step: changes (T, D) of the frames and (K,) of the shared unknowns.

    Two frames make one superblock, so that couplings over two frames stay between neighbours; the superblocks are eliminated in
    turn (block-tridiagonal Cholesky), the shared unknowns by the Schur complement. `fixed` (K,) marks shared unknowns to hold.
    """
    frames, width = equations.gradient.shape
    held = fixed is not None and bool(fixed.all())
    shared = 0 if held else len(equations.shared_gradient)
    tiny = 1e-7
    scaled = equations.diagonal.diagonal(dim1=1, dim2=2)
    diagonal = equations.diagonal + torch.diag_embed(damping * scaled + tiny * (1 + scaled))
    right = equations.gradient[..., None] if held else torch.cat([equations.gradient[..., None], equations.border], -1)
    first, second = equations.first, equations.second
    if frames % 2:  # an empty frame makes the count even
        diagonal = torch.cat([diagonal, torch.eye(width, dtype=diagonal.dtype, device=diagonal.device)[None]])
        right = torch.cat([right, torch.zeros_like(right[:1])])
        first, second = (
            torch.cat([first, torch.zeros_like(first[:1])]),
            torch.cat([second, torch.zeros_like(second[:1])]),
        )
    pairs, double = len(diagonal) // 2, 2 * width
    block = torch.zeros(pairs, double, double, dtype=diagonal.dtype, device=diagonal.device)
    block[:, :width, :width], block[:, width:, width:] = diagonal[0::2], diagonal[1::2]
    block[:, :width, width:], block[:, width:, :width] = first[0::2], first[0::2].transpose(1, 2)
    coupling = torch.zeros(pairs - 1, double, double, dtype=diagonal.dtype, device=diagonal.device)
    coupling[:, :width, :width] = second[0::2][: pairs - 1]
    coupling[:, width:, :width] = first[1::2][: pairs - 1]
    coupling[:, width:, width:] = second[1::2][: pairs - 1]
    # Right-hand sides lie in rows: with them on the left of a factor the triangular solves of torch take half the time.
    right = right.reshape(pairs, double, 1 + shared).transpose(1, 2).contiguous()
    coupling = coupling.transpose(1, 2)

    factors: list[Tensor] = []
    links: list[Tensor] = []
    solved: list[Tensor] = []
    current, value = block[0], right[0]
    for i in range(pairs):
        factor = torch.linalg.cholesky(current)
        factors.append(factor)
        if i + 1 == pairs:
            solved.append(torch.linalg.solve_triangular(factor.T, value, upper=True, left=False))
            break
        both = torch.linalg.solve_triangular(factor.T, torch.cat([coupling[i], value]), upper=True, left=False)
        link, done = both[:double], both[double:]
        links.append(link)
        solved.append(done)
        current = torch.addmm(block[i + 1], link, link.T, alpha=-1)
        value = torch.addmm(right[i + 1], done, link.T, alpha=-1)
    for i in reversed(range(pairs)):
        value = solved[i] if i + 1 == pairs else torch.addmm(solved[i], solved[i + 1], links[i], alpha=-1)
        solved[i] = torch.linalg.solve_triangular(factors[i], value, upper=False, left=False)
    solution = torch.stack(solved).transpose(1, 2).reshape(2 * pairs, width, 1 + shared)[:frames]
    alone, by_shared = solution[..., 0], solution[..., 1:]
    if not shared:
        return -alone.double(), torch.zeros_like(equations.shared_gradient, dtype=torch.float64)

    schur = equations.shared - torch.einsum("tdk,tdl->kl", equations.border, by_shared)
    schur = schur + torch.diag(damping * equations.shared.diagonal() + tiny)
    gradient = equations.shared_gradient - torch.einsum("tdk,td->k", equations.border, alone)
    if fixed is not None and bool(fixed.any()):
        schur, gradient = schur.clone(), gradient.clone()
        schur[fixed], schur[:, fixed], gradient[fixed] = 0, 0, 0
        schur[fixed, fixed] = 1
    change = torch.linalg.solve(schur, gradient)
    return -(alone - by_shared @ change).double(), -change.double()


def minimise(
    problem: Problem[State],
    state: State,
    iterations: int,
    tolerance: float = 1e-4,
    damping: float = 1e-3,
    fixed: Tensor | None = None,
    progress: Callable[[float], None] | None = None,
) -> tuple[State, Outcome]:
    """Levenberg-Marquardt (Madsen, Nielsen, Tingleff 2004, algorithm 3.16) from `state`.

    Ends after `iterations` linearisations, or when a step lowers the cost by less than `tolerance` of it.
    """
    cost, equations = problem.linearise(state)
    used, converged = 1, False
    for turn in range(iterations):
        accepted = False
        for _ in range(6):
            frames, shared = solve_blocks(equations, damping, fixed)
            promised = -float((frames * equations.gradient).sum() + (shared * equations.shared_gradient).sum())
            trial = problem.move(state, frames, shared)
            trial_cost = problem.cost(trial)
            if trial_cost < cost:
                accepted = True
                break
            if promised < tolerance * cost:
                break
            damping *= 8
        if not accepted:
            converged = True
            break
        gain = (cost - trial_cost) / max(cost, 1e-300)
        state, cost, damping = trial, trial_cost, max(damping / 5, 1e-7)
        if progress is not None:
            progress((turn + 1) / iterations)
        if gain < tolerance:
            converged = True
            break
        if turn + 1 < iterations:
            cost, equations = problem.linearise(state)
            used += 1
    return state, Outcome(used, cost, converged)
