"""The command line: the same jobs as the panel, without Blender's window."""

import argparse
import logging
import re
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .act.modes import BEST_OF, MODES
from .errors import ThespisError
from .take.mending import FEET, SWAPS, Correction, Mend

USER_ERROR = 2
CANCELLED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 something the user can mend, 130 cancelled."""
    parser = _parser()
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.WARNING, format="%(name)s: %(message)s")
    # A farm ends a job with SIGTERM: tidy up as for Ctrl+C.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return int(options.run(options) or 0)
    except ThespisError as error:
        if options.verbose:
            logging.getLogger("thespis").exception("details")
        print(f"thespis: {error}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("thespis: cancelled, nothing was written.", file=sys.stderr)
        return CANCELLED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="thespis", description="Footage in, a rigged and keyframed character out.")
    parser.add_argument("-v", "--verbose", action="store_true", help="show the details of what happens and of errors")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    fit = commands.add_parser("fit", help="fit SMPL-X to the person in a clip")
    fit.add_argument("clip", type=Path, metavar="CLIP", help="a movie, a picture, a folder of pictures, or shot_####.png")
    fit.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to make; it must not hold anything yet")
    fit.add_argument("--people", default="1", metavar="N|all", help="how many people, the largest and steadiest first (1)")
    fit.add_argument(
        "--person",
        action="append",
        default=[],
        metavar="X,Y@F",
        help="fit whoever is seen at X,Y (pixels) in frame F instead; may be given several times",
    )
    fit.add_argument("--start", type=int, default=0, metavar="F", help="first frame, counted from 0 (0)")
    fit.add_argument("--end", type=int, metavar="F", help="last frame (the clip's last)")
    fit.add_argument("--fps", metavar="RATE", help="frames a second of a folder of pictures, or of shot_####.png (24)")
    fit.add_argument("--focal", metavar="PX|MM", help="focal length: 1500 or 1500px in pixels, 35mm for a 36 mm wide sensor")
    fit.add_argument("--distortion", metavar="K1,K2,P1,P2[,K3]", help="lens distortion as OpenCV has it (none)")
    fit.add_argument("--gender", choices=("neutral", "female", "male"), default="neutral", help="prior of the body's shape")
    fit.add_argument("--body", default="open", metavar="open|FILE", help="the open body, or your own SMPLX_*.npz")
    fit.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute (auto)")
    fit.add_argument("--fast", action="store_true", help="the lighter body network: faster, less exact")
    fit.add_argument("--overlay", action="store_true", help="also write overlay.mp4 and strip.png")
    fit.add_argument("--obj", action="store_true", help="also write mesh_####.obj for every frame")
    fit.set_defaults(run=_fit)

    export = commands.add_parser("export", help="make a .blend, .glb, .fbx, .bvh, .usdc or .npz of motions (needs bpy)")
    export.add_argument("motions", type=Path, nargs="+", metavar="FILE.npz")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="ends in .blend, .glb, .fbx, .bvh, .usdc or .npz")
    export.add_argument("--body", default="open", metavar="open|FILE", help="the body that the motion was fitted with")
    _add_export_options(export)
    export.set_defaults(run=_export)

    mend = commands.add_parser("mend", help="fit a stretch of a take anew, with left and right exchanged, feet put down, calmer")
    mend.add_argument("take", type=Path, metavar="DIR", help="the folder that fit made")
    mend.add_argument("--frames", required=True, metavar="A:B", help="first and last frame of the clip")
    mend.add_argument("--person", type=int, default=0, metavar="K", help="whose, counted from 0 (0)")
    mend.add_argument("--swap", choices=SWAPS, default="none", help="whose left and right were taken for one another")
    mend.add_argument("--left", choices=FEET, default="seen", help="the left foot: on the ground or not (as it was seen)")
    mend.add_argument("--right", choices=FEET, default="seen", help="the right foot")
    mend.add_argument("--smooth", type=float, default=1.0, metavar="X", help="more than 1 for calmer, less for livelier (1)")
    mend.add_argument("--again", action="store_true", help="read the pictures again, closely")
    mend.add_argument("--body", default="open", metavar="open|FILE", help="the body that the take was fitted with")
    mend.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute (auto)")
    mend.add_argument("--out", type=Path, required=True, metavar="FILE.npz", help="the whole motion, mended")
    mend.set_defaults(run=_mend)

    proxy = commands.add_parser("proxy", help="make the upright, constant-rate movie of a take's clip that Blender shows")
    proxy.add_argument("take", type=Path, metavar="take.json")
    proxy.add_argument("--fps", required=True, metavar="RATE", help="the scene's frames a second: 24, 29.97 or 30000/1001")
    proxy.set_defaults(run=_proxy)

    play = commands.add_parser("act", help="make a take of an emotion")
    play.add_argument("emotion", metavar="EMOTION", help="joy, or a path in seconds: 0:joy,4:anger")
    play.add_argument("--intensity", default="0.8", metavar="0..1", help="how strongly (0.8), or a path in seconds: 0:0.2,3:1")
    play.add_argument("--mix", metavar="EMOTION:0..1", help="a second emotion, and its share: anger:0.3")
    play.add_argument("--seconds", type=float, metavar="S", help="how long, 1 to 12 (as long as the emotion lasts of itself)")
    play.add_argument("--seed", type=int, default=0, metavar="N", help="another number, another take (0)")
    _add_mode(play)
    play.add_argument("--other-seed", type=int, metavar="N", help="go over to the take of this seed ...")
    play.add_argument("--blend", type=float, default=0.5, metavar="0..1", help="... by this much (0.5)")
    play.add_argument("--variation", type=float, default=0.0, metavar="SCALE", help="walk off the take at random, 0 to 5 (0)")
    play.add_argument("--vary", type=Path, metavar="FILE", help="vary this take, or pose, by --variation instead of making one")
    play.add_argument("--liveliness", type=float, default=1.0, metavar="AMOUNT", help="breathing, swaying; 0 is none (1)")
    play.add_argument(
        "--best-of", type=int, default=BEST_OF, metavar="K", help=f"of K takes the one a recogniser is surest of ({BEST_OF})"
    )
    play.add_argument("--from", dest="start", type=Path, metavar="FILE", help="start in the last pose of this .npz, or this .obj")
    play.add_argument("--at", type=Path, metavar="FILE", help="stand where the last pose of FILE does, in a pose of its own")
    play.add_argument("--return", dest="returns", action="store_true", help="end in the pose it starts from")
    play.add_argument("--loop", action="store_true", help="the last frame is the first again")
    play.add_argument("--fps", type=float, default=30.0, metavar="RATE", help="frames a second (30)")
    play.add_argument("--weights", type=Path, metavar="FILE", help="of your own training (those that come with Thespis)")
    play.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    play.set_defaults(run=_act)

    unsaid = argparse.SUPPRESS  # then the training's own default holds, which is not known before torch is loaded
    many = commands.add_parser("emotion-set", help="make takes of many emotions, in one file with a manifest (needs bpy)")
    many.add_argument("--emotions", default="all", metavar="all|A,B", help="which emotions (all)")
    many.add_argument("--intensities", default="all", metavar="all|A,B", help="among low, medium, high (all)")
    many.add_argument("--takes", type=int, default=1, metavar="N", help="how many of each emotion at each intensity (1)")
    many.add_argument("--seed", type=int, default=0, metavar="N", help="of the first take; the next one has the next (0)")
    _add_mode(many)
    many.add_argument("--seconds", type=float, metavar="S", help="how long each is, 1 to 12 (as long as the emotion lasts)")
    many.add_argument("--loop", action="store_true", help="each clip's last frame is its first again")
    many.add_argument("--liveliness", type=float, default=1.0, metavar="AMOUNT", help="breathing, swaying; 0 is none (1)")
    many.add_argument("--weights", type=Path, metavar="FILE", help="of your own training (those that come with Thespis)")
    many.add_argument("--out", type=Path, required=True, metavar="DIR|FILE", help="a folder to make, or a file: .glb, .fbx, ...")
    _add_export_options(many)
    many.set_defaults(run=_emotion_set)

    learn = commands.add_parser("train", help="train the emotion model on your own labelled motions, or on the corpus")
    learn.add_argument("--data", type=Path, metavar="DIR", help="motions (.npz, .bvh) and their table (.csv); none: the corpus")
    learn.add_argument("--with-corpus", action="store_true", help="learn from the corpus, too")
    learn.add_argument("--actors", type=int, default=20, help="how many actors play every score of the corpus (20)")
    learn.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the weights; a training in it goes on")
    learn.add_argument("--hours", type=float, default=2.0, help="how long to train (2)")
    learn.add_argument("--steps", type=int, help="how many steps, instead of hours")
    learn.add_argument("--batch", type=int, default=unsaid, help="takes a step")
    learn.add_argument("--width", type=int, default=unsaid, help="numbers a token of the Transformer, a multiple of 10")
    learn.add_argument("--layers", type=int, default=unsaid, help="of encoder and decoder")
    learn.add_argument("--latent", type=int, default=unsaid, help="numbers of the latent, a multiple of 12")
    learn.add_argument("--vertices", type=float, default=0.0, metavar="WEIGHT", help="weight of the loss on vertices (0: none)")
    learn.add_argument("--hold-out", type=int, choices=range(5), metavar="0..4", help="leave a fifth of actors and scenarios out")
    learn.add_argument("--seed", type=int, default=0)
    learn.add_argument("--threads", type=int, default=2, help="of the CPU (2)")
    learn.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where to compute (auto)")
    learn.set_defaults(run=_train)

    doctor = commands.add_parser("doctor", help="say what is installed, what is missing, and how to mend it")
    doctor.add_argument("--body", type=Path, metavar="FILE", help="also look at your own SMPLX_*.npz")
    doctor.add_argument("--weights", type=Path, metavar="FILE", help="look at the weights of your own training")
    doctor.add_argument("--folder", type=Path, default=Path(), metavar="DIR", help="whose disk to look at (the present folder)")
    doctor.add_argument("--json", action="store_true", help="print the list for another program")
    doctor.set_defaults(run=_doctor)
    return parser


def _fit(options: argparse.Namespace) -> int:
    from .observe.choose import parse_person
    from .take.fit_clip import fit_clip
    from .take.options import FitOptions, parse_distortion, parse_focal, parse_people, parse_rate
    from .terminal import TerminalProgress, print_table

    settings = FitOptions(
        people=parse_people(options.people),
        persons=tuple(parse_person(text) for text in options.person),
        start=options.start,
        end=options.end,
        focal=parse_focal(options.focal),
        distortion=parse_distortion(options.distortion),
        gender=options.gender,
        body=options.body,
        device=options.device,
        rate=parse_rate(options.fps) if options.fps else None,
        fast=options.fast,
        overlay=options.overlay,
        obj=options.obj,
    )
    with TerminalProgress() as progress:
        take = fit_clip(options.clip, options.out, settings, progress)
    for warning in take.warnings:
        print(f"note: {warning}")
    frames = take.frame_range[1] - take.frame_range[0] + 1
    rows = [[name, f"{seconds:.2f}", f"{seconds / frames * 1e3:.1f}"] for name, seconds in take.seconds.items()]
    total = sum(take.seconds.values())
    rows.append(["total", f"{total:.2f}", f"{total / frames * 1e3:.1f}"])
    print_table(f"{frames} frames", ["stage", "seconds", "ms a frame"], rows)
    for name in sorted(path.name for path in options.out.iterdir()):
        if not name.startswith("mesh_"):
            print(options.out / name)
    return 0


def _export(options: argparse.Namespace) -> int:
    from .take.export import export

    for line in export(options.motions, options.out, _asked_of_export(options), options.body):
        print(line)
    return 0


def _emotion_set(options: argparse.Namespace) -> int:
    from .emotion_set.plan import SetWishes, emotions_named, levels_named
    from .emotion_set.run import SetOutput, emotion_set
    from .take.export import quiet
    from .terminal import TerminalProgress

    wishes = SetWishes(
        emotions=emotions_named(options.emotions),
        levels=levels_named(options.intensities),
        takes=options.takes,
        seed=options.seed,
        mode=options.mode,
        seconds=options.seconds,
        loops=options.loop,
        liveliness=options.liveliness,
    )
    output = SetOutput(options.out, _asked_of_export(options), options.weights)
    with TerminalProgress() as progress, quiet():
        lines = emotion_set(wishes, output, options.fps or 30.0, progress)
    for line in lines:
        print(line)
    return 0


def _add_mode(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mode", choices=MODES, default="sample", help="a take of its own (sample), crossed of two, or the mean")


def _add_export_options(command: argparse.ArgumentParser) -> None:
    presets = ("plain", "unity", "unreal", "godot")
    command.add_argument("--preset", choices=presets, default="plain", help="for a game engine (plain)")
    command.add_argument("--skeleton-only", action="store_true", help="leave the mesh out")
    command.add_argument("--fps", type=float, metavar="RATE", help="frames a second (the motion's; of emotions, 30)")
    roots = ("as-is", "bone", "bone-turn", "in-place")
    command.add_argument("--root", choices=roots, help="where the travel over the floor goes (unreal: bone; else as-is)")
    command.add_argument("--at-origin", action="store_true", help="begin over the world's origin (the engines' presets do)")
    command.add_argument("--leaf-bones", action="store_true", help="add an end bone to each chain of an .fbx")
    command.add_argument("--up", choices=("z", "y"), default="z", help="of an .npz: z as AMASS, y as SMPL-X and Thespis (z)")
    command.add_argument("--overwrite", action="store_true", help="replace an existing file")


def _asked_of_export(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "preset": options.preset,
        "mesh": not options.skeleton_only,
        "fps": options.fps,
        "root": options.root and options.root.upper().replace("-", "_"),
        "leaf_bones": options.leaf_bones or None,
        "at_origin": options.at_origin or None,
        "up": options.up.upper(),
        "overwrite": options.overwrite,
    }


def _mend(options: argparse.Namespace) -> int:
    from .motion import write_motion
    from .take.mend import mended_motion
    from .terminal import TerminalProgress

    match = re.fullmatch(r"(\d+):(\d+)", options.frames)
    if not match:
        raise ThespisError(f"--frames {options.frames}: give the first and the last frame, as in 40:72.")
    if options.out.exists():
        raise ThespisError(f"{options.out}: exists already and is not overwritten. Choose another --out, or remove it first.")
    first, last = int(match[1]), int(match[2])
    said = Correction(first, last, options.swap, options.left, options.right)
    asked = Mend(first, last, options.person, options.smooth, (said,), options.again, options.body, options.device)
    with TerminalProgress() as progress:
        motion = mended_motion(options.take, asked, progress)
    write_motion(motion, options.out)
    print(options.out)
    return 0


def _proxy(options: argparse.Namespace) -> int:
    from .take.options import parse_rate
    from .take.proxy import backdrop_movie
    from .take.take import read_take
    from .terminal import TerminalProgress

    take = read_take(options.take)
    with TerminalProgress() as progress:
        print(backdrop_movie(take, options.take.parent, parse_rate(options.fps), progress))
    return 0


def _act(options: argparse.Namespace) -> int:
    from .act.cues import parse_cues
    from .act.request import ActRequest
    from .act.run import act_to_file, vary_to_file

    request = ActRequest(
        cues=parse_cues(options.emotion, options.intensity, options.mix),
        seconds=options.seconds,
        seed=options.seed,
        mode=options.mode,
        other_seed=options.other_seed,
        blend=options.blend,
        walk=options.variation,
        liveliness=options.liveliness,
        best_of=options.best_of,
        loops=options.loop,
        joins=options.at is None,
        fps=options.fps,
    )
    if options.at is not None and options.start is not None:
        raise ThespisError("A take starts either in a pose (--from) or at its place only (--at). Leave out one of the two.")
    if options.vary is not None:
        motion = vary_to_file(options.vary, request.cues, request.walk, request.seed, options.out, options.weights)
    else:
        motion = act_to_file(request, options.start or options.at, options.returns, options.out, options.weights)
    print(f"{options.out}: {len(motion)} frames, {(len(motion) - 1) / motion.fps:.2f} s")
    return 0


def _train(options: argparse.Namespace) -> int:
    from ..models.emotion.dataset.corpus import CorpusOptions
    from ..models.emotion.dataset.source import training_takes
    from ..models.emotion.dataset.splits import split
    from ..models.emotion.losses import LossWeights
    from ..models.emotion.train import TrainOptions, train
    from .terminal import TerminalProgress

    names = ("hours", "steps", "batch", "width", "layers", "latent", "seed", "threads", "device")
    settings = TrainOptions(
        **{name: value for name, value in vars(options).items() if name in names}, losses=LossWeights(vertices=options.vertices)
    ).checked()
    with TerminalProgress() as progress:
        corpus = CorpusOptions(actors=options.actors, processes=options.threads)
        takes, told = training_takes(options.data, options.with_corpus, corpus, progress)
        if options.hold_out is not None:
            takes = takes.subset(split(takes, options.hold_out).train)
            if not len(takes):
                raise ThespisError(
                    f"--hold-out {options.hold_out}: leaves nothing to learn from. Label more actors and scenarios."
                )
            told += f" Left out: the actors and scenarios of fold {options.hold_out}."
        train(takes, options.out, settings, told, progress)
    for name in sorted(path.name for path in options.out.iterdir() if not path.name.startswith(".")):
        print(options.out / name)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from .doctor import examine
    from .setup.doctor import Question, to_json

    findings = examine(Question(options.body, options.weights, options.folder))
    if options.json:
        print(to_json(findings))
        return 0
    try:
        from .terminal import print_table
    except ImportError:
        # Of all commands this one has to run where packages are missing.
        for finding in findings:
            print(f"{finding.what}: {finding.state} {finding.fix}".rstrip())
    else:
        print_table("thespis doctor", ["what", "state", "next step"], [[f.what, f.state, f.fix] for f in findings], numbers=False)
    return 0 if all(not f.fix or not f.needed for f in findings) else USER_ERROR
