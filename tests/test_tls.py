"""Files that cannot be used are named before anything starts."""

import ssl
from collections.abc import Mapping
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from router.config.settings import Settings, load_settings
from router.errors import ConfigInvalid
from router.tls import tls_of

PASSWORD = "planted-password"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates and keys, good and bad."""
    at = tmp_path_factory.mktemp("tls")
    issued, other = trustme.CA().issue_cert("localhost"), trustme.CA().issue_cert("localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(at / "both.pem")
    issued.cert_chain_pems[0].write_to_path(at / "chain.pem")
    issued.private_key_pem.write_to_path(at / "key.pem")
    other.private_key_pem.write_to_path(at / "other.pem")
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSWORD.encode()))
    (at / "locked.pem").write_bytes(key.private_bytes(*form))
    return at


def settings(folder: Path, **names: str) -> Settings:
    """Settings with files of the folder; a password stands for itself."""
    flags = {name: text if "password" in name else str(folder / text) for name, text in names.items()}
    return load_settings(flags, environment={})


def test_without_a_certificate_there_is_no_tls() -> None:
    assert tls_of(Settings(), {}) is None


@pytest.mark.parametrize(
    ("names", "environment"),
    [
        ({"ssl_certfile": "both.pem"}, {}),
        ({"ssl_certfile": "both.pem", "ssl_ca_certs": "chain.pem"}, {}),
        ({"ssl_certfile": "chain.pem", "ssl_keyfile": "key.pem"}, {}),
        ({"ssl_certfile": "chain.pem", "ssl_keyfile": "locked.pem", "ssl_keyfile_password": PASSWORD}, {}),
        ({"ssl_certfile": "chain.pem", "ssl_keyfile": "locked.pem", "ssl_keyfile_password": "env.P"}, {"P": PASSWORD}),
    ],
)
def test_good_files_make_a_context(folder: Path, names: dict[str, str], environment: Mapping[str, str]) -> None:
    tls = tls_of(settings(folder, **names), environment)
    assert tls is not None
    assert tls.context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (tls.context.verify_mode == ssl.CERT_REQUIRED) is ("ssl_ca_certs" in names)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ({"ssl_certfile": "nowhere.pem"}, "/ssl_certfile: certificate and key cannot be used: no such file"),
        ({"ssl_certfile": "chain.pem"}, "/ssl_certfile: certificate and key cannot be used"),
        ({"ssl_certfile": "chain.pem", "ssl_keyfile": "other.pem"}, "key values mismatch"),
        (
            {"ssl_certfile": "chain.pem", "ssl_keyfile": "locked.pem"},
            "/ssl_certfile: certificate and key cannot be used",
        ),
        ({"ssl_certfile": "chain.pem", "ssl_keyfile": "locked.pem", "ssl_keyfile_password": "wrong"}, "cannot be used"),
        (
            {"ssl_certfile": "chain.pem", "ssl_keyfile": "locked.pem", "ssl_keyfile_password": "env.P"},
            "/ssl_keyfile_password: the environment variable `P` is not set",
        ),
        ({"ssl_certfile": "both.pem", "ssl_ca_certs": "nowhere.pem"}, "/ssl_ca_certs: cannot be used: no such file"),
        ({"ssl_keyfile": "key.pem"}, "ssl_keyfile has no effect without ssl_certfile"),
    ],
)
def test_files_that_cannot_be_used_are_named(folder: Path, names: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        tls_of(settings(folder, **names), {})
    assert told in str(caught.value)
    assert PASSWORD not in str(caught.value)
