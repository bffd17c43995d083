"""What the blendshape network's answers mean in units of a face: learnt from rendered faces."""
