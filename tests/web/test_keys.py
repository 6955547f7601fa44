"""Keys: their lines, their secrets, and what is refused before anything is served."""

import json
import logging
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from search.cli import main
from search.errors import UsageError
from web.serving.keys import VARIABLE, configured_keys, find_key, new_key

SECRET, KEY = new_key("编辑部")
LINE = KEY.line()
HASH = LINE.split()[1]


def test_the_command_prints_a_line_for_the_file_and_the_secret_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """stdout is the line alone; the secret is on stderr, and opens what the line says."""
    result = CliRunner().invoke(main, ["key", "grafana", "--rights", "metrics"])
    (tmp_path / "keys").write_text(result.stdout, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "keys"))
    secret = result.stderr.splitlines()[0].rpartition("：")[2]
    assert secret not in result.stdout
    source = configured_keys()
    assert source is not None
    key = find_key(source.current() or (), secret)
    assert key is not None and (key.name, key.rights) == ("grafana", {"metrics"})


def test_the_command_prints_json() -> None:
    """One document, with the secret and the line."""
    made = json.loads(CliRunner().invoke(main, ["key", "a", "--rights", "read,metrics", "--json"]).stdout)
    assert set(made) == {"name", "key", "line"} and made["line"].endswith("  read,metrics")
    assert made["key"] not in made["line"]


@pytest.mark.parametrize(
    "arguments", [["a b"], ["a:b"], [""], ["a"] * 2, ["x" * 65], ["a", "--rights", "all"]]
)
def test_the_command_refuses_what_no_line_can_hold(arguments: list[str]) -> None:
    """With exit code 2 and a sentence, no traceback."""
    result = CliRunner().invoke(main, ["key", *arguments])
    assert result.exit_code == 2 and result.stderr and not result.stdout


def test_a_secret_is_found_by_its_hash_alone() -> None:
    """Two keys of one name differ, and the hash is no secret."""
    other, second = new_key("编辑部")
    assert find_key((KEY, second), SECRET) is KEY and find_key((KEY, second), other) is second
    assert find_key((KEY,), HASH.partition(":")[2]) is None and SECRET not in repr(KEY) + LINE


@given(st.text())
def test_no_other_text_opens_anything(text: str) -> None:
    """Whatever is presented, surrogates and control characters included."""
    assert find_key((KEY,), text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "没有密钥"),
        ("# only a remark\n\n", "没有密钥"),
        (f"{LINE}\nreader secret-of-mine read\n", "第 2 行的散列"),
        (f"{LINE}\n\n\nreader {HASH[:-1]} read", "第 4 行的散列"),
        (f"reader {HASH.upper()} read", "第 1 行的散列"),
        (f"reader {HASH}", "第 1 行须有"),
        (f"reader {HASH} read metrics", "第 1 行须有"),
        (f"reader {HASH} write", "第 1 行的权限"),
        (f"reader {HASH} read,", "第 1 行的权限"),
        (f"a:b {HASH} read", "第 1 行的名称"),
        (f"{LINE}\n{LINE}", "第 2 行的名称或散列"),
        (f"{LINE}\nother {HASH} read", "第 2 行的名称或散列"),
    ],
    # The texts have a random secret, and both processes that run the tests must have the same names for them.
    ids=range(12),
)
def test_a_faulty_file_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    """Never taken for no keys; and nothing of the line is repeated, as it may be a secret."""
    (tmp_path / "keys").write_text(text, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "keys"))
    with pytest.raises(UsageError, match=said) as caught:
        configured_keys()
    assert "secret-of-mine" not in str(caught.value) and "；" in str(caught.value)


@pytest.mark.parametrize("kind", ["missing", "folder", "fifo", "endless", "bytes", "large", "secret"])
def test_what_is_no_text_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Neither a pipe nor an endless file is read."""
    path = tmp_path / "keys"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "bytes":
        path.write_bytes(b"\xff\xfe" + LINE.encode())
    elif kind == "large":
        path.write_text("#" * (1 << 20) + "\n" + LINE, encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(path) if kind != "secret" else "a-secret-taken-for-a-path")
    with pytest.raises(UsageError, match="密钥文件") as caught:
        configured_keys()
    assert "a-secret" not in str(caught.value)


def test_an_empty_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a slip more often than the wish to open everything."""
    monkeypatch.setenv(VARIABLE, " ")
    with pytest.raises(UsageError, match="是空的"):
        configured_keys()


def test_the_variable_may_hold_the_keys_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Separated by semicolons or line breaks; remarks and the byte order mark of a file are no fault."""
    monkeypatch.setenv(VARIABLE, f"{LINE}; {new_key('b', 'metrics')[1].line()}\n{new_key('c')[1].line()} # x")
    source = configured_keys()
    assert source is not None and [key.name for key in source.current() or ()] == ["编辑部", "b", "c"]
    monkeypatch.setenv(VARIABLE, f"{LINE}; faulty sha256:0 read")
    with pytest.raises(UsageError, match="第 2 行"):
        configured_keys()


def test_a_change_of_the_file_counts_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A faulty change opens nothing, and is logged once, without its content."""
    path = tmp_path / "keys"
    path.write_text(f"\ufeff{LINE}\r\n", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(path))
    source = configured_keys()
    assert source is not None and find_key(source.current() or (), SECRET)
    second, key = new_key("second")
    path.write_text(key.line(), encoding="utf-8")
    assert not find_key(source.current() or (), SECRET) and find_key(source.current() or (), second)
    with caplog.at_level(logging.ERROR):
        path.write_text(f"{LINE}\nthird {second}", encoding="utf-8")
        assert [source.current() for _ in range(3)] == [None] * 3
    assert len(caplog.messages) == 1 and "第 2 行" in caplog.text and second not in caplog.text
    path.unlink()
    assert source.current() is None
    path.write_text(LINE, encoding="utf-8")
    assert find_key(source.current() or (), SECRET) and not find_key(source.current() or (), second)


def test_a_process_that_joins_with_a_faulty_file_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is started again does not end the server, and opens nothing."""
    path = tmp_path / "keys"
    path.write_text("faulty", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(path))
    source = configured_keys(running=True)
    assert source is not None and source.current() is None
    path.write_text(LINE, encoding="utf-8")
    assert find_key(source.current() or (), SECRET)
