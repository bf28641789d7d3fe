"""`hotline chat`: a conversation on a terminal of 80 columns, and one question through pipes."""

import json
import os
import subprocess

import pytest

from harness.chat_terminal import ChatTerminal, clean_environment, foreign_controls, plain, width
from harness.processes import free_port, server_binary, wait_until


@pytest.fixture
def chat(server, tmp_path):
    """Starts chats in an empty directory; each is gone at the end."""
    started = []

    def start(*flags, **options):
        terminal = ChatTerminal(server.base_url, *flags, cwd=str(tmp_path), **options)
        started.append(terminal)
        terminal.until("/help lists the commands")
        terminal.until_prompt()
        return terminal

    yield start
    for terminal in started:
        terminal.kill()


def ask(url, *flags, text=None, **environment):
    """Asks once, through pipes."""
    return subprocess.run(
        [server_binary(), "chat", "--url", url, *flags], capture_output=True, text=True, timeout=60,
        env=clean_environment(**environment), **({"stdin": subprocess.DEVNULL} if text is None else {"input": text}),
    )


def alive(command):
    """Whether a process with this command line runs."""
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    if file.read().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace") == command:
                        return True
            except OSError:
                pass
    return False


# MARK: a conversation

def test_a_conversation(chat, tmp_path):
    terminal = chat("--tools", "shell,files")

    terminal.type("Hello there")
    shown = terminal.until(" · WebSocket")
    assert "Scripted answer to 1 item" in shown and "Hello there" in shown
    assert " in" in shown and " out" in shown and "B sent" in shown
    terminal.until_prompt()

    # A call that is approved: shown in full, run, its outcome told.
    terminal.type('[[tools:1 shell {"command":"echo made > made.txt; echo it is done"}]] go')
    shown = terminal.until("[a]lways shell: ")
    assert "│ echo made > made.txt; echo it is done" in shown
    assert not (tmp_path / "made.txt").exists(), "nothing runs before it is approved"
    terminal.type("what?")
    terminal.until("[a]lways shell: ")
    terminal.type("y")
    shown = terminal.until_prompt()
    assert "✓" in shown and "it is done" in shown and "Done: 1 tool call" in shown and "2 turns" in shown
    assert (tmp_path / "made.txt").read_text() == "made\n"

    # A call that is denied, with a reason for the model.
    terminal.type('[[tools:1 shell {"command":"rm made.txt"}]] go')
    terminal.until("[a]lways shell: ")
    terminal.type("no, keep it")
    shown = terminal.until_prompt()
    assert "not run" in shown and "keep it" in shown
    assert (tmp_path / "made.txt").exists()

    # Always: the second call is not asked about.
    terminal.type('[[tools:2 write_file {"path":"n{i}.txt","content":"x"}]] go')
    terminal.until("[a]lways write_file: ")
    terminal.type("a")
    shown = terminal.until_prompt()
    assert "Run it?" not in shown and "Done: 2 tool calls" in shown
    assert len(list(tmp_path.glob("n*.txt"))) == 2

    # A fork, and back.
    terminal.type("/fork side")
    terminal.until_prompt("side › ")
    terminal.type("Only here")
    terminal.until("WebSocket")
    terminal.until_prompt("side › ")
    terminal.type("/lanes")
    shown = terminal.until_prompt("side › ")
    assert "* side · 5 questions · Only here" in shown and "main · 4 questions" in shown
    terminal.type("/lane main")
    terminal.until("main › ")

    # Again from the point before: the same answer to as many items.
    terminal.type("One more")
    first = terminal.until("WebSocket")
    terminal.until_prompt()
    terminal.type("/retry")
    again = terminal.until("WebSocket")
    answer = next(line for line in first.splitlines() if line.startswith("Scripted answer"))
    assert answer in again
    terminal.until_prompt()

    terminal.type("/save talk.json")
    terminal.until_prompt()
    terminal.type("/save talk.md")
    terminal.until_prompt()
    saved = json.loads((tmp_path / "talk.json").read_text())
    assert saved["model"] == "scripted"
    texts = [part["text"] for item in saved["items"] if item.get("role") == "user" for part in item["content"]]
    assert texts[0] == "Hello there" and texts[-1] == "One more" and len(texts) == 5 and "Only here" not in texts
    assert "## You\n\nHello there\n" in (tmp_path / "talk.md").read_text()
    assert (tmp_path / "talk.json").stat().st_mode & 0o077 == 0, "conversations are private"

    terminal.type("/sav")
    assert "Did you mean /save?" in terminal.until_prompt()
    terminal.type("/clear")
    terminal.until_prompt()
    terminal.type("Anew")
    assert "Scripted answer to 1 item" in terminal.until_prompt()

    terminal.press("d")
    assert terminal.ended() == 0
    assert foreign_controls(terminal.seen) == []


