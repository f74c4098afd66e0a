"""What a test of the suite says of itself: which methods of the client it is about.

`@promise("Artifact.link")` says that the method works here. `@not_supported("Api.reports", shows="…")` says that it does
not, and what the client shows; the test below it sees to both. `docs/wandb-compatibility.md` is made of these, and a
public method of `SUBJECTS` that no test names fails `test/conformance.test.ts`.

A method is named as its class and its own name, or by the class alone: `Artifact` stands for all the properties of a
version. `wandb.Run` is what `wandb.init` gives, `Run` what `Api.run` gives. Commands are named as they are typed.
"""

import importlib
import inspect
import pkgutil

# Class by class, in the order of the table. What the client adds for notebooks and its own base classes is left out.
SUBJECTS = {
    "Api": "wandb.apis.public.api.Api",
    "Artifact": "wandb.sdk.artifacts.artifact.Artifact",
    "ArtifactManifestEntry": "wandb.sdk.artifacts.artifact_manifest_entry.ArtifactManifestEntry",
    "ArtifactCollection": "wandb.apis.public.artifacts.ArtifactCollection",
    "ArtifactType": "wandb.apis.public.artifacts.ArtifactType",
    "Registry": "wandb.apis.public.registries.registry.Registry",
    "Registries": "wandb.apis.public.registries.registries_search.Registries",
    "Collections": "wandb.apis.public.registries.registries_search.Collections",
    "Organization": "wandb.apis.public.organizations.Organization",
    "Project": "wandb.apis.public.projects.Project",
    "Run": "wandb.apis.public.runs.Run",
    "Runs": "wandb.apis.public.runs.Runs",
    "HTTPSummary": "wandb.apis.public.summary.HTTPSummary",
    "File": "wandb.apis.public.files.File",
    "Team": "wandb.apis.public.teams.Team",
    "User": "wandb.apis.public.users.User",
    "Member": "wandb.apis.public.teams.Member",
    "Automation": "wandb.automations.automations.Automation",
    "NewAutomation": "wandb.automations.automations.NewAutomation",
    "WebhookIntegration": "wandb.automations.integrations.WebhookIntegration",
    "SlackIntegration": "wandb.automations.integrations.SlackIntegration",
    **{
        name: f"wandb.automations.{module}.{name}"
        for module, names in {
            "scopes": ["ProjectScope", "RegistryScope", "TeamScope", "OrgScope"],
            "events": ["OnCreateArtifact", "OnLinkArtifact", "OnUnlinkArtifact", "OnAddArtifactAlias", "OnAddArtifactTag", "OnRemoveArtifactTag", "OnAddCollectionTag", "OnRemoveCollectionTag", "OnRunMetric", "OnRunState"],
            "actions": ["SendWebhook", "SendNotification", "DoNothing", "SendPromptToAria"],
        }.items()
        for name in names
    },
    **{
        name: f"wandb.apis.public.{module}.{name}"
        for module, names in {
            "artifacts": ["ArtifactTypes", "ArtifactCollections", "ProjectArtifactCollections", "Artifacts", "ArtifactFiles", "RunArtifacts"],
            "automations": ["EntityAutomations", "LegacyEntityAutomations", "LegacyAutomations"],
            "integrations": ["Integrations", "WebhookIntegrations", "SlackIntegrations"],
            "files": ["Files"],
            "projects": ["Projects"],
            "registries.registries_search": ["Versions"],
        }.items()
        for name in names
    },
    "wandb.Run": "wandb.sdk.wandb_run.Run",
}

# Where all that is public and could be about a server is defined: a class of these packages that is neither above nor
# here fails the test, so that a new version of the client shows what is new in it.
PACKAGES = ["wandb.apis.public", "wandb.automations", "wandb.sdk.artifacts"]
OTHER_CLASSES = {
    "launch, sweeps and reports, which are not supported: reached by methods of `Api` that say so": {
        "Job", "QueuedRun", "RunQueue", "Sweep", "Sweeps", "Agent", "AgentRuns", "BetaReport", "Reports", "PanelMetricsHelper", "PythonMongoishQueryGenerator", "SavedLaunchJobAction", "SavedAriaAction",
    },
    "the history and the console log of a run, which are not read back: methods of `Run` say so": {
        "HistoryScan", "DownloadHistoryResult", "IncompleteRunHistoryError", "ConsoleLogs", "ConsoleLogLine",
    },
    "parts of an automation, written and read back in the tests of events and actions": {
        "ArtifactEvent", "RunEvent", "RunMetricFilter", "RunStateFilter", "SavedEvent", "SavedNoOpAction", "SavedNotificationAction", "SavedWebhookAction", "ActionType", "EventType", "ScopeType",
    },
    "how versions are kept on the user's disk and fetched, seen in every test of `Artifact`": {
        "ArtifactManifest", "ArtifactManifestV1", "ArtifactFileCache", "ArtifactDownloadLogger", "ArtifactState", "ArtifactTTL", "Opener", "StorageLayout", "StoragePolicy", "WandbStoragePolicy", "StorageHandler", "AzureHandler", "GCSHandler", "HTTPHandler", "LocalFileHandler", "MultiHandler", "S3Handler", "TrackingHandler", "WBArtifactHandler", "WBLocalArtifactHandler",
    },
    "what others are made of: pages, summaries, queries, errors": {
        "Edge", "ConnectionWithTotal", "Summary", "SummarySubDict", "ServiceApi", "QueryGenerator", "PathType", "CollectionsIterator", "VersionsIterator", "RunNotFoundError", "ArtifactFinalizedError", "ArtifactNotLoggedError", "ArtifactStatusError", "TooFewItemsError", "TooManyItemsError", "WaitTimeoutError",
    },
}

