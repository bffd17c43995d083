"""Pictures without a GPU and without a window: the mesh and skeleton over the footage, film strips, OBJ files.

Runs in the engine process (numpy and OpenCV). Coordinates are those of core.camera: camera frame x right, y down,
z forward, metres; pixels with the middle of the top left pixel at (0, 0).
"""
