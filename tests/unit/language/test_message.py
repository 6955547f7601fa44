"""Messages: a Chinese sentence that knows its template and arguments."""

import errno
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import DamagedIndex, Problem, QueryError, TimeError, UsageError
from search.language.catalogue import translate, translate_values
from search.language.message import InvalidValue, Message, reason_of
from search.language.terminal import language_of

INNER = Message("端口 {number} 不存在；请用 --port 给出 0 到 65535 之间的数", number=70000)

SCALARS = st.text() | st.integers() | st.booleans()
ARGS = st.recursive(
    SCALARS | st.lists(st.text()).map(tuple),
    lambda args: st.dictionaries(st.just("reason"), args, min_size=1).map(
        lambda given: Message("{reason}，已略过", **given)
    ),
)


def test_a_message_is_its_chinese_sentence() -> None:
    """It compares, sorts and becomes JSON as the text does."""
    message = Message("须为 {choices} 之一", choices=("a", "b"))
    assert message == "须为 a、b 之一" and json.loads(json.dumps(message)) == message
    assert sorted([message, "一"]) == sorted([str(message), "一"])


def test_messages_within_messages_are_translated() -> None:
    """A reason, a list and text that was typed: the first in English, the others as they are."""
    message = Message("参数 {name}：{reason}", name="端口", reason=INNER)
    assert translate(message, "en").startswith("Parameter 端口: There is no port 70000;")
    assert translate(Message("须为 {choices} 之一", choices=("a", "b")), "en") == "It must be one of a, b"
    assert translate(message, "zh") == message and translate("端口", "en") == "端口"


def test_values_of_json_are_translated() -> None:
    """Every message in them, at any depth, and nothing else."""
    value = {"problems": [{"message": INNER, "text": "端口", "n": 1}]}
    assert translate_values(value, "zh") == value
    english = translate_values(value, "en")["problems"][0]
    assert english["message"].startswith("There is no port") and (english["text"], english["n"]) == (
        "端口",
        1,
    )


@given(ARGS)
def test_a_message_survives_packing(value: object) -> None:
    """As JSON in the manifest, and pickled between processes; templates in arguments are not read."""
    message = Message("{reason}，已略过", reason=value)
    for copy in (
        Message.unpacked(json.loads(json.dumps(message.packed()))),
        pickle.loads(pickle.dumps(message)),
    ):
        assert copy == message and translate(copy, "en") == translate(message, "en")


def test_a_message_passes_through_errors() -> None:
    """An error made of a message holds that message; positions stay beside it."""
    error = TimeError(INNER, 3)
    assert error.message is INNER and error.position == 3 and str(error) == INNER
    assert QueryError("「{word}」两边都要有检索词，已忽略", 2, word="OR").message.args == {"word": "OR"}
    assert UsageError(UsageError("{a}", a="{b}").message).message == "{b}"
    detail = DamagedIndex("{file} 不完整", file="x").message.args["detail"]
    assert translate(str(detail), "en") == "x 不完整" and translate(detail, "en") == "x is incomplete"
    assert str(Problem("a.csv", 3, INNER)) == f"a.csv:3：{INNER}"


@pytest.mark.parametrize(
    ("error", "english"),
    [
        (OSError(errno.EACCES, "Permission denied"), "permission denied"),
        (OSError(99_999, "?"), "system error 99999"),
        (OSError(errno.EFBIG, Message("超过 {mib} MiB", mib=1), "x"), "is larger than 1 MiB"),
        (InvalidValue("行太长"), "The line is too long"),
        (UsageError("行太长"), "The line is too long"),
        (ValueError("plain"), "plain"),
    ],
)
def test_the_reason_of_an_error(error: Exception, english: str) -> None:
    """Its message, else what its number means, else its text."""
    assert translate(reason_of(error), "en") == english


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, None),
        ({"LANG": "C.UTF-8"}, None),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, None),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_TW.Big5"}, "zh"),
        ({"LANG": "zh"}, "zh"),
        ({"LANG": "de_DE@euro"}, "en"),
        ({"LC_MESSAGES": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_CN"}, "zh"),
    ],
)
def test_the_locale_names_the_language(environ: dict[str, str], language: str | None) -> None:
    """The first variable that is set counts."""
    assert language_of(environ) == language
