"""The one exception a user is meant to read: what was given, what is wrong, what to do next."""

from __future__ import annotations


class DdsrError(Exception):
    """A mistake in the input, told in one line; the command line prints it and exits with a non-zero code.

    Raise it with text of the form ``"clips/a.mp4: 0 frames; re-export the clip or leave it out"``.
    """

    def __str__(self) -> str:
        return " ".join(str(part) for part in self.args).replace("\n", " ")
