"""Which point of the body each landmark of the networks stands for."""

from typing import Final

BODY_LANDMARKS: Final[dict[int, str]] = {
    0: "nose",
    1: "landmark_42",
    2: "leye",
    3: "landmark_45",
    4: "landmark_39",
    5: "reye",
    6: "landmark_36",
    7: "lear",
    8: "rear",
    9: "landmark_54",
    10: "landmark_48",
    11: "left_shoulder",
    12: "right_shoulder",
    13: "left_elbow",
    14: "right_elbow",
    15: "left_wrist",
    16: "right_wrist",
    17: "left_pinky1",
    18: "right_pinky1",
    19: "left_index1",
    20: "right_index1",
    21: "left_thumb2",
    22: "right_thumb2",
    23: "left_hip",
    24: "right_hip",
    25: "left_knee",
    26: "right_knee",
    27: "left_ankle",
    28: "right_ankle",
    29: "LHeel",
    30: "RHeel",
    31: "LBigToe",
    32: "RBigToe",
}
"""BlazePose landmark: joint (core.skeleton), vertex (Body.vertex_ids), or landmark of the 68-point scheme."""

HAND_LANDMARKS: Final[dict[int, str]] = {
    0: "wrist",
    **{
        first + k: f"{finger}{k + 1}"
        for first, finger in ((1, "thumb"), (5, "index"), (9, "middle"), (13, "ring"), (17, "pinky"))
        for k in range(3)
    },
}
"""MediaPipe hand landmark: joint without its side."""

HAND_TIPS: Final[dict[int, str]] = {4: "thumb", 8: "index", 12: "middle", 16: "ring", 20: "pinky"}
"""MediaPipe hand landmark: finger whose tip it is; the vertex is called lthumb, rthumb ..."""

_BROWS = (71, 63, 105, 66, 107, 336, 296, 334, 293, 301)
_NOSE = (168, 197, 5, 4, 75, 97, 2, 326, 305)
_EYES = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
_LIPS = (61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87)
FACE_LANDMARKS: Final[dict[int, int]] = dict(enumerate(_BROWS + _NOSE + _EYES + _LIPS, start=17))
"""Landmark of the 68-point scheme (17 to 67): vertex of MediaPipe's face mesh."""

IRIS: Final = (473, 468)
"""Vertices of MediaPipe's face mesh: middle of the left and of the right iris."""
