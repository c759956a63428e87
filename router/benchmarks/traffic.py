"""The generated traffic of `fixtures/traffic.py`, loaded from a checkout."""

import importlib.util
from types import ModuleType

from router.demo import FIXTURES
from router.errors import RouterError


def generator() -> ModuleType:
    """The generator module; raises RouterError outside a checkout."""
    path = FIXTURES / "traffic.py"
    spec = importlib.util.spec_from_file_location("hybrid_router_traffic", path)
    if spec is None or spec.loader is None or not path.exists():
        raise RouterError("benchmarks need a checkout: fixtures/traffic.py is not there")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
