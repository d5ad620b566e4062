"""Who may do what to whom: the role table, the data scope, and the separations that hold whatever the role."""

from collections.abc import Collection
from dataclasses import dataclass, field

from redproperty.domain.choices import Choice
from redproperty.domain.texts import Problem, Refused, Text


class Role(Choice):
    """What an account is for; one account has one role."""

    INSPECTOR = "inspector", "街道检查员", "street inspector"
    REVIEWER = "reviewer", "街道复核员", "street reviewer"
    DISTRICT = "district", "区住建局", "district bureau"
    FINANCE_PREPARER = "finance_preparer", "财务制表", "finance preparer"
    FINANCE_CHECKER = "finance_checker", "财务审核", "finance checker"
    COMPANY = "company", "物业服务企业", "property company"
    CUSTODY = "custody", "托管办", "custody office"
    AUDITOR = "auditor", "审计", "auditor"
    ADMIN = "admin", "账号管理员", "account administrator"


class Deed(Choice):
    """Everything that a person can do; the audit log calls deeds by these names."""

    VIEW_ESTATES = "view_estates", "查看小区", "see estates"
    VIEW_COVERAGE = "view_coverage", "查看全区覆盖情况", "see the coverage of the district"
    VIEW_INSPECTIONS = "view_inspections", "查看检查", "see inspections"
    VIEW_ODD = "view_odd", "查看异常检查", "see odd inspections"
    VIEW_RECTIFICATIONS = "view_rectifications", "查看整改", "see rectifications"
    VIEW_PHOTOS = "view_photos", "查看照片", "see photos"
    VIEW_ORIGINALS = "view_originals", "查看照片原图", "see photos as they were taken"
    VIEW_RATINGS = "view_ratings", "查看星级", "see stars"
    VIEW_MONEY = "view_money", "查看补贴", "see subsidies"
    VIEW_TAKEOVERS = "view_takeovers", "查看托管案件", "see takeovers"
    VIEW_RULES = "view_rules", "查看评分细则", "see the rules"
    VIEW_SCENARIOS = "view_scenarios", "查看测算", "see what-ifs"
    VIEW_AUDIT = "view_audit", "查看操作记录", "see the audit log"
    VIEW_PEOPLE = "view_people", "查看账号", "see accounts"
    EXPORT = "export", "导出", "export"
    EDIT_ESTATES = "edit_estates", "修改小区资料", "change the register of estates"
    RECORD_FACTS = "record_facts", "登记事实", "record facts"
    IMPORT_DIVISIONS = "import_divisions", "导入区划名录", "import the list of divisions"
    IMPORT_ESTATES = "import_estates", "导入小区", "import estates"
    IMPORT_COMPANIES = "import_companies", "导入企业", "import companies"
    IMPORT_FACTS = "import_facts", "导入事实", "import facts"
    IMPORT_SCORES = "import_scores", "导入评分", "import scores"
    OPEN_ROUND = "open_round", "开启检查轮次", "open a round of inspections"
    CHANGE_ROUND = "change_round", "调整检查轮次", "change a round of inspections"
    VOID_ROUND = "void_round", "作废检查轮次", "make a round of inspections void"
    HAND_OVER = "hand_over", "移交检查任务", "hand over inspections"
    DRAW_SECONDS = "draw_seconds", "抽取盲评", "draw inspections for a blind second look"
    VIEW_SECONDS = "view_seconds", "查看盲评差异", "see how second looks differ"
    SCORE_INSPECTION = "score_inspection", "评分", "score an inspection"
    SUBMIT_INSPECTION = "submit_inspection", "提交检查", "submit an inspection"
    AMEND_INSPECTION = "amend_inspection", "更正已提交的检查", "amend a submitted inspection"
    NAME_COMPANION = "name_companion", "指定同行人", "name who enters an inspection along with its lead"
    ADD_PHOTO = "add_photo", "上传照片", "add a photo"
    REMOVE_PHOTO = "remove_photo", "移除照片", "remove a photo"
    SIGN_INSPECTION = "sign_inspection", "登记签字", "record a signature"
    RECORD_POSITION = "record_position", "记录位置", "record a position"
    REVIEW_INSPECTION = "review_inspection", "复核检查", "review an inspection"
    VOID_INSPECTION = "void_inspection", "作废检查", "make an inspection void"
    ASK_REOPENING = "ask_reopening", "申请重新开放检查", "ask to reopen an inspection"
    REOPEN_INSPECTION = "reopen_inspection", "重新开放检查", "reopen an inspection"
    REPORT_RECTIFICATION = "report_rectification", "报告整改", "report a rectification"
    CLOSE_RECTIFICATION = "close_rectification", "整改销号", "close a rectification"
    CLOSE_PERIOD = "close_period", "结算考核期", "close a period"
    PUBLISH_RATINGS = "publish_ratings", "发布星级", "publish stars"
    MAKE_SCENARIO = "make_scenario", "编制测算", "make a what-if"
    DRAFT_RUN = "draft_run", "编制补贴表", "draft a subsidy run"
    APPROVE_RUN = "approve_run", "批准补贴表", "approve a subsidy run"
    VOID_RUN = "void_run", "作废补贴表", "void a subsidy run"
    OPEN_TAKEOVER = "open_takeover", "立案托管", "open a takeover"
    MOVE_TAKEOVER = "move_takeover", "推进托管案件", "move a takeover"
    PROPOSE_EDITION = "propose_edition", "提请发布规则版本", "propose an edition of the rules"
    APPROVE_EDITION = "approve_edition", "批准规则版本", "put an edition of the rules in force"
    MANAGE_PEOPLE = "manage_people", "管理账号", "manage accounts"


