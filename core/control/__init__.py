"""Control rigs as mathematics: which controls a character gets, where they stand at rest, and where they stand for a motion."""
