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
from .detail.network import DETAIL, TOLD, DetailConfig, DetailNetwork
from .emotions import EMOTIONS
from .features import layout
from .latent_space import LatentSpace

PATH = Path(__file__).resolve().parents[1] / "weights" / "emotion_cvae.safetensors"

_EXACT = "network.mean", "network.std", "space.duration", "detail."
"""How the names begin of what is kept in single precision."""
_ADVICE = "Install the extension again, or train anew with thespis train."


@dataclass(frozen=True)
class EmotionModel:
    """network: in evaluation mode. space: what new takes are drawn from. detail: draws what the network leaves out, in evaluation
    mode."""

    network: EmotionCVAE
    space: LatentSpace
    detail: DetailNetwork


def save_model(model: EmotionModel, path: Path) -> None:
    """Write `model`, most of it in half precision: its size is halved and nobody sees the difference."""
    tensors = {f"network.{name}": value for name, value in model.network.state_dict().items()}
    tensors |= {f"space.{name}": getattr(model.space, name) for name in LatentSpace.__dataclass_fields__}
    tensors |= {f"detail.{name}": value for name, value in model.detail.state_dict().items()}
    about = {"config": json.dumps(model.network.options), "emotions": json.dumps(EMOTIONS)}
    about["detail"] = json.dumps(model.detail.options)
    with written_beside(path) as beside:
        save_file({name: _packed(name, value) for name, value in tensors.items()}, beside, about)


def _packed(name: str, value: Tensor) -> Tensor:
    exact = name.startswith(_EXACT)
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
        network.load_state_dict(_of("network.", tensors))
        sizes = DetailConfig(**json.loads(about["detail"]))
        detail = DetailNetwork(sizes, torch.zeros(TOLD), torch.ones(TOLD), torch.ones(DETAIL))
        detail.load_state_dict(_of("detail.", tensors))
        space = LatentSpace(**{name: tensors[f"space.{name}"] for name in LatentSpace.__dataclass_fields__})
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        cause = str(error).splitlines()[0]
        raise ThespisError(f"{path}: the weights of the emotion model cannot be read ({cause}). {_ADVICE}") from error
    return EmotionModel(network.to(device).eval(), space, detail.to(device).eval())


def _of(part: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(part): tensor for name, tensor in tensors.items() if name.startswith(part)}
