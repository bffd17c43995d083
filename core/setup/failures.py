"""What went wrong with pip, in one line that an animator can act on."""

import re
from collections.abc import Sequence
from typing import Final

_AGAIN: Final = re.compile(r"Retrying \(Retry\(total=[1-9]")
"""A hiccup that pip tries to get over; the last try says total=0."""

_CAUSES: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (
            r"no space left on device|errno 28\b|not enough space on the disk|winerror 112\b|disk quota exceeded|errno 122\b",
            "The disk is full. Free some space on the disk of {home}, then set up the engine again.",
        ),
        (
            r"long path support|file name too long|winerror 206\b|errno 36\b",
            "The path of {home} is too long for this system. Turn on long paths in Windows, then set up the engine again.",
        ),
        (
            r"proxyerror|tunnel connection failed|cannot connect to proxy|407 proxy|missing dependencies for socks",
            "The proxy of this network does not let the download through. Ask for the proxy's address and set HTTPS_PROXY to it, "
            "or choose a folder of wheels in the preferences.",
        ),
        (
            r"certificate_verify_failed|certificate verify failed|sslerror|\bssl: ",
            "The connection is not trusted (SSL certificate): often a company's proxy or a wrong clock. Check the date, ask for "
            "the company's certificate and set PIP_CERT to it, or choose a folder of wheels in the preferences.",
        ),
        (
            r"\b40[137] client error|\b401 error|user for .*: |password required",
            "The package index asks for a name and password, or refuses. Check its address in the preferences.",
        ),
        (
            r"name resolution|getaddrinfo failed|nodename nor servname|nameresolutionerror|newconnectionerror|connecttimeout|"
            r"readtimeout|network is unreachable|no route to host|connection refused|connection ?reset|connection aborted|"
            r"connection broken|remotedisconnected|incompleteread|could not fetch url|max retries exceeded",
            "The package index cannot be reached. Check the network, then set up the engine again: it goes on where it stopped.",
        ),
        (
            r"permission denied|errno 13\b|access is denied|winerror (?:5|32)\b|read-only file system|errno 30\b|errno 1\b",
            "{home} may not be written to, or another program holds a file in it. Close other Blenders, check the folder's "
            "permissions, then set up the engine again.",
        ),
        (
            r"do not match the hashes|bad zip file|badzipfile|is invalid\.|has an invalid wheel",
            "A downloaded package is damaged. Set up the engine again; in a folder of wheels, fetch that wheel again.",
        ),
        (
            r"memoryerror|cannot allocate memory",
            "There is not enough memory. Close other programs, then set up the engine again.",
        ),
        (
            r"(?:no matching distribution found for|version that satisfies the requirement) (?P<what>[^\s;(]+)",
            "There is no package {what} for Python {version} on this system where it was looked for. {look}",
        ),
        (
            r"resolutionimpossible|conflicting dependencies",
            "The packages found do not go together. {look}",
        ),
        (r"no module named pip", "This Python has no pip. Put a wheel of pip into a folder of wheels and choose that folder."),
    )
)


def one_line(lines: Sequence[str], code: int, home: str, version: str, offline: bool) -> str:
    """Why pip ended with `code`, having printed `lines`.

    home: the folder it wrote to. version: of Python. offline: from a folder of wheels.
    """
    text = "\n".join(line for line in lines if not _AGAIN.search(line))
    look = (
        "Add its wheel to the folder of wheels."
        if offline
        else "Check the package index in the preferences, or choose a Python of your own there."
    )
    for pattern, message in _CAUSES:
        if found := pattern.search(text):
            what = found.groupdict().get("what") or ""
            return message.format(home=home, version=version, what=what, look=look)
    if code < 0:
        return f"The installation was ended by the system (signal {-code}), perhaps for lack of memory. Set up the engine again."
    errors = [line.strip() for line in lines if line.startswith("ERROR")] or [line.strip() for line in lines if line.strip()]
    said = errors[-1].removeprefix("ERROR:").strip().rstrip(".") if errors else f"exit code {code}"
    return f"The packages could not be installed ({said}). Set up the engine again, or choose a Python of your own."


def missing_requirement(lines: Sequence[str]) -> str:
    """The requirement that pip found nowhere, as it names it; empty when that was not the trouble."""
    for line in lines:
        if found := re.search(r"No matching distribution found for ([^\s;]+)", line):
            return found[1]
    return ""
