"""Where the landmark networks lie. Standard library only."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent

NETWORKS: Final = (
    "pose_detection",
    "pose_landmark_full",
    "pose_landmark_heavy",
    "hand_landmark_full",
    "hand_recrop",
    "face_detector",
    "face_landmarks_detector",
    "face_blendshapes",
)
"""The names of all the networks. NOTICE.md tells where each comes from."""


def network_path(name: str, folder: Path = FOLDER) -> Path:
    """Where the network called `name` (one of NETWORKS) lies."""
    return folder / f"{name}.onnx"
