"""A district's 评分表 becomes a draft edition, with every cell that was not understood marked; and back again."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

import paper_sheets
from amending import DEFAULT, loaded
from redproperty.domain.packs import Pack
from redproperty.domain.provisions import provisions
from redproperty.domain.shapes import Bands, CountBands, Levels, PassFail, PerOccurrence, Shortfall
from redproperty.domain.texts import Refused
from redproperty.exports.score_sheets import score_sheet
from redproperty.store.rules import load_edition
from redproperty.store.rules_drafts import write_draft, written
from redproperty.store.score_sheets import read_score_sheet

PACK = loaded(DEFAULT)


def read(data: bytes):
    return read_score_sheet(data, like=PACK.sheet)


def by_title(draft):
    return {item.title.zh: item for item in draft.sheet.items}


def marks(draft, *, blocks=True):
    return {mark.at: mark.text.zh for mark in draft.doubts if mark.blocks is blocks}


def drafted(tmp_path, data: bytes, file="考核表.xlsx"):
    """Write a draft of a workbook and return its folder."""
    folder = tmp_path / "draft"
    write_draft(folder, read(data), like=DEFAULT, about=PACK.about, file=file, begins=date(2027, 1, 1))
    return folder


def changed(data: bytes, cell: str, value: object) -> bytes:
    """Return a workbook with one cell typed over."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    book.active[cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_monthly_sheet_is_read_with_its_categories_points_and_rules():
    draft = read(paper_sheets.semi_managed())
    assert draft.title == "准物业小区月度考核评分表"
    assert [(one.code, one.title.zh, one.full, len(one.items)) for one in draft.sheet.categories] == [
        ("WX", "维修养护", 22, 5),
        ("ZX", "秩序维护", 15, 3),
    ]
    assert draft.sheet.total == 37
    assert [item.code for item in draft.sheet.items][:2] == ["WX-01", "WX-02"]
    items = list(draft.sheet.items)
    assert items[0].title.zh == "屋面、外墙无渗漏"
    assert items[0].how_to_look.zh == "屋面、外墙无渗漏"
    assert (items[0].full, items[0].shape.step, items[0].shape.unit.zh) == (5, Decimal("0.2"), "处")
    assert isinstance(items[2].shape, Shortfall)
    assert (items[2].shape.target, items[2].shape.step) == (90, Decimal("0.5"))
    assert items[3].title.zh == "公告栏"
    assert items[3].shape == CountBands(  # 0.5 each, but no more than 1 of the 2
        bands=tuple(_band(*band) for band in ((None, 1, 2), (1, 2, "1.5"), (2, None, 1))), unit=items[0].shape.unit
    )
    assert [level.points for level in items[6].shape.levels] == [2, 1, 0]
    assert marks(draft) == {}
    assert marks(draft, blocks=False) == {
        "E6": "原文没有写不足一个百分点怎样计，按一个计",
        "A14": "这一行没有用到：注：本表由社区每月填写。",
    }


def _band(low, below, points):
    from redproperty.domain.shapes import PointsBand

    ends = [None if end is None else Decimal(end) for end in (low, below)]
    return PointsBand(at_least=ends[0], below=ends[1], points=Decimal(points))


def test_a_demonstration_sheet_with_two_rows_of_headings_is_read():
    draft = read(paper_sheets.demonstration())
    assert [(one.title.zh, one.full) for one in draft.sheet.categories] == [("党的建设", 10), ("基础管理", 9)]
    items = by_title(draft)
    assert [(level.title.zh, level.points) for level in items["党组织覆盖"].shape.levels] == [
        ("已批复", 5),
        ("已申请", 3),
        ("未建立", 0),
    ]
    assert [band.points for band in items["党员员工"].shape.bands] == [5, 3, 1]
    assert isinstance(items["党员员工"].shape, CountBands)
    assert isinstance(items["制度建设"].shape, Levels)
    assert isinstance(items["收费公示"].shape, PassFail)
    assert isinstance(items["投诉处理"].shape, Bands)
    assert items["收费公示"].how_to_look.zh == "服务内容、标准和收费公示；现场查看；未公示不得分"
    assert draft.doubts == []


def test_what_cannot_be_read_is_marked_with_its_cell_and_nothing_is_guessed_in_silence():
    draft = read(paper_sheets.doubtful())
    assert marks(draft) == {
        "E4": "评分标准“视情节轻重酌情扣分”没有读懂，暂按“符合得满分，不符合不得分”",
        "F5": "没有“特别严重”这一严重程度，暂按“一般”",
        "G5": "“尽快”不是天数，暂按 7 日",
        "D6": "“若干”不是分值，暂按 1 分",
        "E6": "评分标准“未组织演练扣2分”没有读懂，暂按“符合得满分，不符合不得分”",
        "D7": "表上写 100 分，各项相加 61 分",
    }
    items = by_title(draft)
    assert (items["半年收缴率"].severity, items["半年收缴率"].days_to_cure) == ("important", 30)
    assert items["消防设施"].severity == "safety"
    assert isinstance(items["电动车"].shape, PerOccurrence)
    assert items["电动车"].exempt_when.zh == "已劝阻并有记录"


