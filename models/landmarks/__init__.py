"""The ONNX landmark networks: obtain, convert, run."""
