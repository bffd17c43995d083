"""Where pip is, read from what it prints."""

import re
from dataclasses import dataclass, field
from typing import Final

_COLLECT: Final = re.compile(r"^Collecting ([A-Za-z0-9._-]+)")
_LOCAL: Final = re.compile(r"^Processing .*?([A-Za-z0-9_.]+)-[0-9][^/\\]*\.whl")
_FETCH: Final = re.compile(
    r"^\s*(?:Downloading|Using cached) (?:\S*/)?([A-Za-z0-9_.]+)-\S+?\.whl(?:\.metadata)? \(([\d.]+) ([kMG]?B)\)"
)
_INSTALL: Final = re.compile(r"^Installing collected packages: (.+)")
_DONE: Final = re.compile(r"^Successfully installed (.+)")
_UNITS: Final = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}


@dataclass
class PipProgress:
    """What pip has said so far.

    stage: "Looking", "Downloading" or "Installing". current: the package it is at. collected: those it has looked up.
    bytes_named: of all files fetched so far, the present one counted whole; bytes_before: without it.
    to_install: those that are being installed.
    """

    stage: str = "Looking"
    current: str = ""
    collected: list[str] = field(default_factory=list)
    bytes_named: float = 0.0
    bytes_before: float = 0.0
    to_install: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        """Take in one line."""
        if found := _COLLECT.match(line) or _LOCAL.match(line):
            self.current = found[1]
            if self.current not in self.collected:
                self.collected.append(self.current)
        elif found := _FETCH.match(line):
            self.stage, self.current = "Downloading", found[1]
            self.bytes_before = self.bytes_named
            self.bytes_named += float(found[2]) * _UNITS[found[3]]
        elif found := _INSTALL.match(line):
            self.stage, self.current = "Installing", ""
            self.to_install = [name.strip() for name in found[1].split(",")]
        elif found := _DONE.match(line):
            self.stage = "Installing"
