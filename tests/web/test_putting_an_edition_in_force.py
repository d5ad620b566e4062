"""A new edition of the rules needs two people; who and when is shown, and a changed file needs them again."""

from datetime import timedelta

import msgspec
import pytest

import district
import rated
from amending import DEFAULT, NEXT, REFORM, lay
from redproperty.actions.publications import propose, reasons_against
from redproperty.actions.ratings import close_period
from redproperty.domain.packs import in_force
from redproperty.domain.publications import Proposal, Standing, gated, standing
from redproperty.domain.texts import Refused
from redproperty.settings import Settings
from redproperty.store.audit import Wanted, page
from redproperty.store.publications import publications
from redproperty.store.ratings import runs
from redproperty.web.editions import read

DOCUMENT = {"document": "栖住建〔2026〕88号", "note": "电梯项加重"}
PUBLICATION = f"/rules/{NEXT}/publication"


@pytest.fixture
def rules(tmp_path):
    """The rules folder of the installation: the shipped edition, in force since the record was set up."""
    lay(tmp_path / "rules", cases=False)
    return tmp_path / "rules"


@pytest.fixture
def settings(database: str, rules) -> Settings:
    """The settings of an installation with rules of its own."""
    return Settings(database=database, rules=rules)


async def decided(client, decision="approve", **more):
    """Decide on the proposal as its page shows it."""
    shown = (await client.get(PUBLICATION)).text
    digest = shown.split('name="digest" value="')[1].split('"')[0] if 'name="digest"' in shown else ""
    return await client.post(f"/rules/{NEXT}/decide", data={"decision": decision, "digest": digest, **more})


async def test_what_a_record_is_set_up_with_holds_and_says_that_no_two_people_published_it(signed_in):
    page_ = await (await signed_in("inspector.xl")).get("/rules")
    assert "施行" in page_.text
    assert "建库时启用（2026-11-23 10:00），未经两人发布" in page_.text
    [entry] = [one for one in await page(Wanted(), number=1) if one.deed == "adopt_edition"]
    assert entry.subject == "rules:2026-01-01"


async def test_one_proposes_another_approves_and_who_and_when_is_shown(signed_in, rules):
    lay(rules, NEXT, *REFORM, cases=False)
    bureau, finance = await signed_in("district"), await signed_in("checker")
    shown = await bureau.get(PUBLICATION)  # a new folder needs no restart
    assert "未发布" in shown.text
    assert "每项扣 <del>0.5</del> 分" in shown.text  # the changes against the one before, before anybody proposes
    answer = await bureau.post(f"/rules/{NEXT}/propose", data=DOCUMENT)
    assert answer.headers["location"] == PUBLICATION
    shown = (await bureau.get(PUBLICATION)).text
    assert "待批准" in shown
    assert "由您提请发布，不能由您批准" in shown
    assert "赵区 于 2026-11-23 10:00 提请发布，文号 栖住建〔2026〕88号。 电梯项加重" in shown
    assert (await decided(finance)).status_code == 303
    shown = (await finance.get(PUBLICATION)).text
    assert "赵区 提请（2026-11-23 10:00）；周审 批准（2026-11-23 10:00）" in shown
    listed = await (await signed_in("company1")).get("/rules")
    assert "周审 批准" in listed.text
    deeds = [(one.name, one.deed) for one in await page(Wanted(), number=1)]
    assert [one for one in deeds if one[1].endswith("_edition")][:2] == [
        ("周审", "approve_edition"),
        ("赵区", "propose_edition"),
    ]


async def test_the_proposer_never_approves_whatever_the_page_says(signed_in, rules):
    lay(rules, NEXT, cases=False)
    bureau = await signed_in("district")
    await bureau.post(f"/rules/{NEXT}/propose", data=DOCUMENT)
    answer = await bureau.post(f"/rules/{NEXT}/decide", data={"decision": "approve", "digest": "x"})
    assert answer.status_code == 422
    assert "由您提请发布，不能由您批准" in answer.text
    [proposal] = await publications(NEXT)
    assert proposal.state == "proposed"


async def test_nothing_is_made_under_an_edition_that_nobody_published(signed_in, rules, app):
    lay(rules, "2026-07-01", cases=False)
    client = await signed_in("district")
    await client.get("/rules")
    await rated.score(rated.the_pack())
    answer = await client.post("/ratings/2026Q3/close")
    assert "规则版本 2026-07-01 尚未发布，不能据以办理" in (await client.get(answer.headers["location"])).text
    assert await runs() == []


async def test_an_edition_whose_cases_fail_cannot_be_proposed_nor_approved(signed_in, rules):
    folder = lay(rules, NEXT)
    cases = folder / "tests/items.yaml"
    sound = cases.read_text(encoding="utf-8")
    cases.write_text(sound.replace("score: 99.5", "score: 12", 1), encoding="utf-8")
    bureau, finance = await signed_in("district"), await signed_in("checker")
    assert "自带的案例有 1 个不符" in (await bureau.get(PUBLICATION)).text
    answer = await bureau.post(f"/rules/{NEXT}/propose", data=DOCUMENT)
    assert answer.status_code == 422
    assert "自带的案例有 1 个不符" in answer.text
    cases.write_text(sound, encoding="utf-8")
    assert (await bureau.post(f"/rules/{NEXT}/propose", data=DOCUMENT)).status_code == 303
    cases.write_text(sound.replace("score: 99.5", "score: 12", 1), encoding="utf-8")
    assert (await decided(finance)).status_code == 422
    assert [one.state for one in await publications(NEXT)] == ["proposed"]


