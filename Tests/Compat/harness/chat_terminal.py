"""`hotline chat` on a pseudo-terminal: what is typed, and what the screen shows."""

import os
import re
import unicodedata

import pexpect

from harness.processes import DEADLINE, server_binary

#: Sequences of our own: colours, erasing a line or what follows, moving up, bracketed paste.
OURS = re.compile(r"\x1b\[(?:[0-9;]*m|[0-9]*[KJACDPG@]|\?2004[hl])")


def clean_environment(**more):
    """The developer's own settings must not reach the program under test."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_") and k != "NO_COLOR"}
    return {**kept, "TERM": "xterm-256color", "HOME": "/nonexistent", **more}


class ChatTerminal:
    def __init__(self, url, *flags, columns=80, cwd=None, **environment):
        self.child = pexpect.spawn(
            str(server_binary()), ["chat", "--url", url, *flags], dimensions=(40, columns), encoding="utf-8", timeout=DEADLINE,
            cwd=cwd, env=clean_environment(**environment),
        )
        self.seen = ""

    def until(self, text):
        """Waits for `text`; answers what came up to it, without looks. Each text is found once, in order.

        Blanks at its end are not waited for, as a look may end before them.
        """
        self.child.expect_exact(text.rstrip())
        part = self.child.before + self.child.after
        self.seen += part
        return plain(part)

    def until_prompt(self, name="› "):
        """The line editor listens when its prompt stands."""
        return self.until(name)

    def type(self, text):
        self.child.send(text + "\r")

    def press(self, letter):
        """Ctrl and a letter."""
        self.child.sendcontrol(letter)

    def resize(self, columns):
        self.child.setwinsize(40, columns)

    def ended(self):
        """Waits for the end; answers the exit code."""
        self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.close()
        return self.child.exitstatus

    def kill(self):
        self.child.close(force=True)


def plain(text):
    return OURS.sub("", text).replace("\r", "")


def foreign_controls(text):
    """Control characters that are not our own sequences, nor ends of lines."""
    return [c for c in OURS.sub("", text) if unicodedata.category(c) == "Cc" and c not in "\r\n\b\x07"]


def width(line):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