@pytest.mark.parametrize("sheet", [paper_sheets.semi_managed, paper_sheets.demonstration, paper_sheets.doubtful])
def test_a_draft_loads_and_says_its_doubts_as_comments(tmp_path, sheet):
    folder = drafted(tmp_path, sheet())
    pack = load_edition(folder)
    assert isinstance(pack, Pack), [problem.say("zh") for problem in pack]
    assert pack.sheet == read(sheet()).sheet
    assert pack.about.status == "draft"
    assert pack.rating == PACK.rating
    assert len(list(provisions(pack))) > len(pack.sheet.items)


def test_a_mark_stands_above_the_item_that_it_is_about(tmp_path):
    lines = (drafted(tmp_path, paper_sheets.doubtful()) / "sheet.yaml").read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if "酌情扣分" in line)
    assert lines[at].startswith("      # 待核：E4 ")
    assert lines[at + 1] == "      - code: AQ-01"
    assert lines[0].startswith("# 由 考核表.xlsx 转成的草案。")


def test_a_draft_with_marks_left_cannot_be_put_in_force_whatever_its_status_says(tmp_path):
    folder = drafted(tmp_path, paper_sheets.doubtful())
    folder = folder.rename(tmp_path / "2027-01-01")
    about = folder / "pack.yaml"
    about.write_text(about.read_text(encoding="utf-8").replace("status: draft", "status: in_force"), encoding="utf-8")
    problems = load_edition(folder)
    assert isinstance(problems, tuple)
    said = [problem.say("en") for problem in problems]
    assert len(said) == 7  # six cells and the document of the edition
    assert any("still to be looked at: E4" in one for one in said)
    for path in (folder / "pack.yaml", folder / "sheet.yaml"):
        kept = [line for line in path.read_text(encoding="utf-8").splitlines() if "# 待核：" not in line]
        path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    assert isinstance(load_edition(folder), Pack)


@pytest.mark.parametrize("name", [path.name for path in sorted(DEFAULT.parent.iterdir()) if path.is_dir()])
def test_a_shipped_sheet_goes_out_and_comes_back_the_same(name):
    pack = loaded(DEFAULT.parent / name)
    if not pack.sheet.items:
        return
    back = read_score_sheet(score_sheet(pack, written), like=PACK.sheet)
    assert back.sheet == pack.sheet
    assert back.doubts == []
    assert back.title == pack.about.title.zh


def test_its_sentences_alone_say_the_same_codes_points_and_shapes():
    data = score_sheet(PACK, written)
    book = openpyxl.load_workbook(io.BytesIO(data))
    for row in book.active.iter_rows(min_row=3):
        row[12].value = None
    out = io.BytesIO()
    book.save(out)
    back = read(out.getvalue()).sheet
    for mine, read_back in zip(PACK.sheet.items, back.items, strict=True):
        assert (read_back.code, read_back.full, read_back.title.zh) == (mine.code, mine.full, mine.title.zh)
        assert type(read_back.shape) is type(mine.shape)
        assert read_back.rule().zh == mine.rule().zh


def test_a_clerk_changes_a_column_and_that_is_what_holds():
    data = score_sheet(PACK, written)
    assert openpyxl.load_workbook(io.BytesIO(data)).active["F3"].value == "每项扣 0.5 分，扣完为止"
    item = read(changed(data, "F3", "每项扣 1 分，扣完为止")).sheet.items[0]
    assert (item.shape.step, item.title) == (1, PACK.sheet.items[0].title)
    item = read(changed(data, "I3", 10)).sheet.items[0]
    assert (item.days_to_cure, item.shape) == (10, PACK.sheet.items[0].shape)
    draft = read(changed(data, "E3", 3))
    assert marks(draft) == {"A3": "表上写 12 分，各项相加 13 分", "E45": "表上写 100 分，各项相加 101 分"}
    draft = read(changed(data, "M3", "{code: JC-01, shape"))
    assert list(marks(draft)) == ["M3"]
    assert draft.sheet.items[0].shape.step == Decimal("0.5")


