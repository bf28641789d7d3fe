"""Fixtures: the built server in the variants the tests need, and the real engine."""

import contextlib

import pytest
from soak.machine import Helper

from harness.agents import Agents
from harness.counting_proxy import CountingProxy
from harness.processes import llama, serving


def pytest_addoption(parser):
    parser.addoption("--agents", action="store_true", help="also run real agents: Codex, Copilot, Vibe (scripts/test --agents installs them)")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--agents"):
        skip = pytest.mark.skip(reason="real agents are large: scripts/test --agents runs them")
        for item in items:
            if "agents" in item.keywords:
                item.add_marker(skip)


@pytest.fixture(scope="session")
def agents():
    """Where the real agents are."""
    return Agents()


@pytest.fixture
def keeping():
    """Puts a proxy in front of a server that keeps what clients send: keeping(server)."""
    with contextlib.ExitStack() as stack:
        def make(server):
            proxy = CountingProxy(server.port, keeps=True)
            stack.callback(proxy.close)
            return proxy

        yield make


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


@pytest.fixture(scope="session")
def wrong_engines():
    """The soak's engines in their process, right and wrong by the model's name; the URL."""
    helper = Helper("engine", {})
    yield f"http://127.0.0.1:{helper.says()['port']}"
    helper.stop()


@pytest.fixture
def attacked(start_with, wrong_engines):
    """Starts servers in front of those engines: attacked("--api-key", "k")."""
    return lambda *flags, **options: start_with("--engine", wrong_engines, "--shutdown-grace", "1s", *flags, **options)
