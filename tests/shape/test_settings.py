"""Settings: read once, said clearly when wrong."""

from pathlib import Path

import pytest

from redproperty.settings import Settings, WrongSetting, from_environment


def test_without_variables_the_defaults_hold():
    assert from_environment({"HOME": "/x"}) == Settings()


def test_each_kind_of_value_is_read():
    given = {"REDPROPERTY_PORT": "9000", "REDPROPERTY_DEMO": "1", "REDPROPERTY_RULES": "/r", "REDPROPERTY_HOST": "::1"}
    settings = from_environment(given)
    assert (settings.port, settings.demo, settings.rules, settings.host) == (9000, True, Path("/r"), "::1")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REDPROPERTY_PORT", "http", "REDPROPERTY_PORT='http'"),
        ("REDPROPERTY_DEMO", "maybe", "write 1 or 0"),
        ("REDPROPERTY_PROT", "1", "no such setting"),
    ],
)
def test_a_wrong_setting_is_named_with_an_example(name, value, said):
    with pytest.raises(WrongSetting, match=said):
        from_environment({name: value})
