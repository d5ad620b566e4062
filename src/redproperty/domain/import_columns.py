"""The columns of files that people fill in: what each is called, how it is read, what its note says."""

from redproperty.domain.cells import ColumnSpec, Kind
from redproperty.domain.estates import AreaSource, EstateType, Management, OwnersBody, Stratum
from redproperty.domain.texts import Text

DIVISIONS = (
    ColumnSpec(
        "code",
        ("区划代码", "统计用区划代码", "代码", "Code"),
        Kind.CODE,
        required=True,
        longest=15,
        example="320113007001",
        note=Text(
            "区、街道、社区 12 位，网格为社区代码加 3 位",
            "12 digits for district, street and community; a grid adds 3 to its community",
        ),
    ),
    ColumnSpec("name", ("名称", "区划名称", "Name"), longest=80, example="仙林新村社区"),
    ColumnSpec(
        "parent",
        ("上级代码", "上级区划代码", "Code above"),
        Kind.CODE,
        longest=12,
        example="320113007000",
        note=Text(
            "街道填区，社区填街道，网格填社区；区留空",
            "the district of a street, the street of a community, the community of a grid; empty for the district",
        ),
    ),
    ColumnSpec(
        "issuer",
        ("发布单位", "来源", "Issuer"),
        longest=80,
        example="国家统计局",
        note=Text("谁公布的代码；不同版本的代码会不一致", "who published the code: versions differ"),
    ),
    ColumnSpec("year", ("版本年份", "年份", "Year"), Kind.WHOLE, example="2025"),
)
COMPANIES = (
    ColumnSpec(
        "uscc",
        ("统一社会信用代码", "信用代码", "USCC"),
        Kind.CODE,
        required=True,
        longest=18,
        example="91320113MA1000011D",
        note=Text(
            "18 位，按 GB 32100 校验；识别企业用它，不用名称",
            "18 characters, checked by GB 32100; it identifies the company",
        ),
    ),
    ColumnSpec(
        "name",
        ("企业名称", "名称", "物业企业", "Company"),
        longest=120,
        example="栖安物业服务有限公司",
        note=Text("营业执照上的全称；新增时必填", "the full name; needed for a new company"),
    ),
    ColumnSpec(
        "street",
        ("所属街道", "街道", "Street"),
        example="仙林街道",
        note=Text(
            "只有街道自己的物管公司才填，填街道名称或 12 位代码",
            "only for a street's own company: name or 12-digit code",
        ),
    ),
    ColumnSpec("contact", ("联系人", "Contact"), longest=60, example="王经理"),
    ColumnSpec("phone", ("联系电话", "电话", "Phone"), longest=30, example="025-85550000"),
    ColumnSpec("account_name", ("开户名", "户名", "Account name"), longest=120, example="栖安物业服务有限公司"),
    ColumnSpec("account_bank", ("开户行", "开户银行", "Bank"), longest=120, example="南京银行栖霞支行"),
    ColumnSpec(
        "account_number",
        ("银行账号", "账号", "Account number"),
        Kind.CODE,
        longest=32,
        example="0123456789012345678",
        note=Text("设为文本格式再填，数字格式会丢末位", "as text: as a number Excel loses the last digits"),
    ),
    ColumnSpec("bank_code", ("联行号", "行号", "Bank code"), Kind.CODE, longest=20, example="313301008887"),
)

