"""Retargeting in a scene: armatures are read, controls keyed."""
