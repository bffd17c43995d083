"""The one kind of error that is meant for the user's eyes."""


class ThespisError(Exception):
    """Something the user can mend. The message is one line: the file or thing, the cause, and the next step.

    The command line prints it and exits with 2; an operator reports it. Anything else that is raised is a defect.
    """


class CancelledError(ThespisError):
    """The user cancelled the job. Nothing half-written is left."""
