"""Fixtures: the built server in the variants the tests need, and the real engine."""

import contextlib

import pytest

from harness.counting_proxy import CountingProxy
from harness.processes import llama, serving


@pytest.fixture(scope="session")
def server():
    """One server on the scripted engine without keys, shared by all tests that leave it as they found it."""
    with serving("--engine", "scripted") as running:
        yield running


@pytest.fixture
def start():
    """Starts servers with other flags: start("--lifetime", "3s"). Each is stopped, and its exit code checked, at the end."""
    with contextlib.ExitStack() as stack:
        yield lambda *flags, **options: stack.enter_context(serving("--engine", "scripted", *flags, **options))


@pytest.fixture
def start_with():
    """As `start`, without an engine of its own: start_with("--engine", url)."""
    with contextlib.ExitStack() as stack:
        yield lambda *flags, **options: stack.enter_context(serving(*flags, **options))


@pytest.fixture(scope="session")
def engine():
    """The llama.cpp engine, shared; model name `tiny`."""
    with llama() as running:
        yield running


@pytest.fixture(scope="session")
def llama_server(engine):
    """The server in front of the shared llama.cpp engine."""
    with serving("--engine", engine.url, "--model", "local=tiny") as running:
        yield running


@pytest.fixture
def proxy(server):
    """A counting proxy in front of the shared server."""
    counting = CountingProxy(server.port)
    yield counting
    counting.close()
