"""A motion goes from one armature onto another: which bone is which, and how each has to turn. numpy only."""