async def test_a_file_changed_after_the_proposal_cannot_be_approved(signed_in, rules):
    folder = lay(rules, NEXT, cases=False)
    bureau, finance = await signed_in("district"), await signed_in("checker")
    await bureau.post(f"/rules/{NEXT}/propose", data=DOCUMENT)
    sheet = folder / "sheet.yaml"
    sheet.write_text(sheet.read_text(encoding="utf-8").replace("step: 0.5", "step: 1", 1), encoding="utf-8")
    answer = await decided(finance)
    assert answer.status_code == 422
    assert "提请之后文件又有改动" in answer.text
    assert "批准之后" not in answer.text, "what cannot be approved promises nothing"
    await bureau.post(f"/rules/{NEXT}/propose", data=DOCUMENT)  # takes the place of the first
    assert [one.state for one in await publications(NEXT)] == ["proposed", "withdrawn"]
    assert (await decided(finance)).status_code == 303


async def test_an_edition_changed_after_its_publication_stops_until_it_is_published_again(signed_in, rules, app):
    await rated.score(rated.the_pack())
    sheet = rules / "2026-01-01/sheet.yaml"
    sheet.write_text(sheet.read_text(encoding="utf-8") + "# 改\n", encoding="utf-8")
    client = await signed_in("district")
    assert "发布后已改" in (await client.get("/rules")).text
    answer = await client.post("/ratings/2026Q3/close")
    assert "规则版本 2026-01-01 的文件在发布之后改动过" in (await client.get(answer.headers["location"])).text


async def test_a_proposal_is_sent_back_with_a_reason(signed_in, rules):
    lay(rules, NEXT, cases=False)
    bureau, finance = await signed_in("district"), await signed_in("checker")
    await bureau.post(f"/rules/{NEXT}/propose", data=DOCUMENT)
    answer = await decided(finance, "return")
    assert answer.status_code == 422
    assert "退回要写明原因" in answer.text
    answer = await decided(finance, "return", remark="长" * 301)  # nothing is cut off in silence
    assert (answer.status_code, "最多 300 个字" in answer.text) == (422, True)
    assert (await decided(finance, "return", remark="文号未印发")).status_code == 303
    shown = (await bureau.get(PUBLICATION)).text
    assert "周审 退回（2026-11-23 10:00）" in shown
    assert "文号未印发" in shown


async def test_a_document_number_is_asked_for_and_a_draft_refused(signed_in, rules):
    lay(rules, NEXT, cases=False)
    bureau = await signed_in("district")
    answer = await bureau.post(f"/rules/{NEXT}/propose", data={"document": " "})
    assert answer.status_code == 422
    assert "请填写批准或印发的文号" in answer.text
    lay(rules, "2028-01-01", ("pack.yaml", "status: in_force", "status: draft"), cases=False)
    answer = await bureau.post("/rules/2028-01-01/propose", data=DOCUMENT)
    assert "pack.yaml 仍写着 status: draft" in answer.text
    answer = await bureau.post("/rules/2026-01-01/propose", data=DOCUMENT)
    assert "这些文件已经发布" in answer.text


@pytest.mark.parametrize("login", ["inspector.xl", "company1", "preparer", "auditor"])
async def test_others_read_and_neither_propose_nor_approve(signed_in, rules, login):
    lay(rules, NEXT, cases=False)
    client = await signed_in(login)
    assert (await client.get(PUBLICATION)).status_code == 200
    assert (await client.post(f"/rules/{NEXT}/propose", data=DOCUMENT)).status_code == 403
    assert (await client.post(f"/rules/{NEXT}/decide", data={"decision": "approve"})).status_code == 403


def test_only_what_is_published_as_it_is_can_be_used():
    pack = rated.the_pack()
    on = pack.about.effective_from
    assert in_force(gated([pack], {pack.edition: pack.digest}), on) == pack
    for published, words in (({}, "尚未发布"), ({pack.edition: "other"}, "发布之后改动过")):
        with pytest.raises(Refused, match=words):
            in_force(gated([pack], published), on)
    assert standing(pack, pack.digest, proposed=True, on=on) is Standing.IN_FORCE
    assert standing(pack, pack.digest, proposed=True, on=on - timedelta(days=1)) is Standing.COMING
    assert standing(pack, None, proposed=True, on=on) is Standing.PROPOSED
    assert standing(pack, None, proposed=False, on=on) is Standing.UNPUBLISHED
    assert standing(pack, "other", proposed=False, on=on) is Standing.CHANGED


def test_an_edition_without_cases_is_put_in_force_by_nobody():
    bare = Proposal(edition=NEXT, pack=rated.the_pack(), why_not=None, tested=False)
    (why,) = reasons_against(bare, None)
    assert "没有案例" in why.zh
    assert "tests" in why.zh
    assert list(reasons_against(msgspec.structs.replace(bare, tested=True), None)) == []


async def test_actions_given_gated_editions_refuse(record):
    pack = rated.the_pack()
    await rated.score(pack)
    bureau = await district.actor("district")
    with pytest.raises(Refused, match="尚未发布"):
        await close_period(bureau, gated([pack], {}), rated.Q3, at=district.NOW)
    unreadable = Proposal(edition=NEXT, pack=None, why_not=read(Settings(rules=DEFAULT.parent)).all[0].why_not)
    with pytest.raises(Refused, match="没有这个规则版本"):
        await propose(bureau, unreadable, document="号", at=district.NOW)
