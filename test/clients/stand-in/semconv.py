"""A stand-in for `opentelemetry.semconv`, for registries that lack opentelemetry-semantic-conventions.

The real package only holds names: constants, enumerations of constants, and functions that create a named
instrument on a meter. Here every module below it exists and resolves every attribute to something of that shape, so
that `import wandb` works. Telemetry made with it would be misnamed; tests never send any.
"""

import functools
import importlib
import importlib.abc
import importlib.machinery
import sys
import types


class _Name(str):
    """A constant that is its own dotted name; as an enumeration, its members and their values are names too."""

    __slots__ = ()

    @property
    def value(self):
        return str(self)

    def __getattr__(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        return _Name(f"{self}.{attribute.lower()}")


def _resolve(module, attribute):
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    if attribute.startswith("create_"):
        return lambda meter: meter.create_counter(attribute.removeprefix("create_"))
    if attribute.islower():
        return importlib.import_module(f"{module}.{attribute}")
    return _Name(attribute.lower())


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith(f"{__name__}."):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = functools.partial(_resolve, spec.name)
        return module

    def exec_module(self, module):
        pass


sys.meta_path.append(_Finder())


def __getattr__(attribute):
    return _resolve(__name__, attribute)