@pytest.mark.parametrize(
    ("rows", "words"),
    [([["姓名", "电话"], ["王", "1"]], "没有找到评分表"), ([["分值", "评分标准"]], "没有找到评分表")],
)
def test_a_workbook_without_a_score_sheet_is_refused(rows, words):
    with pytest.raises(Refused, match=words):
        read(paper_sheets.workbook(rows))


def test_a_draft_never_overwrites(tmp_path):
    drafted(tmp_path, paper_sheets.semi_managed())
    with pytest.raises(Refused, match="已经存在"):
        drafted(tmp_path, paper_sheets.semi_managed())


def test_an_item_that_goes_on_in_the_next_row_is_one_item():
    rows = [
        ["考核项目", "考核内容", "分值", "扣分标准"],
        ["保洁", "楼道清洁", 5, "每处扣0.5分"],
        [None, "垃圾日产日清", None, None],
    ]
    [item] = read(paper_sheets.workbook(rows)).sheet.items
    assert (item.how_to_look.zh, item.full) == ("楼道清洁；垃圾日产日清", 5)


@pytest.mark.parametrize(
    ("headings", "rows"),
    [
        (  # three columns of words: the merged one is the category, the next the item
            ["项目", "考核内容", "考核标准", "分值", "扣分细则", "得分"],
            [
                ["环境卫生", "楼道", "清洁无积尘", 3, "每处扣0.5分", None],
                [None, "电梯", "轿厢清洁", 2, "每次扣1分", None],
            ],
        ),
        (  # the rule stands in the same cell as what it is about
            ["项目", "评分标准", "分值"],
            [["环境卫生", "楼道清洁无积尘，每处扣0.5分", 3], [None, "电梯轿厢清洁，每次扣1分", 2]],
        ),
        (  # two columns of rules: the second takes points off
            ["类别", "评分标准", "分值", "扣分标准"],
            [["环境卫生", "楼道清洁无积尘", 3, "每处扣0.5分"], [None, "电梯轿厢清洁", 2, "每次扣1分"]],
        ),
        (  # the category in a row of its own, without a column
            ["考核项目", "考核内容", "分值", "评分办法"],
            [["一、环境卫生"], ["楼道", "清洁无积尘", 3, "每处扣0.5分"], ["电梯", "轿厢清洁", 2, "每次扣1分"]],
        ),
    ],
)
def test_the_usual_layouts_come_to_the_same(headings, rows):
    draft = read(paper_sheets.workbook([["考核表"], headings, *rows]))
    assert draft.doubts == []
    [category] = draft.sheet.categories
    assert (category.title.zh, category.code, category.full) == ("环境卫生", "HJ", 5)
    assert [(item.full, item.shape.step, item.shape.unit.zh) for item in category.items] == [
        (3, Decimal("0.5"), "处"),
        (2, 1, "次"),
    ]
    assert [item.title.zh for item in category.items] in (["楼道", "电梯"], ["楼道清洁无积尘", "电梯轿厢清洁"])
    assert "积尘" in category.items[0].how_to_look.zh


def test_cells_broken_into_lines_annexes_and_headings_again_are_read_through():
    headings = ["类 别", "考核\n项目", "考核内容", "分值\n（分）", "扣分\n标准"]
    rows = [
        ["附件 2：住建部门用表"],
        ["小区物业管理\n月度考核表"],
        headings,
        ["环境\n卫生\n（4.5分）", "楼道", "1.清洁无积尘\n2.无堆物", 2.5, "1.未清扫每处扣0.5分；\n2.堆物每处扣1分"],
        headings,
        [None, "电梯", "轿厢清洁", 2, "每次扣1分"],
    ]
    draft = read(paper_sheets.workbook(rows))
    assert (draft.title, draft.doubts) == ("小区物业管理月度考核表", [])
    [category] = draft.sheet.categories
    assert (category.title.zh, category.full) == ("环境卫生", Decimal("4.5"))
    assert category.items[0].how_to_look.zh == "清洁无积尘；无堆物"
    assert [(kind.title.zh, kind.step) for kind in category.items[0].shape.kinds] == [
        ("未清扫", Decimal("0.5")),
        ("堆物", 1),
    ]


@pytest.mark.parametrize(
    ("rule", "points"),
    [
        ("每处扣0.2—0.5分", 3),
        ("每处扣0.5分，每次扣1分", 3),
        ("每处扣0.5分", "2-5分"),
        ("不合格扣分", 3),
        ("每处扣5分", 3),
    ],
)
def test_discretion_and_contradictions_are_marked(rule, points):
    rows = [["考核项目", "考核内容", "分值", "扣分标准"], ["保洁", "楼道清洁", points, rule]]
    assert len([mark for mark in read(paper_sheets.workbook(rows)).doubts if mark.blocks]) == 1
