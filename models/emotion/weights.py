"""The trained emotion model as one safetensors file: the network, its sizes and the latent space."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ...core.errors import ThespisError
from ...core.files import written_beside
from .cvae import CVAEConfig, EmotionCVAE
from .emotions import EMOTIONS
from .features import layout
from .latent_space import LatentSpace

PATH = Path(__file__).resolve().parents[1] / "weights" / "emotion_cvae.safetensors"

_ADVICE = "Install the extension again, or train anew with thespis train."


@dataclass(frozen=True)
class EmotionModel:
    """network: in evaluation mode. space: what new takes are drawn from."""

    network: EmotionCVAE
    space: LatentSpace


def save_model(model: EmotionModel, path: Path) -> None:
    """Write `model`, in half precision: its size is halved and nobody sees the difference."""
    tensors = {f"network.{name}": value for name, value in model.network.state_dict().items()}
    tensors |= {f"space.{name}": getattr(model.space, name) for name in LatentSpace.__dataclass_fields__}
    about = {"config": json.dumps(model.network.options), "emotions": json.dumps(EMOTIONS)}
    with written_beside(path) as beside:
        save_file({name: _packed(name, value) for name, value in tensors.items()}, beside, about)


def _packed(name: str, value: Tensor) -> Tensor:
    exact = name in ("network.mean", "network.std", "space.duration")
    return value.detach().cpu().to(torch.float32 if exact else torch.float16).contiguous()


def load_model(path: Path = PATH, device: torch.device | str = "cpu") -> EmotionModel:
    """Read what `save_model` wrote. Raises ThespisError when it is missing, broken, or of another version."""
    if not path.is_file():
        raise ThespisError(f"{path}: there are no weights of the emotion model. {_ADVICE}")
    try:
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - not a mapping
        config = CVAEConfig(**json.loads(about["config"]))
        if tuple(json.loads(about["emotions"])) != EMOTIONS or config.features != layout().size:
            raise ThespisError(f"{path}: the weights are of another version of the emotion model. {_ADVICE}")
        network = EmotionCVAE(config, torch.zeros(config.features), torch.ones(config.features))
        network.load_state_dict({n.removeprefix("network."): t for n, t in tensors.items() if n.startswith("network.")})
        space = LatentSpace(**{name: tensors[f"space.{name}"] for name in LatentSpace.__dataclass_fields__})
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        cause = str(error).splitlines()[0]
        raise ThespisError(f"{path}: the weights of the emotion model cannot be read ({cause}). {_ADVICE}") from error
    return EmotionModel(network.to(device).eval(), space)
