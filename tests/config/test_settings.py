"""Settings from flags, environment and file."""

from pathlib import Path
from typing import Any

import pytest

from router.config.settings import SECRETS, Settings, load_settings
from router.errors import ConfigInvalid


def test_without_anything_the_defaults_hold() -> None:
    assert load_settings({}, environment={}) == Settings()


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("port: 1\nhost: file\nlog_level: debug\n")
    environment = {"HYBRID_ROUTER_PORT": "2", "HYBRID_ROUTER_HOST": "environment", "HYBRID_ROUTER_UNRELATED": "x"}
    settings = load_settings({"port": "3", "data_dir": None}, environment=environment, file=file)
    assert (settings.port, settings.host, settings.log_level) == (3, "environment", "debug")


@pytest.mark.parametrize(
    ("flags", "environment", "text", "told"),
    [
        ({"port": "many"}, {}, "", "--port: /: `many` is not allowed for port"),
        ({}, {"HYBRID_ROUTER_FSYNC": "never"}, "", "HYBRID_ROUTER_FSYNC: /: `never` is not allowed for fsync"),
        ({}, {}, "port: many\n", "settings.yaml:1:7: /port: `many` is not allowed for port"),
        ({}, {}, "prot: 1\n", "settings.yaml:1:7: /prot: there is no setting `prot`; did you mean `port`?"),
        ({"port": "99999"}, {}, "", "`99999` is not allowed for port: use 0 to 65535"),
        ({"partitions": "0"}, {}, "", "`0` is not allowed for partitions: use 1 to 4096"),
        ({"max_requests": "-1"}, {}, "", "`-1` is not allowed for max_requests: use 1 or more"),
        (
            {"max_reading_bytes": "1000"},
            {},
            "",
            "max_reading_bytes (1000) must have room for one body of max_body_bytes",
        ),
        (
            {},
            {},
            "max_body_bytes: 900000000\n",
            "settings.yaml:1:17: /max_body_bytes: max_reading_bytes (256000000) must",
        ),
        ({"store_timeout_seconds": "-5"}, {}, "", "is not allowed for store_timeout_seconds: use 0.001 or more"),
        ({"shutdown_seconds": "nan"}, {}, "", "`nan` is not allowed for shutdown_seconds: use 0 or more"),
        ({}, {}, "port: 1\ndedup_window_seconds: 0\n", "settings.yaml:2:23: /dedup_window_seconds: `0` is not allowed"),
        ({"braze_url": "foo"}, {}, "", "`foo` is no http or https URL"),
        ({"braze_url": "http://[foo"}, {}, "", "`http://[foo` is no http or https URL"),
        ({"braze_url": "http://foo:99999"}, {}, "", "`http://foo:99999` is no http or https URL"),
        ({}, {"HYBRID_ROUTER_BRAZE_URL": "ftp://x"}, "", "HYBRID_ROUTER_BRAZE_URL"),
        ({}, {}, "- 1\n", "settings.yaml:1:1: /: a settings file must be a mapping"),
    ],
)
def test_a_wrong_setting_says_where_it_is_and_what_is_wrong(
    tmp_path: Path, flags: dict[str, Any], environment: dict[str, str], text: str, told: str
) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    with pytest.raises(ConfigInvalid) as caught:
        load_settings(flags, environment=environment, file=file)
    assert told in str(caught.value)


def test_the_admin_token_is_wrapped() -> None:
    token = Settings(admin_token="hunter2").token
    assert token is not None
    assert "hunter2" not in f"{token!r} {token}"
    assert token.reveal({}) == "hunter2"
    assert Settings().token is None


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_wrong_secret_is_not_shown(name: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(f"{name}: [planted]\n")
    with pytest.raises(ConfigInvalid) as caught:
        load_settings({}, environment={}, file=file)
    assert f"/{name}: this value is not allowed for {name}" in str(caught.value)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("proxy.internal", "`proxy.internal` is neither an address nor a network"),
        ("10.0.0.7,", "`` is neither an address nor a network"),
        ("10.0.0.7 10.0.0.8", "`10.0.0.7 10.0.0.8` is neither"),
        ("10.0.0.0/33", "`10.0.0.0/33` is neither"),
        ("10.0.0.7/8", "`10.0.0.7/8` has bits behind its prefix: use 10.0.0.0/8, or the address without `/`"),
        ("10.0.0.7,0.0.0.0/0", "`0.0.0.0/0` is everybody"),
        ("::/0", "`::/0` is everybody"),
    ],
)
def test_trusted_proxies_that_are_no_networks_are_refused_with_what_to_write(value: str, said: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load_settings({"trusted_proxies": value}, environment={})
    assert said in str(caught.value)
    assert "--trusted-proxies" in str(caught.value)


@pytest.mark.parametrize("value", ["", " ", "10.0.0.7", "10.0.0.0/8, fd00::/8", "::1"])
def test_trusted_proxies_are_addresses_and_networks(value: str) -> None:
    assert load_settings({"trusted_proxies": value}, environment={}).trusted_proxies == value
