"""Prints, as JSON, what this version of the client has and what the tests promise of it: for `docs/wandb-compatibility.md`
and for the test that no method is missing. Runs no test and needs no server."""

import importlib
import json
import pathlib

import promises
import wandb

FOLDER = pathlib.Path(__file__).parent


def tests():
    for file in sorted(FOLDER.glob("test_*.py")):
        module = importlib.import_module(file.stem)
        for name, value in vars(module).items():
            if name.startswith("test_") and callable(value):
                yield f"{file.name}::{name}", getattr(value, "promises", [])


def main():
    made = [
        {"test": test, **{key: getattr(each, key) for key in ["methods", "supported", "since", "notes", "shows"]}}
        for test, given in tests()
        for each in given
    ]
    silent = [test for test, given in tests() if not given]
    classes = [name for name in promises.SUBJECTS if promises.subject(name) is not None]
    methods = {name: promises.methods_of(name) for name in classes}
    commands = {name: promises.commands_of(name) for name in promises.COMMANDS}
    print(json.dumps({"version": wandb.__version__, "methods": methods, "commands": commands, "promises": made, "silent": silent, "unknown": promises.unknown()}))


main()
