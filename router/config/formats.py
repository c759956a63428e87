"""Which format a config is in, and its reader: every one ends as the data of a connection file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from router.config.document import Document, parse_documents, read_text
from router.config.draft import Imported, Reader
from router.config.problems import Located
from router.config.rudder_cli import read_rudder_cli
from router.config.rudderstack_json import read_source_config, read_workspace_config
from router.errors import ConfigInvalid

Format = Literal["connection file", "workspaceConfig", "sourceConfig", "rudder-cli"]


def read_config(path: str | Path) -> Imported:
    """Read a config file of any known format (or a folder of rudder-cli files); raises ConfigInvalid."""
    documents = _documents(Path(path))
    found = format_of(documents[0].data)
    if len(documents) > 1 and found != "rudder-cli":
        raise _wrong(documents[1].file, f"there are several documents, and the first is a {found}", "give one of them")
    return READERS[found](documents)


def format_of(data: Any) -> Format:
    """The format of a document's data; what is none of RudderStack's is ours."""
    if not isinstance(data, Mapping):
        return "connection file"
    if isinstance(data.get("source"), Mapping):
        return "sourceConfig"
    if "kind" in data and "spec" in data:
        return "rudder-cli"
    if "version" not in data and isinstance(data.get("sources"), list):
        return "workspaceConfig"
    return "connection file"


def _connection_file(documents: list[Document]) -> Imported:
    return Imported(document=documents[0])


READERS: Mapping[Format, Reader] = {
    "connection file": _connection_file,
    "workspaceConfig": read_workspace_config,
    "sourceConfig": read_source_config,
    "rudder-cli": read_rudder_cli,
}


def _documents(path: Path) -> list[Document]:
    files = sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]
    documents = [document for file in files for document in parse_documents(read_text(file), file=str(file))]
    stated = [document for document in documents if document.data is not None]
    if not documents:
        raise _wrong(str(path), "there is no YAML file in this folder", "check the path")
    return stated or documents[:1]


def _wrong(file: str, message: str, fix: str) -> ConfigInvalid:
    return ConfigInvalid([Located(file=file, line=0, column=0, pointer="", message=message, fix=fix)])