def test_ctrl_c_cancels_the_turn_and_not_the_program(chat):
    terminal = chat()
    terminal.type("[[slow:20]] tell me")
    terminal.until("The sea was far out")
    terminal.press("c")
    shown = terminal.until_prompt()
    assert "Cancelled. The question is not part of the conversation." in shown
    terminal.type("Hello")
    assert "Scripted answer to 1 item" in terminal.until_prompt()
    # At the prompt it clears the line.
    terminal.child.send("never sent")
    terminal.until("never sent")
    terminal.press("c")
    terminal.until_prompt()
    terminal.type("/lanes")
    assert "1 question " in terminal.until_prompt()
    terminal.type("/quit")
    assert terminal.ended() == 0


def test_ctrl_c_ends_a_running_tool_with_all_it_started(chat):
    terminal = chat("--tools", "shell", "--yes")
    terminal.type('[[tools:1 shell {"command":"sleep 4711 | sleep 4712"}]] go')
    terminal.until("●")
    wait_until(lambda: alive("sleep 4711") and alive("sleep 4712"), "the tool runs")
    terminal.press("c")
    assert "stays in the conversation" in terminal.until_prompt()
    assert not alive("sleep 4711") and not alive("sleep 4712")
    terminal.type("Hello")
    assert "Scripted answer" in terminal.until_prompt()


def test_ctrl_c_at_the_approval_runs_nothing(chat, tmp_path):
    terminal = chat("--tools", "shell")
    terminal.type('[[tools:1 shell {"command":"touch made"}]] go')
    terminal.until("[a]lways shell: ")
    terminal.press("c")
    assert "Cancelled." in terminal.until_prompt()
    assert not (tmp_path / "made").exists()


def test_what_is_typed_before_a_question_does_not_approve_it(chat, tmp_path):
    os.mkfifo(tmp_path / "gate")
    terminal = chat("--tools", "shell")
    terminal.type('[[tools:2 shell {"command":"cat gate; touch made{i}"}]] go')
    terminal.until("[a]lways shell: ")
    terminal.type("y")
    # The first call waits at the gate: what is typed now comes before the second is asked about.
    with open(tmp_path / "gate", "w"):
        terminal.type("y")
    terminal.until("[a]lways shell: ")
    terminal.type("n")
    terminal.until("not run")
    terminal.until_prompt()
    assert len(list(tmp_path.glob("made*"))) == 1


def test_eighty_columns(chat):
    terminal = chat()
    start = len(terminal.seen)
    terminal.type("[[tokens:120]] Go on")
    terminal.until("WebSocket")
    # The first line is the typed one, which the line editor draws.
    lines = plain(terminal.seen[start:]).splitlines()[1:]
    assert len(lines) > 5
    assert max(map(width, lines)) <= 80 and max(map(width, lines)) > 60
    terminal.until_prompt()
    terminal.resize(50)
    start = len(terminal.seen)
    terminal.type("[[tokens:120]] Go on")
    terminal.until("WebSocket")
    lines = plain(terminal.seen[start:]).splitlines()
    text = lines[next(i for i, line in enumerate(lines) if line.startswith(("The", "the")) or "Go on" not in line and line):]
    assert max(map(width, text[1:])) <= 50


def test_letters_of_all_kinds_are_edited(chat):
    terminal = chat()
    terminal.child.send("größe 漢字かな👍x\x7f!\r")
    terminal.until("Scripted answer")
    assert "größe 漢字かな👍!" in terminal.until("WebSocket")
    terminal.until_prompt()
    # The arrow calls it back.
    terminal.child.send("\x1b[A")
    terminal.until("👍!")
    terminal.child.send("\r")
    terminal.until("Scripted answer to 3 items")
    terminal.until_prompt()


def test_pastes_and_lines_that_go_on(chat):
    terminal = chat()
    terminal.child.send("\x1b[200~one\rtwo\x1b[31m\rthree\x1b[201~")
    terminal.until("[paste 1: 3 lines]")
    terminal.child.send("\r")
    terminal.until_prompt()
    terminal.type("four \\")
    terminal.until("… ")
    terminal.type("five")
    terminal.until("Scripted answer")
    terminal.until_prompt()
    terminal.type("/save x.json")
    terminal.until("Saved")
    path = os.path.join(terminal.child.cwd, "x.json")
    texts = [part["text"] for item in json.load(open(path))["items"] if item.get("role") == "user" for part in item["content"]]
    assert texts == ["one\ntwo[31m\nthree", "four \nfive"]


