"""Score sheets as districts lay them out in Excel, made by code: merged cells, two rows of headings, totals, notes."""

import io
from collections.abc import Sequence

import openpyxl

Rows = Sequence[Sequence[object]]


def workbook(rows: Rows, merged: Sequence[str] = (), name: str = "Sheet1") -> bytes:
    """Return a workbook of one sheet with these rows, some of its cells merged."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def semi_managed() -> bytes:
    """A monthly sheet of semi-managed estates: categories in a merged column with their points, subtotals, a total."""
    return workbook(
        [
            ["准物业小区月度考核评分表"],
            ["被考核单位：", None, None, None, "考核日期：", None, None],
            ["序号", "项目", "考核内容", "分值", "扣分标准", "得分", "备注"],
            [1, "维修养护（22分）", "屋面、外墙无渗漏", 5, "每处扣0.2分，扣完为止", None, None],
            [2, None, "小区道路平整，无坑洼", "5分", "发现一处扣0.5分", None, None],
            [3, None, "公共照明完好率不低于90%", 5, "达到90%得5分，每低1个百分点扣0.5分", None, None],
            [4, None, "公告栏：无破损、无过期公告", 2, "每处扣 0.5 分，最多扣 1 分", None, None],
            [5, None, "下水道畅通，无堵塞外溢", 5, "每处扣0.5分，扣完为止", None, None],
            ["小计", None, None, 22, None, None, None],
            [6, "秩序维护（15分）", "门岗值守", 8, "缺一人次扣0.5分", None, None],
            [7, None, "外来访客登记", 2, "无访客登记扣2分，登记不全扣1分", None, None],
            [8, None, "车辆停放有序", 5, "一辆不按位停放扣0.5分，扣完为止", None, None],
            ["合计", None, None, 37, None, None, None],
            ["注：本表由社区每月填写。"],
        ],
        ["A1:G1", "B4:B8", "B10:B12", "A14:G14"],
    )


def demonstration() -> bytes:
    """A demonstration sheet: categories in rows of their own, two rows of headings, three levels, bands."""
    return workbook(
        [
            ["“红色物业”示范小区评价表"],
            ["评价项目", "评价标准", None, "标准分", "评分细则"],
            [None, "内容及要求", "检查方法", None, None],
            ["一、党的建设（10分）"],
            ["党组织覆盖", "物业服务项目成立党组织", "查批复文件", 5, "已批复得5分，已申请得3分，未建立不得分"],
            ["党员员工", "党员员工人数达到要求", "查名册", 5, "5人及以上得5分，3—4人得3分，3人以下得1分"],
            ["二、基础管理（9分）"],
            ["制度建设", "规章制度健全并落实", "查台账", 3, "符合得3分，基本符合得1.5分，不符合不得分"],
            ["收费公示", "服务内容、标准和收费公示", "现场查看", 2, "未公示不得分"],
            ["投诉处理", "投诉处理及时率", "抽查记录", 4, "95%以上得4分，90%以上得3分，85%以上得2分，85%以下不得分"],
            ["总分", None, None, 19, None],
        ],
        ["A1:E1", "B2:C2", "A2:A3", "D2:D3", "E2:E3", "A4:E4", "A7:E7"],
        "评价表",
    )


def doubtful() -> bytes:
    """A town's sheet with what no program should guess at: a rule at discretion, points left out, a wrong total."""
    return workbook(
        [
            ["物业服务考核办法附表"],
            ["类别", "考核项目", "考核标准", "分值", "评分办法", "严重程度", "整改期限"],
            [
                "收缴率",
                "半年收缴率",
                "物业费半年收缴率",
                40,
                "≥65%得40分，≥60%得35分，≥50%得30分，<50%不得分",
                "重要",
                "30天",
            ],
            ["安全管理", "消防设施", "消防设施完好有效", 12, "视情节轻重酌情扣分", "安全", "3天"],
            [None, "电动车", "无飞线充电", 8, "每处扣0.5分；已劝阻并有记录的不扣分", "特别严重", "尽快"],
            [None, "应急演练", "每年组织演练", "若干", "未组织演练扣2分", "一般", None],
            ["合计", None, None, 100, None, None, None],
        ],
        ["A4:A6"],
    )