_KINDS = {kind.value: kind.label for kind in Management if kind is not Management.NONE}
_FLAG = Text("填“是”或“否”", "yes or no")
ESTATES = (
    ColumnSpec(
        "code",
        ("小区编码", "小区代码", "编码", "Estate code"),
        Kind.CODE,
        required=True,
        longest=20,
        example="QX-0001",
        note=Text("不变的编码，识别小区用它，不用名称", "never changes; it identifies the estate, the name does not"),
    ),
    ColumnSpec("name", ("小区名称", "名称", "小区", "Estate"), longest=120, example="青石园"),
    ColumnSpec(
        "community",
        ("社区代码", "社区编码", "Community code"),
        Kind.CODE,
        longest=12,
        example="320113007001",
        note=Text(
            "12 位，按社区名录核对；街道由社区定", "12 digits, checked against the list; it also gives the street"
        ),
    ),
    ColumnSpec("address", ("地址", "Address"), longest=200, example="仙林大道 1 号"),
    ColumnSpec("contact", ("联系人", "项目经理", "Contact"), longest=60, example="陈经理"),
    ColumnSpec("phone", ("联系电话", "电话", "Phone"), longest=30, example="13800000000"),
    ColumnSpec("estate_type", ("小区类型", "类型", "Type"), Kind.CHOICE, choices=EstateType.labels(), example="商品房"),
    ColumnSpec("stratum", ("评定组别", "组别", "Stratum"), Kind.CHOICE, choices=Stratum.labels(), example="前期物业"),
    ColumnSpec(
        "floor_area_cm",
        ("建筑面积(㎡)", "建筑面积", "建筑面积(平方米)", "总建筑面积", "面积", "Floor area"),
        Kind.DECIMAL,
        least=1,
        example="52318.46",
        note=Text("平方米，最多两位小数", "square metres, at most two decimals"),
    ),
    ColumnSpec(
        "area_source",
        ("面积来源", "面积依据", "Source of area"),
        Kind.CHOICE,
        choices=AreaSource.labels(),
        example="测绘",
    ),
    ColumnSpec("households", ("户数", "总户数", "Households"), Kind.WHOLE, example="480"),
    ColumnSpec("buildings", ("楼栋数", "栋数", "Buildings"), Kind.WHOLE, example="8"),
    ColumnSpec("built_year", ("建成年份", "竣工年份", "Built"), Kind.WHOLE, example="2012"),
    ColumnSpec("lifts", ("电梯台数", "电梯数", "Lifts"), Kind.WHOLE, example="16"),
    ColumnSpec("gated", ("是否封闭", "封闭管理", "Gated"), Kind.FLAG, example="是", note=_FLAG),
    ColumnSpec("secondary_water", ("二次供水", "Secondary water"), Kind.FLAG, example="是", note=_FLAG),
    ColumnSpec("parking_managed", ("车辆管理", "停车管理", "Parking managed"), Kind.FLAG, example="是", note=_FLAG),
    ColumnSpec(
        "owners_body",
        ("业主组织", "业委会", "Owners' body"),
        Kind.CHOICE,
        choices=OwnersBody.labels(),
        example="业委会",
    ),
    ColumnSpec(
        "registered_on",
        ("登记日期", "建档日期", "Registered on"),
        Kind.DATE,
        example="2015-01-01",
        note=Text(
            "从这一天起每天都要有管理方式，否则计为失管", "from this day on it is managed or counted as unmanaged"
        ),
    ),
    ColumnSpec(
        "grids",
        ("网格代码", "所属网格", "Grid codes"),
        longest=400,
        example="320113007001001、320113007001002",
        note=Text(
            "15 位，多个用顿号隔开；按网格名录核对", "15 digits each, separated by commas; checked against the list"
        ),
    ),
    ColumnSpec(
        "management",
        ("管理方式", "Management"),
        Kind.CHOICE,
        choices=_KINDS,
        example="物业企业",
        note=Text(
            "只用于第一次登记；以后的变动在小区页面办理",
            "for the first registration only; changes are made on the estate's page",
        ),
    ),
    ColumnSpec(
        "company",
        ("管理企业信用代码", "物业企业信用代码", "Company USCC"),
        Kind.CODE,
        longest=18,
        example="91320113MA1000011D",
    ),
    ColumnSpec("managed_since", ("管理起始日", "管理开始日期", "Managed since"), Kind.DATE, example="2020-01-01"),
)

FACTS = (
    ColumnSpec(
        "estate",
        ("小区编码", "小区代码", "编码", "Estate code"),
        Kind.CODE,
        required=True,
        longest=20,
        example="QX-0001",
    ),
    ColumnSpec(
        "fact",
        ("事实", "指标", "事实名称", "Fact"),
        required=True,
        example="居民满意度",
        note=Text("评分细则里声明的名称", "as the rules name it"),
    ),
    ColumnSpec(
        "value",
        ("数值", "值", "结果", "Value"),
        required=True,
        example="86.5",
        note=Text(
            "数字照填，百分数写 95 或 95%；是非填“是”“否”；选项填名称",
            "numbers as they are, per cent as 95; yes or no; a choice by name",
        ),
    ),
    ColumnSpec(
        "valid_from",
        ("起始日期", "生效日期", "日期", "From"),
        Kind.DATE,
        required=True,
        example="2026-07-01",
        note=Text("从哪天起成立", "the first day on which it holds"),
    ),
    ColumnSpec(
        "valid_to",
        ("截止日期", "终止日期", "To"),
        Kind.DATE,
        example="2026-09-30",
        note=Text("含当日；空着表示按评分细则", "inclusive; empty: as the rules say"),
    ),
    ColumnSpec(
        "source",
        ("来源", "依据", "Source"),
        required=True,
        example="第三方满意度调查 2026 年第三季度报告",
        note=Text("文件、报告或台账的名称和编号", "name and number of the document"),
    ),
)
SCORES = (
    ColumnSpec(
        "estate",
        ("小区编码", "小区代码", "编码", "Estate code"),
        Kind.CODE,
        required=True,
        longest=20,
        example="QX-0001",
    ),
    ColumnSpec(
        "period",
        ("考核期", "季度", "Period"),
        Kind.CODE,
        required=True,
        longest=8,
        example="2026Q4",
        note=Text("年份加季度，如 2026Q4", "year and quarter, such as 2026Q4"),
    ),
    ColumnSpec("round", ("轮次", "检查轮次", "Round"), Kind.WHOLE, required=True, least=1, example="1"),
)
ESTATE_NAME = ColumnSpec(
    "estate_name",
    ("小区名称", "小区", "Estate"),
    longest=120,
    example="青石园",
    note=Text("只供对照，可空；写成别的小区名会退回", "to compare; may be empty; another estate's name is refused"),
)
ONE_ITEM = (
    ColumnSpec("item", ("项目代码", "项目编号", "项目", "Item"), Kind.CODE, longest=12, example="BJ-01"),
    ColumnSpec("answer", ("作答", "结果", "检查结果", "Answer"), example="2"),
    ColumnSpec("note", ("备注", "说明", "Note"), longest=1000),
)
