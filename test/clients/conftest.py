"""The suite that drives the unmodified client against a real server: see CONTRIBUTING.md.

`test/conformance.test.ts` starts the server and two processes of pytest for the files `test_*.py` here. Each file has an
organization, a team and people of its own, a home folder and a client that knows nothing of the files before, and each
test a project of its own, so no test sees another's things.
"""

import base64
import contextlib
import json
import os
import pathlib
import time
import urllib.error
import urllib.request
import uuid

import promises
import pytest
import wandb

URL = os.environ.get("WANDB_BASE_URL", "")
ADMIN_KEY = os.environ.get("TRIPLINE_ADMIN_API_KEY", "")
VERSION = tuple(int(part) for part in wandb.__version__.split(".")[:2])


# What `test/conformance.test.ts` reads


def pytest_addoption(parser):
    parser.addoption("--outcomes", help="the file to write a line of JSON to for each test that ended")


def pytest_runtest_logreport(report):
    if report.when != "call" and report.outcome == "passed":
        return
    with open(_config.getoption("--outcomes") or os.devnull, "a", encoding="utf-8") as file:
        path, *_, test = report.nodeid.split("::")
        file_name, name = pathlib.PurePath(path).name, test.split("[")[0]
        text = report.longrepr[-1] if report.skipped else report.longreprtext
        captured = "\n".join(content for _, content in report.sections) if report.failed else ""
        about = {"file": file_name, "name": name, "outcome": report.outcome, "text": f"{text}\n{captured}"}
        file.write(json.dumps(about) + "\n")


def pytest_configure(config):
    global _config
    _config = config


def pytest_collection_modifyitems(items):
    for item in items:
        made = getattr(item.function, "promises", [])
        absent = [method for each in made for method in each.methods if not promises.exists(method)]
        too_new = [each for each in made if each.since and tuple(map(int, each.since.split("."))) > VERSION]
        reasons = [f"it has no {method}" for method in absent]
        reasons += [f"{', '.join(each.methods)} cannot yet: {each.notes}" for each in too_new]
        if reasons:
            item.add_marker(pytest.mark.skip(f"the client {wandb.__version__}: {'; '.join(reasons)}"))


# People and places


class Answer:
    def __init__(self, status, body):
        self.status = status
        self.body = body


def rest(method, path, body=None, key=ADMIN_KEY, expecting=range(200, 300)):
    """A call of the server's REST API, by its administrator unless `key` says otherwise; `path` begins after
    `/api/v1`. Fails unless the status is `expecting`."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{URL}/api/v1{path}", data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = Answer(response.status, response.read())
    except urllib.error.HTTPError as error:
        answer = Answer(error.code, error.read())
    assert answer.status in expecting, f"{method} {path}: {answer.status} {answer.body}"
    answer.body = json.loads(answer.body) if answer.body else None
    return answer


class Person:
    """A user of the server with a key of the kind that the client takes."""

    def __init__(self, username):
        self.username = username
        # Where things go when a path names no entity.
        self.entity = username
        self.email = f"{username}@example.com"
        self.key = uuid.uuid4().hex + uuid.uuid4().hex
        rest("POST", "/users", {"username": username, "email": self.email, "apiKey": self.key})

    def api(self, **overrides):
        """A new session, which remembers nothing."""
        return wandb.Api(api_key=self.key, overrides={"base_url": URL, "entity": self.entity, **overrides})


class Acme:
    """An organization with one team. Alice administers the organization and is a member of the team, as Bob is; Vera may
    only look; Mallory is of the organization and of no team; Otto is of neither."""

    def __init__(self):
        self.suffix = uuid.uuid4().hex[:8]
        self.org = f"acme-{self.suffix}"
        self.org_name = f"Acme Corp {self.suffix}"
        self.team = f"ml-team-{self.suffix}"
        rest("POST", "/organizations", {"name": self.org, "displayName": self.org_name})
        self.alice, self.bob, self.vera, self.mallory, self.otto = (
            Person(f"{name}-{self.suffix}") for name in ["alice", "bob", "vera", "mallory", "otto"]
        )
        self.new_team(self.team, alice="member", bob="member", vera="viewer")
        for person in [self.alice, self.bob, self.vera]:
            person.entity = self.team
        self.join_org(self.alice, "admin")
        self.join_org(self.mallory, "viewer")

    def new_team(self, name, **members):
        """Another team of the organization, with these people, by their first names."""
        rest("POST", "/teams", {"name": name, "organization": self.org})
        for first_name, role in members.items():
            person = getattr(self, first_name)
            rest("PUT", f"/teams/{name}/members/{person.username}", {"role": role})
        return name

    def join_org(self, person, role):
        rest("PUT", f"/organizations/{self.org}/members/{person.username}", {"role": role})


class Place:
    """A project, with ways to fill it that need no run."""

    def __init__(self, acme, entity, name):
        self.acme = acme
        self.entity = entity
        self.name = name
        self.path = f"{entity}/{name}"

    def at(self, collection, version="latest"):
        """The path users give to the public API."""
        return f"{self.path}/{collection}:{version}"

    def given_version(self, collection, files=None, type="model", **more):
        """A version with these files (text by path; one of its own if none are given), logged without a run."""
        files = files or {"data.txt": uuid.uuid4().hex}
        contents = [
            {"path": path, "content": base64.b64encode(text.encode()).decode()} for path, text in files.items()
        ]
        path = f"/projects/{self.path}/collections/{collection}/versions"
        return rest("POST", path, {"type": type, "files": contents, **more}, key=self.acme.alice.key).body


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """The people of this file. Runs and sessions that name nobody are Alice's, in the team."""
    made = Acme()
    os.environ["WANDB_API_KEY"] = made.alice.key
    os.environ["WANDB_ENTITY"] = made.team
    # The client keeps files and keys below its home.
    os.environ["HOME"] = str(tmp_path_factory.mktemp("home"))
    yield made
    wandb.teardown()


@pytest.fixture
def place(acme, request, tmp_path, monkeypatch):
    """A project of this test's own in the team, empty; the working directory is the test's own too."""
    monkeypatch.chdir(tmp_path)
    name = f"project-{uuid.uuid4().hex[:8]}"
    rest("POST", f"/projects/{acme.team}", {"name": name}, key=acme.alice.key)
    return Place(acme, acme.team, name)


@pytest.fixture
def api(acme):
    """Alice's session."""
    return acme.alice.api()


# What tests do and say


def write(path, content):
    """A file below the working directory; its path."""
    target = pathlib.Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(target)


def draft(name, files, type="model", **about):
    """An artifact that is not logged yet, with these files by path."""
    made = wandb.Artifact(name, type=type, **about)
    for path, content in files.items():
        made.add_file(write(f"sources/{name}/{path}", content), name=path)
    return made


def log(place, artifact, **options):
    """Logs it in a run of its own, and gives the version once the server has committed it."""
    with wandb.init(entity=place.entity, project=place.name) as run:
        return run.log_artifact(artifact, **options).wait()


@contextlib.contextmanager
def refused(*kinds, saying):
    """Passes if the block fails with one of `kinds`, or any error, and a message that holds `saying`, itself or in what
    it was raised from. At once: a client that tries again and again has not been told."""
    started = time.monotonic()
    try:
        yield
    except kinds or Exception as error:
        said = [str(each) for each in _chain(error)]
        assert any(saying in each for each in said), f"{type(error).__name__} says {said}, not {saying!r}"
        assert time.monotonic() - started < 15, "the client went on trying"
    else:
        raise AssertionError(f"nothing was raised, expected: {saying}")


def _chain(error):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
