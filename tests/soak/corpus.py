"""Rolling news made with a fixed seed: streams, agencies, figures, corrections, near-copies, odd entries."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from search import Home
from tests.support.homes import ROOT, write_rows

__all__ = ["AGENCIES", "PLACES", "STREAMS", "News", "fill_home", "sample_text"]

PLACES = ("阿拉木图", "努尔苏丹", "阿克套", "加济安泰普", "哈塔伊", "武汉", "平川", "青石镇", "伊斯肯德伦")
AGENCIES = ("新华社", "俄新社", "路透社", "法新社", "塔斯社", "阿纳多卢通讯社", "KazTag")
STREAMS = ("哈萨克斯坦局势", "土耳其地震", "新冠肺炎疫情", "平川暴雨")
_SUBJECTS = ("机场", "铁路", "医院", "电网", "学校", "自来水厂", "大使馆", "F-16战机", "COVID-19疫苗")
_EVENTS = ("恢复运行", "暂停开放", "遭到袭击", "实施宵禁", "启动三级响应", "扩大检测", "完成抢修")
_OFFICES = ("卫生部", "内务部", "防汛办", "应急管理局", "外交部", "世卫组织", "国防部")
_HARM = ("遇难", "受伤", "失踪", "被拘留", "确诊")
_START = datetime(2022, 1, 5, 4, 0, tzinfo=timezone(timedelta(hours=8)))


def sample_text() -> str:
    """Return the text of the two live blogs that come with the project."""
    return "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "data").glob("2*.txt")))


@dataclass(frozen=True, slots=True)
class News:
    """Entries by number, the same for the same seed; `version` changes the text of some of them."""

    seed: int
    count: int

    def entries(self, version: int = 0, changed_share: float = 0.3) -> list[dict[str, Any]]:
        """Return all entries; those of another version differ in about `changed_share` of their texts."""
        return [self._entry(number, version, changed_share) for number in range(self.count)]

    def _entry(self, number: int, version: int, changed_share: float) -> dict[str, Any]:
        drawn = random.Random(f"{self.seed} {number}")
        if version and random.Random(f"{self.seed} {number} {version}").random() < changed_share:
            drawn = random.Random(f"{self.seed} {number} {version} text")
        stream = number % len(STREAMS)
        entry = {"id": f"news/{number:05d}", "stream": STREAMS[stream], **self._text(drawn, number)}
        if drawn.random() < 0.97:
            entry["time"] = (_START + timedelta(minutes=7 * number)).isoformat()
        if drawn.random() < 0.8:
            entry["agencies"] = drawn.sample(AGENCIES, drawn.choice((1, 1, 1, 2)))
        return entry

    def _text(self, drawn: random.Random, number: int) -> dict[str, Any]:
        place, office = PLACES[number // 8 % len(PLACES)], drawn.choice(_OFFICES)
        subject, event, harm = drawn.choice(_SUBJECTS), drawn.choice(_EVENTS), drawn.choice(_HARM)
        people = drawn.randrange(2, 3000)
        if number % 23 == 22:
            headline = f"更正：{place}{harm}人数应为{people}人"
            body = f"本专题早些时候的条目称{place}已有{people + 9}人{harm}，该数字有误。"
            body += f"{office}确认{people}人，特此更正。"
        elif number % 29 == 28:
            headline = f"{office}否认{place}{subject}{event}的报道"
            body = f"{office}发言人说，{place}{subject}{event}的报道不实，运行正常。"
        else:
            headline = f"{place}{subject}{event} 已有{people}人{harm}"
            body = f"{office}通报，截至当地时间，{place}{subject}{event}，共有{people}人{harm}。" + "".join(
                _sentence(drawn) for _ in range(drawn.randrange(1, 6))
            )
        captions = [f"△{place}{subject}（{office}供图）"] if drawn.random() < 0.2 else []
        return {"headline": headline, "body": body, "captions": captions, "credit": "记者 林远"}


def _sentence(drawn: random.Random) -> str:
    agency, place, office = (drawn.choice(names) for names in (AGENCIES, PLACES, _OFFICES))
    subject, event = drawn.choice(_SUBJECTS), drawn.choice(_EVENTS)
    number, few = drawn.randrange(1, 99_999), drawn.randrange(3, 180)
    return drawn.choice(
        (
            f"据{agency}报道，{place}{subject}{event}。",
            f"{office}说，累计投入{number:,}名救援人员，震级为{few % 40 / 10 + 4:.1f}级。",
            f"托卡耶夫在会议上说，{place}的局势已经得到控制，任务为期{few}天。",
            f"当地居民说，{subject}附近传出巨响，部分路段仍在封闭，wifi信号中断{few}小时。",
        )
    )


def fill_home(home: Home, rows: Sequence[dict[str, Any]], files: int = 3) -> None:
    """Write entries as JSON-lines files, and beside them the sample live blogs, words and aliases."""
    shutil.rmtree(home.data, ignore_errors=True)
    home.data.mkdir(parents=True)
    for path in (ROOT / "data").iterdir():
        if path.is_file():
            shutil.copy(path, home.data / path.name)
    for place in range(files):
        write_rows(home, f"news-{place}.jsonl", rows[place::files])
