"""The audit trail in words: what each entry says was done, to what, and with which particulars."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redproperty.domain.access import Deed, Role
from redproperty.domain.imports import ImportKind
from redproperty.domain.money import yuan
from redproperty.domain.numbers import plain
from redproperty.domain.texts import Text

OTHER_DEEDS: dict[str, Text] = {
    "sign_in": Text("登录", "signed in"),
    "sign_in_failed": Text("登录失败", "failed to sign in"),
    "sign_out": Text("退出", "signed out"),
    "change_password": Text("修改本人密码", "changed their password"),
    "refused": Text("被拒绝", "was refused"),
    "adopt_edition": Text("建库时启用规则版本", "an edition was in force at set-up"),
}
WARNINGS = frozenset({"refused", "sign_in_failed"})
_PAGES = frozenset(
    {
        "estates",
        "inspections",
        "rectifications",
        "ratings",
        "subsidies",
        "takeovers",
        "audit",
        "people",
        "district",
        "rules",
        "scenarios",
    }
)
_SUBJECTS: dict[str, tuple[Text, str | None]] = {
    "estate": (Text("小区", "estate"), "/estates/{}"),
    "inspection": (Text("检查", "inspection"), "/inspections/{}"),
    "rectification": (Text("整改", "rectification"), "/rectifications/{}"),
    "person": (Text("账号", "account"), "/people/{}"),
    "rating": (Text("星级", "stars"), "/ratings/{}"),
    "run": (Text("补贴批次", "subsidy run"), "/subsidies/{}"),
    "subsidy": (Text("补贴批次", "subsidy run"), "/subsidies/{}"),
    "subsidies": (Text("补贴批次", "subsidy run"), "/subsidies/{}"),
    "takeover": (Text("托管案件", "takeover"), "/takeovers/{}"),
    "rules": (Text("评分细则", "rules"), "/rules/{}"),
    "scenario": (Text("测算", "what-if"), "/scenarios/{}"),
    "round": (Text("检查轮次", "round of inspections"), "/rounds/{}"),
    "period": (Text("考核期", "period"), None),
    "company": (Text("企业", "company"), None),
    "page": (Text("页面", "page"), None),
    "import": (Text("导入", "import"), None),
    "imports": (Text("导入", "import"), None),
}
_WHOLE_PAGES: dict[str, Text] = {
    "estates": Text("小区清单", "list of estates"),
    "inspections": Text("检查清单", "list of inspections"),
    "rectifications": Text("整改清单", "list of rectifications"),
    "odd": Text("异常检查", "odd inspections"),
    "ratings": Text("星级清单", "list of stars"),
    "subsidies": Text("补贴清单", "list of subsidies"),
    "takeovers": Text("托管清单", "list of takeovers"),
    "audit": Text("操作记录", "audit log"),
    "people": Text("账号清单", "list of accounts"),
    "district": Text("全区概览", "district page"),
    "rules": Text("评分细则", "rules"),
}
_WORDS: dict[str, Text] = {
    "account": Text("账号", "account"), "approved_on": Text("批复日期", "approved on"), "at": Text("时间", "at"),
    "attempts": Text("连续次数", "times in a row"), "basis": Text("依据", "basis"), "begins": Text("开始", "begins"),
    "budget_fen": Text("预算", "budget"), "case": Text("案件", "case"),
    "categories": Text("类别得分", "points by category"), "change": Text("变更", "change"),
    "changed": Text("修改", "changed"), "changes": Text("改动", "changes"),
    "company": Text("企业", "company"), "corrects": Text("更正", "corrects"),
    "deed": Text("事项", "deed"), "despite_pending": Text("含待审", "despite pending"),
    "digest": Text("摘要", "digest"),
    "document": Text("文号", "document"), "due_fen": Text("应补", "due"), "edition": Text("规则版本", "edition"),
    "ends": Text("结束", "ends"), "estate": Text("小区", "estate"), "estates": Text("小区数", "estates"),
    "event": Text("动作", "event"), "file": Text("文件", "file"), "filter": Text("筛选", "filter"),
    "form": Text("形式", "form"), "format": Text("格式", "format"), "from": Text("由", "from"),
    "item": Text("项目", "item"), "photos": Text("照片", "photos"), "unproven": Text("扣分无照片", "no photo of"),
    "items": Text("项目", "items"), "left_out": Text("未列改动", "changes not listed"),
    "kind": Text("种类", "kind"), "lines": Text("行数", "lines"),
    "locked": Text("已锁定", "locked"), "management": Text("管理方式", "management"), "name": Text("姓名", "name"),
    "named": Text("同行人", "companion"),
    "new": Text("新增", "new"), "number": Text("编号", "number"), "old": Text("原", "old"), "on": Text("日期", "on"),
    "paid_fen": Text("实发", "paid"), "pending": Text("待审", "pending"), "period": Text("考核期", "period"),
    "released": Text("取消同行", "companion no longer"),
    "provider": Text("服务企业", "provider"), "rating": Text("星级批次", "rating"), "reason": Text("原因", "reason"),
    "remark": Text("备注", "remark"),
    "role": Text("岗位", "post"), "round": Text("轮次", "round"), "rows": Text("行数", "rows"),
    "run": Text("批次", "run"),
    "score": Text("得分", "score"), "sha256": Text("文件摘要", "file digest"), "state": Text("状态", "state"),
    "refused": Text("未通过", "refused"),
    "status": Text("状态", "status"), "street": Text("街道", "street"), "tenure": Text("管理记录", "tenure"),
    "title": Text("名称", "title"),
    "to": Text("到", "to"), "trigger": Text("触发情形", "trigger"), "unchanged": Text("未变", "unchanged"),
    "untouched": Text("没有案例的代码", "codes without a case"),
    "why": Text("原因", "why"),
}  # fmt: skip
_VALUES: dict[tuple[str, str], Text] = {
    ("change", "signed"): Text("已签字", "signed"),
    ("change", "unsigned"): Text("拒签", "would not sign"),
    ("change", "placed"): Text("留下位置", "left a position"),
    ("change", "forgotten"): Text("移除位置", "removed the position"),
    ("to", "published"): Text("已发布", "published"),
    ("to", "returned"): Text("退回", "sent back"),
    ("to", "void"): Text("作废", "void"),
    ("to", "restored"): Text("撤销作废", "no longer void"),
    ("to", "refused"): Text("不同意", "not granted"),
    ("change", "created"): Text("新建", "opened"),
    ("change", "copied"): Text("复制", "copied"),
    ("change", "rules"): Text("改规则", "changed the rules"),
    ("change", "archived"): Text("归档", "archived"),
    ("change", "restored"): Text("取消归档", "taken from the archive"),
    ("change", "post"): Text("改岗位", "changed the post"),
    ("change", "disabled"): Text("停用", "closed"),
    ("change", "enabled"): Text("恢复", "reopened"),
    ("change", "password_reset"): Text("重设密码", "reset the password"),
}
_ARROW = Text("{old} → {new}", "{old} → {new}")
_YES, _NO, _NOTHING = Text("是", "yes"), Text("否", "no"), Text("—", "—")
_DIGESTS = frozenset({"digest", "sha256", "photos"})
_SHORT = 12
_MOST = 12  # parts of a long detail that are spelt out
_MORE = Text("等 {count} 项", "{count} in all")


@dataclass(frozen=True)
class Said:
    """The subject of an entry in words; `href` where it has a page."""

    label: Text
    href: str | None


def deed_label(deed: str) -> Text:
    """Return what was done; an unknown word stands for itself."""
    if deed in OTHER_DEEDS:
        return OTHER_DEEDS[deed]
    return Deed(deed).label if deed in set(Deed) else Text(deed, deed)


def deeds() -> dict[str, Text]:
    """Return every deed that the trail may hold with its wording: what a filter offers."""
    seen = {deed.value: deed.label for deed in Deed if not deed.value.startswith("view_")}
    return OTHER_DEEDS | seen


def subject_said(subject: str) -> Said:
    """Return a subject such as `estate:QX-0001`, `subsidies` or `import:scores` in words."""
    kind, _, key = subject.partition(":")
    if not key:
        page = f"/{kind}" if kind in _PAGES else None
        return Said(_WHOLE_PAGES.get(kind, Text(subject, subject)), page)
    title, path = _SUBJECTS.get(kind, (Text(kind, kind), None))
    named = ImportKind(key).label if kind == "import" and key in set(ImportKind) else key
    label = Text("{title} {key}", "{title} {key}").fill(title=title, key=named)
    return Said(label, None if path is None else path.format(key.replace(":", "/")))


def details_said(details: Mapping[str, Any], streets: Mapping[str, str]) -> list[tuple[Text, Text]]:
    """Return the particulars as (name, wording); an `old` beside a `new` is told as a change."""
    rest = dict(details)
    said = []
    if isinstance(rest.get("old"), Mapping) and isinstance(rest.get("new"), Mapping):
        old, new = rest.pop("old"), rest.pop("new")
        said = [
            (_word(key), _ARROW.fill(old=_value(key, old.get(key), streets), new=_value(key, new.get(key), streets)))
            for key in {**old, **new}
            if old.get(key) != new.get(key)
        ]
    return [
        *((_word(key), _value(key, value, streets)) for key, value in rest.items() if value not in ("", None)),
        *said,
    ]


def _word(key: str) -> Text:
    return _WORDS.get(key, Text(key, key))


def _value(key: str, value: Any, streets: Mapping[str, str]) -> Text:
    """Return one particular in words."""
    if value is None or value == "":
        return _NOTHING
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, Mapping):
        return _joined(
            [Text("{k}: {v}", "{k}: {v}").fill(k=_word(k), v=_value(k, v, streets)) for k, v in value.items()]
        )
    if isinstance(value, list | tuple):
        return _joined([_value(key, part, streets) for part in value])
    if isinstance(value, int):
        told = yuan(value) if key.endswith("_fen") else plain(value) if key == "score" else str(value)
        return Text(told, told)
    return _word_value(key, str(value), streets)


def _word_value(key: str, value: str, streets: Mapping[str, str]) -> Text:
    if (key, value) in _VALUES:
        return _VALUES[key, value]
    if key == "deed":
        return deed_label(value)
    if key == "role" and value in set(Role):
        return Role(value).label
    told = streets.get(value, value)
    told = f"{told[:_SHORT]}…" if key in _DIGESTS and len(told) > _SHORT else told
    return Text(told, told)


def _joined(parts: list[Text]) -> Text:
    shown = parts[:_MOST]
    told = Text("；".join(part.zh for part in shown), "; ".join(part.en for part in shown))
    if len(parts) > _MOST:
        more = _MORE.fill(count=len(parts))
        told = Text(f"{told.zh}；{more.zh}", f"{told.en}; {more.en}")
    return told


def sentence(details: Mapping[str, Any], streets: Mapping[str, str]) -> Text:
    """Return the particulars on one line, for an export."""
    said = details_said(details, streets)
    return Text(
        "；".join(f"{name.zh}：{value.zh}" for name, value in said),
        "; ".join(f"{name.en}: {value.en}" for name, value in said),
    )
