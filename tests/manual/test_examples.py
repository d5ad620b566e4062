"""Every shape of the language has an example, and every example gives what it says, run by loader and engine."""

import pytest

from redproperty.manual.entries import Entry, entries
from redproperty.manual.keys import all_words, keys, words
from redproperty.manual.running import outcome
from redproperty.manual.vocabulary import kinds, structs, tag_of


@pytest.mark.parametrize("section", kinds())
def test_every_kind_has_an_example(section: str):
    written = {entry.kind for entry in entries() if entry.section == section}
    missing = sorted(set(kinds()[section]) - written)
    assert missing == [], f"write src/redproperty/manual/shapes/{section}/<kind>.yaml for {missing}"


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.path)
def test_an_example_gives_what_it_says(entry: Entry):
    assert [dict(row) for row in outcome(entry)] == [row.gives for row in entry.rows]


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.path)
def test_an_example_is_said_in_both_languages_and_shows_something(entry: Entry):
    for said in (entry.title, entry.want, entry.what):
        assert said.zh
        assert said.en
    assert any(row.gives for row in entry.rows)


@pytest.mark.parametrize("struct", structs(), ids=lambda struct: f"{struct.__module__}.{struct.__name__}")
def test_every_key_has_words(struct: type):
    assert all(key.meaning.zh and key.meaning.en for key in keys(struct))


def test_no_words_are_left_that_no_key_asks_for():
    asked = set()
    for struct in structs():
        tag = tag_of(struct)
        for name in [*(key.name for key in keys(struct)), *([tag[0]] if tag else [])]:
            asked.add(words(struct, name))
    assert [name for name, said in all_words().items() if said not in asked] == []