# Commands of its command line, by the group they are in: named with all their words, `wandb artifact put`.
COMMANDS = {"wandb artifact": "wandb.cli.cli.artifact", "wandb": "wandb.cli.cli.cli"}
OTHER_COMMANDS = {
    "a group of its own above": {"artifact"},
    "launch and sweeps, which are not supported": {"sweep", "launch-sweep", "launch", "launch-agent", "agent", "scheduler", "job", "controller"},
    "about the user's machine alone": {"online", "offline", "on", "off", "enabled", "disabled", "status", "docker", "docker-run", "local", "server", "purge-cache", "clean", "leet", "gc"},
    "beta": {"beta"},
    "asks for what only W&B's own installation has": {"verify"},
    "fails in the client itself, before it asks": {"projects"},
}

# Not about a server: they show an object in a notebook, as text, or page through what another method gave.
LEFT_OUT = {
    "display",
    "snake_to_camel",
    "to_html",
    "convert_objects",
    "next",
    "update_variables",
    "model_dump",
    "model_dump_json",
    "json_encode",
    # Of what automations are made of, and of manifests: nothing is asked for.
    "then",
    "from_integration",
    "model_post_init",
    "to_json",
    "digest_algorithm",
    # Of frameworks, whose modules and files they read.
    "open_h5",
    "read_h5",
    "write_h5",
    "watch",
    "unwatch",
    "sync_tensorboard",
}


class Promise:
    """What one decorator said. `since`: the version of the client from which on the test holds, where the method itself
    is older than what the test asks of it; `notes` stands in the table."""

    def __init__(self, methods, *, supported, since=None, notes=None, shows=None):
        self.methods = methods
        self.supported = supported
        self.since = since
        self.notes = notes
        self.shows = shows


def promise(*methods, since=None, notes=None):
    return _mark(Promise(methods, supported=True, since=since, notes=notes))


def not_supported(*methods, shows, since=None, notes=None):
    return _mark(Promise(methods, supported=False, since=since, notes=notes, shows=shows))


def _mark(made):
    def keep(test):
        test.promises = [made, *getattr(test, "promises", [])]
        return test

    return keep


def subject(name):
    """The class; `None` where this version of the client has none such."""
    path, _, attribute = {**SUBJECTS, **COMMANDS}[name].rpartition(".")
    try:
        return getattr(importlib.import_module(path), attribute, None)
    except ModuleNotFoundError:
        return None


def unknown():
    """The public classes of this version that nobody has looked at yet."""
    given = {subject(name) for name in SUBJECTS}
    others = {name for names in OTHER_CLASSES.values() for name in names}
    return sorted({each.__name__ for each in _classes() if each not in given} - others)


def _classes():
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        for each in pkgutil.walk_packages(path, f"{package}."):
            if any(part.startswith("_") for part in each.name.split(".")):
                continue
            module = importlib.import_module(each.name)
            for name, value in vars(module).items():
                # Those with brackets are the same with a type filled in.
                own = inspect.isclass(value) and value.__module__ == each.name
                if own and not name.startswith("_") and "[" not in value.__name__:
                    yield value


def methods_of(name):
    """The public methods of the class that are the client's own and are about a server."""
    found = subject(name)
    return [] if found is None else [member for member in _members(found) if _is_method(found, member)]


def commands_of(name):
    """The commands of the group, those of the groups in it as `cache cleanup`."""
    others = {other for names in OTHER_COMMANDS.values() for other in names}
    return [each for each in _commands(subject(name)) if name != "wandb" or each.split(" ")[0] not in others]


def _commands(group):
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        yield from [name] if inner is None else [f"{name} {deeper}" for deeper in _commands(command)]


def properties_of(found):
    """The public properties of the class."""
    return [member for member in _members(found) if isinstance(inspect.getattr_static(found, member), property)]


def _members(found):
    for member in dir(found):
        owner = next((each for each in found.__mro__ if member in each.__dict__), None)
        if owner is None or not owner.__module__.startswith("wandb"):
            continue
        if not member.startswith("_") and member not in LEFT_OUT:
            yield member


def _is_method(found, member):
    value = inspect.getattr_static(found, member)
    return inspect.isfunction(value) or isinstance(value, (classmethod, staticmethod))


def exists(method):
    """Whether this version of the client has the method."""
    for group in COMMANDS:
        if method.startswith(f"{group} "):
            if method.removeprefix(f"{group} ") in commands_of(group):
                return True
    if " " in method:
        return False
    name, separator, member = method.rpartition(".")
    if not separator or method in SUBJECTS:
        return subject(method) is not None
    return member in methods_of(name)
