import pytest

from redproperty.domain.access import Actor, Deed, Role, Scope, Subject, allowed, may, post_problems, require, scope
from redproperty.domain.texts import Refused

YAOHUA, MAQUN = "320113001000", "320113002000"
OF_STREET = {Role.INSPECTOR, Role.REVIEWER}


def actor(role: Role, *, person: int = 1) -> Actor:
    street = YAOHUA if role in OF_STREET else None
    return Actor(person, role.value, role.label.zh, role, street, 7 if role is Role.COMPANY else None)


# Written from the description of the posts, deed by deed, independently of the table in the module.
MATRIX = {
    Role.INSPECTOR: "view_estates view_inspections view_ratings view_takeovers view_rules export import_scores "
    "score_inspection submit_inspection amend_inspection name_companion "
    "view_rectifications close_rectification "
    "view_photos view_originals add_photo remove_photo sign_inspection record_position",
    Role.REVIEWER: "view_estates view_coverage view_inspections view_ratings view_takeovers view_rules "
    "export edit_estates record_facts import_facts import_scores review_inspection open_takeover "
    "ask_reopening void_inspection hand_over view_seconds name_companion view_rectifications close_rectification "
    "view_odd "
    "view_photos view_originals",
    Role.DISTRICT: "view_estates view_coverage view_inspections view_ratings view_money view_takeovers view_rules "
    "export edit_estates record_facts import_divisions import_estates import_companies import_facts import_scores "
    "open_round reopen_inspection close_period publish_ratings open_takeover move_takeover view_scenarios "
    "make_scenario propose_edition approve_edition ask_reopening void_inspection change_round void_round hand_over "
    "draw_seconds view_seconds view_rectifications view_odd "
    "view_photos view_originals",
    Role.FINANCE_PREPARER: "view_estates view_inspections view_ratings view_money view_rules view_scenarios "
    "export draft_run void_run "
    "view_photos",
    Role.FINANCE_CHECKER: "view_estates view_inspections view_ratings view_money view_rules "
    "view_scenarios export approve_run void_run approve_edition "
    "view_photos",
    Role.COMPANY: "view_estates view_ratings view_money view_takeovers view_rules export "
    "view_rectifications report_rectification "
    "view_photos",
    Role.CUSTODY: "view_estates view_coverage view_ratings view_takeovers view_rules export "
    "open_takeover move_takeover",
    Role.AUDITOR: "view_estates view_coverage view_inspections view_ratings view_money view_takeovers view_rules "
    "view_audit view_people view_scenarios view_seconds view_rectifications view_odd export "
    "view_photos view_originals",
    Role.ADMIN: "view_rules view_people manage_people",
}


@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("role", Role)
def test_each_post_does_what_it_is_for_and_nothing_else(role, deed):
    expected = deed.value in MATRIX[role].split()
    assert allowed(role, deed) is expected
    assert (may(actor(role), deed) is None) is expected


@pytest.mark.parametrize("deed", [Deed.VIEW_INSPECTIONS, Deed.VIEW_RATINGS, Deed.VIEW_MONEY, Deed.EXPORT])
def test_the_administrator_sees_no_scores_and_no_money(deed):
    assert not allowed(Role.ADMIN, deed)
    assert scope(actor(Role.ADMIN)).nothing


def test_the_auditor_reads_everything_and_writes_nothing():
    reads = {deed for deed in Deed if deed.value.startswith("view_")} | {Deed.EXPORT}
    assert {deed for deed in Deed if allowed(Role.AUDITOR, deed)} == reads
    assert scope(actor(Role.AUDITOR)).everything


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_own_and_foreign_estates(role):
    own, foreign = Subject(street=YAOHUA, company_id=7), Subject(street=MAQUN, company_id=8)
    assert may(actor(role), Deed.VIEW_ESTATES, own) is None
    narrow = role in OF_STREET | {Role.COMPANY}
    assert (may(actor(role), Deed.VIEW_ESTATES, foreign) is not None) is narrow