# fmt: off
_TABLE: dict[Deed, str] = {
    #                        inspector
    #                        | reviewer
    #                        | | district
    #                        | | | finance preparer
    #                        | | | | finance checker
    #                        | | | | | company
    #                        | | | | | | custody
    #                        | | | | | | | auditor
    #                        | | | | | | | | admin
    Deed.VIEW_ESTATES:      "x x x x x x x x .",
    Deed.VIEW_COVERAGE:     ". x x . . . x x .",
    Deed.VIEW_INSPECTIONS:  "x x x x x . . x .",
    Deed.VIEW_ODD:          ". x x . . . . x .",
    Deed.VIEW_RECTIFICATIONS: "x x x . . x . x .",
    Deed.VIEW_PHOTOS:       "x x x x x x . x .",
    Deed.VIEW_ORIGINALS:    "x x x . . . . x .",
    Deed.VIEW_RATINGS:      "x x x x x x x x .",
    Deed.VIEW_MONEY:        ". . x x x x . x .",
    Deed.VIEW_TAKEOVERS:    "x x x . . x x x .",
    Deed.VIEW_RULES:        "x x x x x x x x x",
    Deed.VIEW_SCENARIOS:    ". . x x x . . x .",
    Deed.VIEW_AUDIT:        ". . . . . . . x .",
    Deed.VIEW_PEOPLE:       ". . . . . . . x x",
    Deed.EXPORT:            "x x x x x x x x .",
    Deed.EDIT_ESTATES:      ". x x . . . . . .",
    Deed.RECORD_FACTS:      ". x x . . . . . .",
    Deed.IMPORT_DIVISIONS:  ". . x . . . . . .",
    Deed.IMPORT_ESTATES:    ". . x . . . . . .",
    Deed.IMPORT_COMPANIES:  ". . x . . . . . .",
    Deed.IMPORT_FACTS:      ". x x . . . . . .",
    Deed.IMPORT_SCORES:     "x x x . . . . . .",
    Deed.OPEN_ROUND:        ". . x . . . . . .",
    Deed.CHANGE_ROUND:      ". . x . . . . . .",
    Deed.VOID_ROUND:        ". . x . . . . . .",
    Deed.HAND_OVER:         ". x x . . . . . .",
    Deed.DRAW_SECONDS:      ". . x . . . . . .",
    Deed.VIEW_SECONDS:      ". x x . . . . x .",
    Deed.SCORE_INSPECTION:  "x . . . . . . . .",
    Deed.SUBMIT_INSPECTION: "x . . . . . . . .",
    Deed.AMEND_INSPECTION:  "x . . . . . . . .",
    Deed.NAME_COMPANION:    "x x . . . . . . .",
    Deed.ADD_PHOTO:         "x . . . . . . . .",
    Deed.REMOVE_PHOTO:      "x . . . . . . . .",
    Deed.SIGN_INSPECTION:   "x . . . . . . . .",
    Deed.RECORD_POSITION:   "x . . . . . . . .",
    Deed.REVIEW_INSPECTION: ". x . . . . . . .",
    Deed.VOID_INSPECTION:   ". x x . . . . . .",
    Deed.ASK_REOPENING:     ". x x . . . . . .",
    Deed.REOPEN_INSPECTION: ". . x . . . . . .",
    Deed.REPORT_RECTIFICATION: ". . . . . x . . .",
    Deed.CLOSE_RECTIFICATION: "x x . . . . . . .",
    Deed.CLOSE_PERIOD:      ". . x . . . . . .",
    Deed.PUBLISH_RATINGS:   ". . x . . . . . .",
    Deed.MAKE_SCENARIO:     ". . x . . . . . .",
    Deed.DRAFT_RUN:         ". . . x . . . . .",
    Deed.APPROVE_RUN:       ". . . . x . . . .",
    Deed.VOID_RUN:          ". . . x x . . . .",
    Deed.OPEN_TAKEOVER:     ". x x . . . x . .",
    Deed.MOVE_TAKEOVER:     ". . x . . . x . .",
    Deed.PROPOSE_EDITION:   ". . x . . . . . .",
    Deed.APPROVE_EDITION:   ". . x . x . . . .",
    Deed.MANAGE_PEOPLE:     ". . . . . . . . x",
}
# fmt: on
_MAY: dict[Deed, frozenset[Role]] = {
    deed: frozenset(role for role, mark in zip(Role, marks.split(), strict=True) if mark == "x")
    for deed, marks in _TABLE.items()
}
_OF_ONE_STREET = {Role.INSPECTOR, Role.REVIEWER}
_OF_THE_DISTRICT = {Role.DISTRICT, Role.AUDITOR}


