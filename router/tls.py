"""TLS of the process's own server: the context that is made of the operator's files, and their renewal without a restart."""

import ssl
from collections.abc import Mapping

from policies.problems import Problem
from policies.secret import Secret
from router.config.document import Document
from router.config.settings import Settings
from router.errors import ConfigInvalid


class Tls:
    """Certificate and key of this process and, where clients must show certificates too, who signs those. TLS 1.2 and newer."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self.context = self._build(environment)

    def renew(self, environment: Mapping[str, str]) -> None:
        """Read the files again, for connections made from now on; raises ConfigInvalid and then keeps what there was."""
        self._build(environment)  # certificate and key that do not fit together must not reach the context in use
        self._load(self.context, environment)

    def _build(self, environment: Mapping[str, str]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load(context, environment)
        return context

    def _load(self, context: ssl.SSLContext, environment: Mapping[str, str]) -> None:
        settings = self._settings
        password = Secret(settings.ssl_keyfile_password)
        try:
            # Never without a password: OpenSSL would ask for it at the terminal.
            context.load_cert_chain(
                settings.ssl_certfile, settings.ssl_keyfile or None, lambda: password.reveal(environment)
            )
        except KeyError as error:
            raise _invalid(
                "ssl_keyfile_password", f"the environment variable `{password.variable}` is not set"
            ) from error
        except (OSError, ValueError) as error:
            raise _invalid("ssl_certfile", f"certificate and key cannot be used: {_reason(error)}") from error
        if settings.ssl_ca_certs:
            try:
                context.load_verify_locations(settings.ssl_ca_certs)
            except OSError as error:
                raise _invalid("ssl_ca_certs", f"cannot be used: {_reason(error)}") from error
            context.verify_mode = ssl.CERT_REQUIRED


def tls_of(settings: Settings, environment: Mapping[str, str]) -> Tls | None:
    """TLS as the settings want it, None = plain HTTP; raises ConfigInvalid for files that cannot be used."""
    if settings.ssl_certfile:
        return Tls(settings, environment)
    alone = [name for name in ("ssl_keyfile", "ssl_keyfile_password", "ssl_ca_certs") if getattr(settings, name)]
    if alone:
        raise _invalid("ssl_certfile", f"{alone[0]} has no effect without ssl_certfile")
    return None


def _reason(error: Exception) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
    return str(reason).replace("_", " ").lower()


def _invalid(setting: str, message: str) -> ConfigInvalid:
    problem = Problem(pointer=f"/{setting}", message=message, fix="check the ssl_… settings (docs/security.md)")
    return ConfigInvalid([Document("settings", None, {}).locate(problem)])
