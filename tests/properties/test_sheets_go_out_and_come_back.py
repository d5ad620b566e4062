"""Any score sheet written as a workbook is read back the same, and once more as the draft that comes of it."""

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import given, settings

from amending import DEFAULT, loaded
from properties.editions import sheets
from redproperty.domain.sheets import Sheet
from redproperty.exports.score_sheets import score_sheet
from redproperty.store.rules import load_edition
from redproperty.store.rules_drafts import write_draft, written
from redproperty.store.rules_structs import Reader
from redproperty.store.rules_yaml import compose
from redproperty.store.score_sheets import read_score_sheet

PACK = loaded(DEFAULT)


def sheet_of(data) -> Sheet:
    return Reader("random.yaml").read(compose("random.yaml", json.dumps(data).encode()), Sheet)


@given(sheets())
@settings(max_examples=25, deadline=None)
def test_a_sheet_goes_out_and_comes_back(drawn):
    sheet = sheet_of(drawn[0])
    back = read_score_sheet(score_sheet(msgspec.structs.replace(PACK, sheet=sheet), written), like=PACK.sheet)
    assert back.sheet == sheet
    assert back.doubts == []
    with TemporaryDirectory() as place:
        folder = Path(place) / "draft"
        write_draft(folder, back, like=DEFAULT, about=PACK.about, file="a.xlsx", begins=date(2027, 1, 1))
        assert load_edition(folder).sheet == sheet
