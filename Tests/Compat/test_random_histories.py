"""Random conversations: what models write and clients rewrite gives prompts that only grow, the same bytes on every wire.

`HOTLINE_HISTORIES=500` tries so many; `HOTLINE_HISTORIES_FROM=N` begins with that seed."""

import contextlib
import json
import os
import random

import pytest

import test_prompts_only_grow as loops
from harness.agent_sessions import AGENTS, Aider
from harness.recording_engine import RecordingEngine, assert_only_grows
from test_prompts_only_grow import WAYS

COUNT, FIRST = int(os.environ.get("HOTLINE_HISTORIES", "16")), int(os.environ.get("HOTLINE_HISTORIES_FROM", "0"))
SEEDS = range(FIRST, FIRST + COUNT)
#: Claude Code's. Other agents are called by names that they do not offer, which changes nothing here.
TOOLS = ("Bash", "Read", "Edit", "Glob")
TEXTS = (
    "", " ", "a", "Look:\n\n", "  two  blanks ", "caf\u00e9", "e\u0301 is not \u00e9", "\U0001f600\U0001f468\u200d\U0001f469",
    "a\u2028\u2029b", "tab\tand \"quotes\" and \\ and /",
    "</think> in text", "<tool_call>", "```json\n{}\n```", "a\u0000\u001f\u007fb", "0", "null", "\r\n", "x" * 3000, "\ufeffmark", "\u202eturned",
)
NUMBERS = ("0", "-0", "1.0", "1e3", "1E+2", "-0.5", "123456789012345678", "0.1", "1e-7", "100000000000000000000")


class Model:
    """What a model writes, by a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self):
        return "".join(self.random.choice(TEXTS) for _ in range(self.random.randint(0, 3)))

    def blank(self):
        return self.random.choice(("", "", " ", "  ", "\n", "\t"))

    def string(self, text):
        """One of the ways to spell it."""
        form = json.dumps(text, ensure_ascii=self.random.random() < 0.5)
        return form.replace("/", "\\/") if self.random.random() < 0.3 else form

    def value(self, depth=0):
        kind = self.random.random()
        if kind < 0.45 or depth > 2:
            return self.string(self.text())
        if kind < 0.65:
            return self.random.choice(NUMBERS)
        if kind < 0.75:
            return self.random.choice(("true", "false", "null"))
        if kind < 0.87:
            return "[" + ",".join(self.blank() + self.value(depth + 1) for _ in range(self.random.randint(0, 3))) + self.blank() + "]"
        return self.object(depth + 1)

    def object(self, depth=0, number=None):
        names = self.random.sample(["command", "file_path", "limit", "a", "Z", "10", "9", "\u00e9", ""], self.random.randint(0, 4))
        members = [(name, self.value(depth)) for name in names] + ([] if number is None else [("n", str(number))])
        spelled = [f"{self.blank()}{self.string(name)}{self.blank()}:{self.blank()}{value}" for name, value in members]
        return "{" + ",".join(spelled) + self.blank() + "}"

    def answer(self, calls_max):
        answer = {}
        if self.random.random() < 0.4:
            answer["reasoning"] = "Hm. " + self.text() + "."
        if self.random.random() < 0.5 or not calls_max:
            answer["text"] = self.text() + "So."
        calls = self.random.randint(0 if "text" in answer else 1, calls_max) if calls_max else 0
        if calls:
            # Numbers keep them apart: a client may take equal calls for one.
            answer["calls"] = [(self.random.choice(TOOLS), self.object(number=number)) for number in range(calls)]
        return answer

    def script(self):
        """Two loops, each ended by a text."""
        loops = [[self.answer(4) for _ in range(self.random.randint(1, 4))] + [self.answer(0)] for _ in range(2)]
        # An answer without calls ends a loop.
        loops = [[answer for answer in loop[:-1] if answer.get("calls")] + loop[-1:] for loop in loops]
        return loops[0] + loops[1]


@pytest.mark.timeout(600)
def test_agents(start_with):
    with RecordingEngine([]) as engine:
        server = start_with("--engine", engine.url, "--model", "model=model")
        for seed in SEEDS:
            script = engine.script = Model(seed).script()
            engine.bodies.clear()
            choice = random.Random(seed)
            kind = choice.choice([kind for kind in AGENTS if kind is not Aider])
            agent = kind(server.port, scale=0.02, results=lambda name, arguments: choice.choice(TEXTS) + name)
            try:
                agent.say(f"go {seed}")
                agent.say("and now?")
                assert len(engine.bodies) == len(script)
                assert_only_grows(engine.prompts, script)
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, {kind.label}: {error}") from error


@pytest.mark.timeout(600)
def test_wires(start_with, monkeypatch):
    """The same bytes, whichever wire."""
    with contextlib.ExitStack() as stack:
        ways = {}
        for name in ("socket", "chat", "Messages"):
            engine = stack.enter_context(RecordingEngine([]))
            ways[name] = (WAYS[name], engine, start_with("--engine", engine.url, "--model", "model=model"))
        for seed in SEEDS:
            # Conversations of their own: what one of them spelled is no other's.
            monkeypatch.setattr(loops, "INSTRUCTIONS", f"Be brief. {seed}")
            prompts = {}
            for name, (run, engine, server) in ways.items():
                engine.script, engine.series = Model(seed).script(), f"{seed}-"
                engine.bodies.clear()
                run(server)
                prompts[name] = engine.prompts
            for name in ("chat", "Messages"):
                for turn, (one, other) in enumerate(zip(prompts["socket"], prompts[name], strict=True), 1):
                    assert one == other, f"seed {seed}, {name}, turn {turn}:\n{one}\n{other}"
