"""Settings: read once, said clearly when wrong."""

import pytest

from redproperty.settings import Settings, WrongSetting, from_environment


def test_without_variables_the_defaults_hold():
    assert from_environment({"HOME": "/x"}) == Settings()


def test_each_kind_of_value_is_read(tmp_path):
    given = {"PORT": "9000", "DEMO": "1", "RULES": str(tmp_path), "HOST": "::1"}
    settings = from_environment({f"REDPROPERTY_{name}": value for name, value in given.items()})
    assert (settings.port, settings.demo, settings.rules, settings.host) == (9000, True, tmp_path, "::1")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REDPROPERTY_PORT", "http", "REDPROPERTY_PORT='http'"),
        ("REDPROPERTY_DEMO", "maybe", "请填 1 或 0，例如 REDPROPERTY_DEMO=1 · write 1 or 0"),
        ("REDPROPERTY_PORT", "65536", "from 1 to 65535"),
        ("REDPROPERTY_PORT", "²", "from 1 to 65535"),
        ("REDPROPERTY_LOCKOUT_ATTEMPTS", "0", "from 1 to"),
        ("REDPROPERTY_RULES", "/no/such/folder", "没有这个文件夹"),
        ("REDPROPERTY_PROT", "1", "no such setting"),
    ],
)
def test_a_wrong_setting_is_named_with_an_example(name, value, said):
    with pytest.raises(WrongSetting, match=said):
        from_environment({name: value})
