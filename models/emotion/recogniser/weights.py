"""Trained judges as safetensors files."""

from pathlib import Path
from typing import Final

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from ....core.errors import ThespisError
from ....core.files import written_beside
from .judge import Judge
from .kinematic import KinematicJudge
from .lstm import LSTMJudge

KINDS: Final[dict[str, type[LSTMJudge] | type[KinematicJudge]]] = {"lstm": LSTMJudge, "kinematic": KinematicJudge}

JUDGE: Final = "emotion_lstm.safetensors"
"""The file, beside the CVAE's, of the judge that chooses the best of several takes."""


def save_judge(judge: Judge, path: Path) -> None:
    """Write `judge`."""
    kind = next(name for name, made in KINDS.items() if isinstance(judge, made))
    tensors = {name: value.detach().contiguous() for name, value in judge.state_dict().items()}
    with written_beside(path) as beside:
        save_file(tensors, beside, {"kind": kind})


def load_judge(path: Path) -> Judge:
    """Read what `save_judge` wrote. Raises ThespisError when it is missing or broken."""
    try:
        with safe_open(path, "pt") as file:
            judge = KINDS[(file.metadata() or {})["kind"]]()
            judge.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        cause = str(error).splitlines()[0]
        raise ThespisError(
            f"{path}: the recogniser cannot be read ({cause}). Train it again, or install the extension again."
        ) from error
    return judge.eval()