def test_tab_completes_commands(chat):
    terminal = chat()
    terminal.child.send("/he\t")
    terminal.until("lp ")
    terminal.child.send("\r")
    assert "/retry" in terminal.until_prompt()


def test_escape_sequences_of_models_and_tools_stay_text(chat):
    terminal = chat("--tools", "shell", "--yes")
    terminal.type('[[tools:1 shell {"command":"printf \'a\\\\033]0;evil\\\\007b\\\\033[2Jc\\\\n\'"}]] go')
    shown = terminal.until_prompt()
    assert "a␛]0;evil␇bc" in shown
    assert "\x1b]" not in terminal.seen and "\x1b[2J" not in terminal.seen
    assert foreign_controls(terminal.seen) == []


def test_no_color(chat):
    terminal = chat(NO_COLOR="1")
    terminal.type("[[say:# Title **bold**]]")
    assert "# Title **bold**" in terminal.until_prompt()
    assert "\x1b[" not in terminal.seen.replace("\x1b[K", "").replace("\x1b[J", "")


@pytest.mark.parametrize("signal, code", [(15, 143), (1, 129)])
def test_signals_end_it_with_the_terminal_as_it_was(chat, signal, code):
    terminal = chat()
    terminal.child.kill(signal)
    assert terminal.ended() == code


# MARK: one question

def test_one_question_by_argument(server):
    done = ask(server.base_url, "Hello", "there")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("Scripted answer to 1 item") and done.stdout.endswith("Hello there\n") and "\x1b" not in done.stdout


def test_one_question_by_pipe(server):
    assert ask(server.base_url, text="first line\nsecond line\n").stdout.endswith("first line second line\n")
    assert ask(server.base_url, "Explain", "-", text="this\n").stdout.endswith("Explain this\n")


def test_tools_are_denied_where_nobody_can_be_asked(server, tmp_path):
    question = '[[tools:1 shell {"command":"touch made"}]] go'
    done = ask(server.base_url, "--tools", "shell", "--cwd", str(tmp_path), question)
    assert done.returncode == 0 and "--yes" in done.stderr and "not run" in done.stderr
    assert not (tmp_path / "made").exists()
    done = ask(server.base_url, "--tools", "shell", "--cwd", str(tmp_path), "--yes", question)
    assert done.returncode == 0 and done.stdout.startswith("Done: 1 tool call")
    assert (tmp_path / "made").exists()


def test_files_stay_in_their_directory(server, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_text("SECRET")
    done = ask(server.base_url, "--tools", "files", "--cwd", str(tmp_path / "in"), "--yes", '[[tools:1 read_file {"path":"../secret"}]] go')
    assert done.returncode == 0 and "outside" in done.stderr and "SECRET" not in done.stdout + done.stderr


def test_failures_have_codes_and_sentences(server):
    port = free_port()
    for flags in ([], ["--model", "x"]):
        done = ask(f"http://127.0.0.1:{port}/v1", *flags, "Hello")
        assert done.returncode == 69 and done.stdout == ""
        assert f"error: nothing listens on 127.0.0.1:{port}\n" in done.stderr and "hotline serve" in done.stderr
    done = ask(server.base_url, "[[fail]]")
    assert done.returncode == 1 and done.stdout == "" and done.stderr.startswith("error: ")
    done = ask(server.base_url, "--model", "nobody", "Hello")
    assert done.returncode == 1 and "nobody" in done.stderr
    assert ask(server.base_url, "--tools", "web", "Hello").returncode == 64
    assert ask(server.base_url, text="").returncode == 64


def test_keys(start):
    server = start("--api-key", "right")
    assert ask(server.base_url, "--key", "right", "Hello").returncode == 0
    for variable in ("HOTLINE_API_KEY", "HOTLINE_KEY"):
        assert ask(server.base_url, "Hello", **{variable: "right"}).returncode == 0
    done = ask(server.base_url, "--key", "wrong", "Hello")
    assert done.returncode == 77 and "HOTLINE_API_KEY" in done.stderr and "wrong" not in done.stderr


def test_ctrl_c_on_one_question(server):
    terminal = ChatTerminal(server.base_url, "[[slow:20]] tell me")
    terminal.until("The sea was far out")
    terminal.press("c")
    terminal.until("Cancelled.")
    assert terminal.ended() == 130
