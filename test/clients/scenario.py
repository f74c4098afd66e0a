"""What the scripts in this folder share. Each script runs the real client against the server in WANDB_BASE_URL, checks
what the client shows with assertions, and prints one JSON document with what the test goes on to check."""

import contextlib
import json
import os
import pathlib
import sys

import wandb

ENTITY = os.environ["WANDB_ENTITY"]
PROJECT = "churn"


def at(collection, version="latest", project=PROJECT):
    """The path users give to the public API."""
    return f"{ENTITY}/{project}/{collection}:{version}"


def write(path, content):
    target = pathlib.Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(target)


def model(name, files, **about):
    """A draft artifact of the type `model` with these files, by path."""
    draft = wandb.Artifact(name, type=about.pop("type", "model"), **about)
    for path, content in files.items():
        draft.add_file(write(f"sources/{name}/{path}", content), name=path)
    return draft


def log(draft, project=PROJECT, **options):
    """Logs a draft in a run of its own and gives the version, once the server has committed it."""
    with wandb.init(entity=ENTITY, project=project) as run:
        return run.log_artifact(draft, **options).wait()


@contextlib.contextmanager
def refused(*kinds, saying):
    """Passes if the block fails with one of `kinds`, or any error, and a message that holds `saying`."""
    try:
        yield
    except kinds or Exception as error:
        assert saying in str(error), f"{type(error).__name__} says {error}, not {saying}"
    else:
        raise AssertionError(f"nothing was raised, expected: {saying}")


def report(**seen):
    json.dump(seen, sys.stdout)
    print()
