"""Makes the ONNX landmark networks from Google's TFLite files. Run once by developers; users get the ONNX files."""

from .everything import convert_all

__all__ = ["convert_all"]