@dataclass(frozen=True)
class Actor:
    """The person who acts, as signed in; `street` is a 12-digit code, empty for those who serve the whole district."""

    id: int
    login: str
    name: str
    role: Role
    street: str | None = None
    company_id: int | None = None


@dataclass(frozen=True)
class Subject:
    """What a deed is done to: where it lies, whose it is, and who has already had a hand in it (person ids).

        `street` is empty for what spans the district, such as a subsidy run over all streets. `inspected_by` holds
    XX
    """

    street: str | None = None
    company_id: int | None = None
    inspected_by: Collection[int] = ()
    prepared_by: Collection[int] = ()


@dataclass(frozen=True)
class Scope:
    """Which rows a person may see: all, those of some streets, those of one company, or none (all fields empty).

    `inspector` is the person where they inspect: of an estate that they and another score blind of each other, they do
    not see the other's sheet before their own is done.
    """

    everything: bool = False
    streets: tuple[str, ...] = ()
    company_id: int | None = None
    inspector: int | None = field(default=None, compare=False)

    @property
    def nothing(self) -> bool:
        """Whether no row at all may be seen."""
        return not (self.everything or self.streets or self.company_id is not None)

    def covers(self, subject: Subject) -> bool:
        """Whether `subject` lies within it."""
        if self.company_id is not None:
            return subject.company_id == self.company_id
        return self.everything or subject.street in self.streets


def scope(actor: Actor) -> Scope:
    """Return the rows that `actor` may see; one whose post is incomplete (no street, no company) sees none."""
    if actor.role is Role.ADMIN:
        return Scope()
    if actor.role is Role.COMPANY:
        return Scope(company_id=actor.company_id)
    if actor.role in _OF_THE_DISTRICT:
        return Scope(everything=True)
    if actor.street is not None:
        return Scope(streets=(actor.street,), inspector=actor.id if actor.role is Role.INSPECTOR else None)
    return Scope(everything=actor.role not in _OF_ONE_STREET)


def allowed(role: Role, deed: Deed) -> bool:
    """Whether the table gives `deed` to `role`, whatever the subject: what a menu asks."""
    return role in _MAY[deed]


def reads_accounts(role: Role) -> bool:
    """Whether account numbers are shown in full: to finance, a company its own, the auditor; others see the end."""
    return role in {Role.FINANCE_PREPARER, Role.FINANCE_CHECKER, Role.COMPANY, Role.AUDITOR}


