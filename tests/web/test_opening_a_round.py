"""The district opens a round: every managed estate gets one inspection, every inspector a share of the street."""

from datetime import date

from redproperty.store.tables import AuditEntry, Estate, Inspection, Person, Round

FORM = {"period": "2026Q4", "opens_on": "2026-11-24", "due_on": "2026-12-15"}


async def assigned() -> dict[str, str]:
    rows = await Inspection.select(Inspection.estate.code.as_alias("code"), Inspection.inspector.login.as_alias("who"))
    return {row["code"]: row["who"] for row in rows}


async def test_the_form_shows_who_will_have_how_much_and_whom_nobody_manages(signed_in):
    client = await signed_in("district")
    page = (await client.get("/rounds/new")).text
    assert "第 1 轮：4 个小区" in page
    assert "无主巷" in page
    assert 'name="opens_on" type="date" value="2026-11-23"' in page
    assert await Round.count() == 0


async def test_every_managed_estate_gets_a_draft_of_an_inspector_of_its_street(signed_in):
    client = await signed_in("district")
    response = await client.post("/rounds", data=FORM)
    assert response.headers["location"] == "/inspections?period=2026Q4&round=1"
    # 仙林 has two inspectors for two estates in two communities, 马群 one for two; 无主巷 is unmanaged.
    assert await assigned() == {
        "QX-0001": "inspector.xl",
        "QX-0002": "inspector2.xl",
        "QX-0003": "inspector.mq",
        "QX-0004": "inspector.mq",
    }
    entry = await AuditEntry.select(AuditEntry.details).where(AuditEntry.deed == "open_round").first()
    assert '"unmanaged":["QX-0005"]' in entry["details"]
    mine = (await (await signed_in("inspector.xl")).get("/tasks")).text
    assert "青石园" in mine
    assert "紫金花苑" not in mine


async def test_all_problems_of_the_days_come_at_once_and_nothing_is_opened(signed_in):
    client = await signed_in("district")
    response = await client.post("/rounds", data=FORM | {"opens_on": "", "due_on": "2027-01-05"})
    assert response.status_code == 422
    for words in ("有 2 处需要修改", "请填写日期，例如 2026-10-08", "要在2026年第四季度之内", 'value="2027-01-05"'):
        assert words in response.text
    assert await Round.count() == 0


async def test_the_next_round_comes_after_the_last_and_changes_hands(signed_in):
    client = await signed_in("district")
    await client.post("/rounds", data=FORM)
    early = await client.post("/rounds", data=FORM | {"opens_on": "2026-12-15", "due_on": "2026-12-31"})
    assert "第 1 轮 2026-12-15 才截止，请从次日起开启" in early.text
    await client.post("/rounds", data=FORM | {"opens_on": "2026-12-16", "due_on": "2026-12-31"})
    second = (Inspection.round.number == 2) & (Inspection.estate.code == "QX-0001")
    row = await Inspection.select(Inspection.inspector.login.as_alias("who")).where(second).first()
    assert row == {"who": "inspector2.xl"}


async def test_a_street_without_an_inspector_is_named(signed_in):
    await Person.update({Person.disabled: True}).where(Person.login == "inspector.mq")
    client = await signed_in("district")
    assert "没有检查员账号" in (await client.get("/rounds/new")).text
    response = await client.post("/rounds", data=FORM)
    assert response.status_code == 403
    assert "马群街道没有检查员账号，不能派单" in response.text
    assert await Round.count() == 0


async def test_a_period_without_an_edition_is_refused(signed_in):
    client = await signed_in("district")
    response = await client.post("/rounds", data=FORM | {"period": "2025Q4"})
    assert "2025年第四季度第一天没有生效的规则版本" in response.text


async def test_who_opens_rounds_is_led_there_where_none_is_open(signed_in):
    empty = 'class="empty"><p>这个考核期还没有开启检查轮次。</p>'
    page = (await (await signed_in("district")).get("/inspections")).text
    assert f'{empty}<a class="button" href="/rounds/new">开启检查轮次</a>' in page
    page = (await (await signed_in("reviewer.xl")).get("/inspections")).text
    assert empty in page
    assert "/rounds/new" not in page


async def test_a_round_is_for_the_estates_chosen_and_shared_out_as_weighed(signed_in):
    client = await signed_in("district")
    person = (await Person.select(Person.id).where(Person.login == "inspector2.xl").first())["id"]
    choice = {"street": "320113007000", f"weight-{person}": "0"}
    page = (await client.get("/rounds/new", params=FORM | choice)).text
    assert "第 1 轮：2 个小区" in page
    await client.post("/rounds", data=FORM | choice)
    assert await assigned() == {"QX-0001": "inspector.xl", "QX-0002": "inspector.xl"}
    number = (await Round.select(Round.id).first())["id"]
    assert "仙林街道" in (await client.get(f"/rounds/{number}")).text


async def test_a_random_share_states_its_seed(signed_in):
    client = await signed_in("district")
    bare = await client.post("/rounds", data=FORM | {"percent": "50"})
    assert (bare.status_code, "抽取一部分时要写明种子" in bare.text) == (422, True)
    nothing = await client.post("/rounds", data=FORM | {"type": "affordable"})
    assert (nothing.status_code, "所选范围内没有有人管理的小区" in nothing.text) == (422, True)
    await client.post("/rounds", data=FORM | {"percent": "50", "seed": "2026-11-20"})
    assert len(await assigned()) == 2, "half of two in each of two streets"
    number = (await Round.select(Round.id).first())["id"]
    assert "随机抽取 50%，种子 2026-11-20" in (await client.get(f"/rounds/{number}")).text


async def test_a_plan_that_gives_an_estate_to_the_same_person_a_third_time_running_says_so(signed_in):
    estates = {row["code"]: row["id"] for row in await Estate.select(Estate.id, Estate.code)}
    who = await Person.select(Person.id).where(Person.login == "inspector.mq").first()
    for number in (3, 4):
        opened = Round(period="2026Q3", number=number, opens_on=date(2026, 8, 1), due_on=date(2026, 9, number))
        round_ = (await Round.insert(opened))[0]["id"]
        await Inspection.insert(
            Inspection(round=round_, estate=estates["QX-0003"], inspector=who["id"], state="accepted",
                       due_on=date(2026, 9, number))
        )  # fmt: skip
    page = (await (await signed_in("district")).get("/rounds/new")).text
    warning = page[page.index("连续同一检查员") :]
    assert "燕江里</a> 连续第 3 轮" in warning
    assert "尧辰新村</a> 连续" not in warning  # the same inspector, for the first time
