"""A stream of a rainy day, written for these tests: reports, some of them corrected or denied later."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from search.entry import Entry

BEIJING = ZoneInfo("Asia/Shanghai")
START = datetime(2023, 5, 2, 6, 0, tzinfo=BEIJING)

# (id, minutes after the start, headline, body)
ROWS = [
    (
        "a1",
        0,
        "青石水库大坝出现管涌 下游三镇转移",
        "县防汛办说，2日凌晨青石水库主坝脚发现管涌，下游三镇约8600人正向高处转移。",
    ),
    (
        "a2",
        20,
        "铁路部门：途经平川的12趟列车停运",
        "受强降雨影响，途经平川站的12趟列车停运，旅客可全额退票。",
    ),
    ("a3", 45, "平川市区积水 地铁二号线停运", "平川地铁二号线因站厅进水停运，公交临时加开30班。"),
    (
        "a4",
        70,
        "县防汛办：青石水库溃坝 已有人员失踪",
        "据平川日报报道，青石水库主坝7时许溃决，至少21人失踪。",
    ),
    ("a5", 90, "消防救援队赶赴青石镇", "省消防总队调集320人、45艘橡皮艇赶往青石镇。"),
    (
        "a6",
        110,
        "水利厅否认青石水库溃坝的报道",
        "省水利厅说，青石水库大坝主体安全，溃坝报道不实，管涌已被控制。",
    ),
    ("a7", 130, "平川机场取消进出港航班64架次", "平川机场2日取消航班64架次，候机楼滞留旅客约5000人。"),
    ("a8", 160, "暴雨已致7人遇难 3人失联", "平川市应急管理局通报，截至8时30分，暴雨造成7人遇难、3人失联。"),
    ("a9", 190, "自来水厂进水 全城停水", "网上消息说，平川第一水厂被淹，全城将停水三天。"),
    (
        "b1",
        215,
        "官方辟谣：不会全城停水",
        "平川水务集团回应，第一水厂没有被淹，全城停水三天的传言不实，供水正常。",
    ),
    ("b2", 240, "国家防总派工作组赴平川", "国家防总启动三级响应，派出两个工作组。"),
    (
        "b3",
        260,
        "更正：遇难人数应为5人",
        "本专题8时40分的条目称暴雨已致7人遇难，该数字包括两名重伤者。平川市应急管理局确认遇难5人，特此更正。",
    ),
    ("b4", 300, "学校停课两天", "平川市教育局通知，全市中小学3日、4日停课。"),
    ("b5", 330, "外交部否认使馆人员撤离的传闻", "外交部发言人说，有关驻外使馆人员撤离的传闻不实。"),
    (
        "b6",
        360,
        "此前报道有误 平川机场取消的是46架次",
        "平川机场更正此前说法，2日取消的进出港航班是46架次，不是64架次。",
    ),
    ("b7", 400, "市长：今晚雨势减弱", "平川市市长说，气象部门预计今晚雨势减弱。"),
    ("b8", 420, "警方：桥梁垮塌视频系旧闻", "平川警方辟谣称，网传东门大桥垮塌的视频拍摄于五年前的外省。"),
]

# What corrects what: (the later entry, its kind, the earlier one). b5 and b8 deny what the stream never had.
TIES = {
    ("a6", "denial", "a4"),
    ("b1", "denial", "a9"),
    ("b3", "correction", "a8"),
    ("b6", "correction", "a7"),
}


def entries(stream: str = "平川暴雨") -> list[Entry]:
    """Return the stream as entries, oldest first."""
    return [
        Entry(id=key, time=START + timedelta(minutes=after), headline=headline, body=body, stream=stream)
        for key, after, headline, body in ROWS
    ]


def rows(stream: str = "平川暴雨") -> list[dict[str, Any]]:
    """Return the stream as rows of a JSON-lines file."""
    return [
        {"id": e.id, "time": e.time.isoformat(), "headline": e.headline, "body": e.body, "stream": stream}
        for e in entries(stream)
        if e.time
    ]