_NOT_THE_ROLE = Text(
    "岗位“{role}”不能{deed}（规则：岗位权限表）。可以办理的岗位：{others}；调整岗位请找账号管理员。",
    "The post “{role}” may not {deed} (rule: table of posts). Posts that may: {others}; "
    "the account administrator changes posts.",
)
_NOT_THE_SCOPE = Text(
    "所办事项不在您的数据范围内（规则：街道只看本街道，企业只看本企业的小区）。调整范围请找账号管理员。",
    "This lies outside what you may see (rule: a street sees its street, a company its estates). "
    "The account administrator changes the scope.",
)
_SCORED_IT = Text(
    "您参与了这次检查的评分，不能再复核（规则：评分与复核分离）。请另一名街道复核员办理。",
    "You scored this inspection and cannot review it (rule: scoring and review are apart). "
    "Another street reviewer can.",
)
_PREPARED_IT = Text(
    "这张补贴表由您编制，不能由您批准（规则：制表与审批分离，任何岗位都不例外）。请另一名财务审核办理。",
    "You drafted this run and cannot approve it (rule: drafting and approval are apart, whatever the post). "
    "Another finance checker can.",
)
_PROPOSED_IT = Text(
    "这个规则版本由您提请发布，不能由您批准（规则：提请与批准分离）。请另一名区住建局或财务审核人员办理。",
    "You proposed this edition and cannot put it in force (rule: proposing and approving are apart). Someone else of "
    "the district bureau or a finance checker can.",
)

_ASKED_IT = Text(
    "重新开放由您申请，不能由您决定（规则：申请与批准分离）。请区住建局另一名人员办理。",
    "You asked for the reopening and cannot decide on it (rule: asking and granting are apart). Someone else of the "
    "district bureau can.",
)


def may(actor: Actor, deed: Deed, subject: Subject | None = None) -> Text | None:
    """Return why `actor` may not do `deed`, naming the rule and who can; nothing when they may.

    Without a subject only the table of posts is asked; lists are then cut by `scope`.
    """
    if actor.role not in _MAY[deed]:
        return _not_the_role(actor.role, deed)
    if subject is None:
        return None
    if not scope(actor).covers(subject):
        return _NOT_THE_SCOPE
    mine, refusal = _own_work(deed, subject)
    return refusal if actor.id in mine else None


def _own_work(deed: Deed, subject: Subject) -> tuple[Collection[int], Text]:
    """Return who may not do a deed for having had a hand in its subject, and what they are told."""
    if deed is Deed.REVIEW_INSPECTION:
        return subject.inspected_by, _SCORED_IT
    if deed is Deed.REOPEN_INSPECTION:
        return subject.prepared_by, _ASKED_IT
    if deed is Deed.APPROVE_EDITION:
        return subject.prepared_by, _PROPOSED_IT
    return (subject.prepared_by if deed is Deed.APPROVE_RUN else ()), _PREPARED_IT


def require(actor: Actor, deed: Deed, subject: Subject | None = None) -> None:
    """Pass, or raise.

    Raises:
        Refused: with the text of `may`.
    """
    refusal = may(actor, deed, subject)
    if refusal is not None:
        raise Refused(refusal)


def _not_the_role(role: Role, deed: Deed) -> Text:
    titles = [other.label for other in Role if other in _MAY[deed]]
    others = Text("、".join(title.zh for title in titles), ", ".join(title.en for title in titles))
    return _NOT_THE_ROLE.fill(role=role.label, deed=deed.label, others=others)


def post_problems(role: Role, street: str | None, company_id: int | None) -> list[Problem]:
    """Return what is missing from, or too much in, the post of a new or changed account."""
    problems = []
    if role in _OF_ONE_STREET and not street:
        problems.append(Problem("street", Text("这个岗位要选街道", "This post needs a street")))
    if (role in _OF_THE_DISTRICT or role in {Role.ADMIN, Role.COMPANY}) and street:
        problems.append(Problem("street", Text("这个岗位不属于街道", "This post belongs to no street")))
    if role is Role.COMPANY and company_id is None:
        problems.append(Problem("company", Text("企业账号要选企业", "A company's account needs its company")))
    if role is not Role.COMPANY and company_id is not None:
        problems.append(Problem("company", Text("只有企业账号才选企业", "Only a company's account names a company")))
    return problems