def test_a_company_does_not_see_its_neighbours_in_the_same_street():
    assert may(actor(Role.COMPANY), Deed.VIEW_RATINGS, Subject(street=YAOHUA, company_id=8)) is not None
    assert may(actor(Role.COMPANY), Deed.VIEW_RATINGS, Subject(street=YAOHUA)) is not None


@pytest.mark.parametrize("role", [Role.FINANCE_PREPARER, Role.FINANCE_CHECKER, Role.CUSTODY])
def test_a_post_that_may_serve_one_street_is_held_to_it(role):
    of_street = Actor(1, "x", "x", role, YAOHUA)
    assert scope(of_street) == Scope(streets=(YAOHUA,))
    assert may(of_street, Deed.VIEW_ESTATES, Subject(street=MAQUN)) is not None
    assert may(of_street, Deed.VIEW_ESTATES, Subject()) is not None, "what spans the district is not one street's"
    assert scope(Actor(1, "x", "x", role)).everything


@pytest.mark.parametrize("role", [*sorted(OF_STREET), Role.COMPANY])
def test_an_incomplete_post_sees_nothing(role):
    lost = Actor(1, "x", "x", role)
    assert scope(lost).nothing
    assert may(lost, Deed.VIEW_ESTATES, Subject()) is not None
    assert may(lost, Deed.VIEW_ESTATES, Subject(street=YAOHUA, company_id=7)) is not None


def test_who_scored_does_not_review():
    inspection = Subject(street=YAOHUA, inspected_by=(4, 5))
    assert may(actor(Role.REVIEWER, person=6), Deed.REVIEW_INSPECTION, inspection) is None
    refusal = may(actor(Role.REVIEWER, person=5), Deed.REVIEW_INSPECTION, inspection)
    assert refusal is not None
    assert "评分与复核分离" in refusal.zh


@pytest.mark.parametrize("role", Role)
def test_who_drafted_a_run_does_not_approve_it_whatever_the_post(role):
    assert may(actor(role, person=9), Deed.APPROVE_RUN, Subject(prepared_by={9})) is not None


def test_another_checker_approves():
    assert may(actor(Role.FINANCE_CHECKER, person=8), Deed.APPROVE_RUN, Subject(prepared_by={9})) is None


def test_a_refusal_names_the_rule_and_who_can():
    refusal = may(actor(Role.INSPECTOR), Deed.APPROVE_RUN)
    assert refusal is not None
    for wording in ("岗位权限表", "财务审核", "账号管理员", "批准补贴表"):
        assert wording in refusal.zh
    for wording in ("table of posts", "finance checker", "account administrator", "approve a subsidy run"):
        assert wording in refusal.en


def test_what_is_required_and_refused_is_raised():
    require(actor(Role.INSPECTOR), Deed.SCORE_INSPECTION, Subject(street=YAOHUA))
    with pytest.raises(Refused, match="数据范围"):
        require(actor(Role.INSPECTOR), Deed.SCORE_INSPECTION, Subject(street=MAQUN))


@pytest.mark.parametrize("name", [*Role, *Deed])
def test_every_post_and_deed_has_a_title_in_both_languages(name):
    assert name.label.zh
    assert name.label.en.isascii()


@pytest.mark.parametrize(
    ("role", "street", "company", "fields"),
    [
        (Role.INSPECTOR, YAOHUA, None, []),
        (Role.INSPECTOR, None, None, ["street"]),
        (Role.REVIEWER, "", 3, ["street", "company"]),
        (Role.COMPANY, None, 3, []),
        (Role.COMPANY, YAOHUA, None, ["street", "company"]),
        (Role.CUSTODY, YAOHUA, None, []),
        (Role.CUSTODY, None, None, []),
        (Role.AUDITOR, YAOHUA, None, ["street"]),
        (Role.ADMIN, None, 3, ["company"]),
    ],
)
def test_a_post_names_the_street_or_company_that_it_needs(role, street, company, fields):
    assert [problem.field for problem in post_problems(role, street, company)] == fields
