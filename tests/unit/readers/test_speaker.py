"""The speaker of a sentence: names in front of verbs of speech, and sources that are no agency."""

import pytest

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
        ("海滨晚报称,山阴市政府表示,3人死亡", "山阴市政府"),
        ("海滨晚报称,救援人员说,3人死亡", "海滨晚报"),
        ("救援人员说,3人死亡", ""),
        ("据当地媒体报道,3人死亡", ""),
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


def test_a_speaker_of_another_sentence_is_not_taken() -> None:
    """Only the text between `start` and `end` counts."""
    text = "海滨市公安局称,道路已经封闭。大火造成3人死亡。救援人员说,火已扑灭。"
    start = text.index("大火")
    assert speaker_of(text, start, text.index("救援")) is None
