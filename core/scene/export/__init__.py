"""Characters to files that others read: which clips, in whose axes and unit, in which format."""
