"""The speaker of a sentence: names in front of verbs of speech, and sources that are no agency."""

import pytest

from search.readers.extraction.attribution import attributions
from search.readers.extraction.speaker import speaker_of


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("海滨市卫健委5日称,3人死亡", "海滨市卫健委"),
        ("海滨市卫健委(新闻办)今天下午发布消息说,3人死亡", "海滨市卫健委"),
        ("海滨市卫健委发言人王平说,3人死亡", "海滨市卫健委"),
        ("根据当地时间3月2日海滨市应急管理局公布的数据,3人死亡", "海滨市应急管理局"),
        ("另据海滨晚报5日报道,3人死亡", "海滨晚报"),
        ("海滨市公安局通报,3人死亡", "海滨市公安局"),
        ("据海滨晚报援引海滨市公安局的消息,3人死亡", "海滨市公安局"),
        ("据海滨晚报,3人死亡", "海滨晚报"),
        ("据“海滨社”消息,3人死亡", "海滨社"),
        ("据《海滨晚报》4日报道,3人死亡", "海滨晚报"),
        ("据山国《明灯》周刊报道,3人死亡", "明灯周刊"),
        ("据海滨社、《山阴日报》等多家媒体报道,3人死亡", "海滨社"),
        ("海滨市公安局和海滨市消防总队5日通报,3人死亡", "海滨市公安局"),
        ("据NHK报道,3人死亡", "NHK"),
        ("据Coast Insider报道,3人死亡", "Coast Insider"),
        ("据@平安海滨 消息,3人死亡", "平安海滨"),
        ("海滨社 5 日 报道,3人死亡", "海滨社"),
        ("海滨市公安局发布《情况通报》称,3人死亡", "海滨市公安局"),
        ("海滨市公安局在新闻发布会上表示,3人死亡", "海滨市公安局"),
        ("海滨市公安局同一天称,3人死亡", "海滨市公安局"),
        ("據「海濱社」轉述《山陰日報》報導,3人死亡", "山陰日報"),
        ("据海滨市卫生局下属的药品总署消息,3人死亡", "药品总署"),
        ("海滨晚报称,山阴市政府表示,3人死亡", "山阴市政府"),
        ("海滨晚报称,救援人员说,3人死亡", "海滨晚报"),
        ("救援人员说,3人死亡", ""),
        ("据当地媒体报道,3人死亡", ""),
        ("武装派别“海星”称,3人死亡", ""),
        ("“我们尽力了”,她说,3人死亡", ""),
        ("据报道,3人死亡", None),
        ("据了解,3人死亡", None),
        ("该船名称为“海星”,3人死亡", None),
        ("海滨市报告死亡病例3例", None),
        ("大火烧毁了海滨晚报,3人死亡", None),
    ],
)
def test_speakers(sentence: str, speaker: str | None) -> None:
    """An agency by its name, "" for any other speaker, None where nobody speaks."""
    assert speaker_of(sentence, 0, len(sentence)) == speaker


@pytest.mark.parametrize("reference", ["声明称", "该局称", "其声明还说", "上述部门表示"])
def test_a_reference_is_to_the_speaker_before(reference: str) -> None:
    """声明 and 该局 refer to the last speaker of the text, and to none without one."""
    before = "海滨市公安局发布声明。道路已经封闭。"
    sentence = f"{reference},3人死亡"
    text = before + sentence
    assert speaker_of(text, len(before), len(text)) == "海滨市公安局"
    assert speaker_of(sentence, 0, len(sentence)) == ""


def test_speaker_and_credit_have_one_name() -> None:
    """The speaker of a sentence has the name that the entry credits."""
    for sentence in ("據「海濱社」報導", "据山国《明灯》周刊报道", "据NHK报道", "海濱晚報5日報導稱"):
        text = f"{sentence}，3人死亡"
        assert speaker_of(text, 0, len(text)) == attributions("", text)[0].agency


def test_a_speaker_of_another_sentence_is_not_taken() -> None:
    """Only the text between `start` and `end` counts."""
    text = "海滨市公安局称,道路已经封闭。大火造成3人死亡。救援人员说,火已扑灭。"
    start = text.index("大火")
    assert speaker_of(text, start, text.index("救援")) is None
