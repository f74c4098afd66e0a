"""What cannot be is refused at once, in words that say what is wrong: by sessions, which read, edit, link and delete."""

import uuid
from datetime import timedelta

import pytest
import wandb
from conftest import ADMIN_KEY, URL, Person, refused, rest
from promises import promise
from wandb import automations as wa
from wandb.automations import ArtifactEvent, RunEvent

LONG = "x" * 200


def each_refused(*attempts):
    """Each is what the words must hold, and the attempt."""
    for saying, attempt in attempts:
        with refused(saying=saying):
            attempt()


def saved(found, **changes):
    for name, value in changes.items():
        setattr(found, name, value)
    found.save()


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def now(place, collection="source", version="v0", person=None):
    """The version as the server shows it now: a session remembers."""
    return (person or place.acme.alice).api().artifact(place.at(collection, version))


def collection(place, name="source", person=None):
    return (person or place.acme.alice).api().artifact_collection("model", f"{place.path}/{name}")


# Who asks


@promise("Api", "Api.create_user")
def test_a_wrong_key_and_a_wrong_address_are_told_apart_from_none(acme):
    admin = wandb.Api(api_key=ADMIN_KEY, overrides={"base_url": URL, "entity": "admin-user"})
    each_refused(
        ("does not know the API key", lambda: wandb.Api(api_key="f" * 40, overrides={"base_url": URL}).viewer),
        ("does not know the API key", lambda: wandb.login(key="f" * 40, host=URL, verify=True, relogin=True)),
        ("must look like name@example.com", lambda: admin.create_user("")),
        ("No username can be made", lambda: admin.create_user("!!!@example.com")),
        ("is taken", lambda: admin.create_user(acme.bob.email)),
    )


# Reading


@promise("Api.artifact_types", "Api.artifact_collections", "Api.artifacts", "Api.projects", "Project.collections", "Api.team")
def test_a_list_of_what_is_not_there_or_not_ones_own_names_what_is_missing(acme, place, api):
    place.given_version("source")
    gone, otto = f"{acme.team}/nothing", acme.otto.api()
    each_refused(
        (f'Project "{gone}" not found', lambda: list(api.artifact_types(gone))),
        (f'Project "{gone}" not found', lambda: list(api.artifact_collections(gone, "model"))),
        (f'Project "{gone}" not found', lambda: list(api.artifacts("model", f"{gone}/source"))),
        (f'Project "{gone}" not found', lambda: list(api.project("nothing", acme.team).collections())),
        (f'Project "{place.path}" not found', lambda: list(otto.artifact_types(place.path))),
        (f'Project "{place.path}" not found', lambda: list(otto.artifacts("model", f"{place.path}/source"))),
        ('Artifact type "dataset"', lambda: list(api.artifact_collections(place.path, "dataset"))),
        ('Artifact type "dataset"', lambda: list(api.artifacts("dataset", f"{place.path}/source"))),
        ('Collection "none" of type "model" not found', lambda: list(api.artifacts("model", f"{place.path}/none"))),
        ("Could not find project", lambda: list(api.runs(gone))),
        ('Entity "nobody-at-all" not found', lambda: list(api.projects("nobody-at-all"))),
        (f'Entity "{acme.otto.username}" not found', lambda: list(api.projects(acme.otto.username))),
        ('Entity "nobody-at-all" not found', lambda: api.team("nobody-at-all")),
    )


@promise("Api.runs", "Api.registries", "Registries.collections")
def test_pages_filters_and_cursors_that_are_none_are_refused(acme, place, api):
    each_refused(
        ('"first" must be at least 1', lambda: list(api.runs(place.path, per_page=0))),
        ("ask for smaller pages", lambda: list(api.registries(acme.org_name, per_page=10**6))),
        ("is not one that this list gave", lambda: list(api.registries(acme.org_name).collections(start="nonsense"))),
        ("is not one that this list gave", lambda: list(api.registries(acme.org_name).versions(start="MQ=="))),
        ('compares "name" with something else than a text', lambda: list(api.registries(acme.org_name, filter={"name": 5}))),
        ('for a text in "created_at"', lambda: list(api.registries(acme.org_name, filter={"created_at": {"$regex": "x"}}))),
        ('a time such as', lambda: list(api.registries(acme.org_name, filter={"created_at": "yesterday"}))),
        ('needs a list after "$in"', lambda: list(api.registries(acme.org_name, filter={"name": {"$in": "x"}}))),
    )
    with pytest.raises(Exception) as told:
        list(api.runs(place.path, filters={"colour": 1}))
    assert str(told.value).count("no filter for") == 1, "the list and its count say the same"


# Versions


@promise("Artifact.save")
def test_an_edit_that_cannot_be_leaves_the_version_as_it_was(place):
    place.given_version("source", aliases=["prod"], tags=["small"])
    each_refused(
        ('"v3" is a version number', lambda: saved(now(place), aliases=["prod", "v3"])),
        ("must not be empty", lambda: saved(now(place), aliases=[" "])),
        ("At most 100 tags", lambda: saved(now(place), tags=[f"t{number}" for number in range(101)])),
        ("1048576 bytes", lambda: saved(now(place), metadata={"x": "y" * 1_100_000})),
        ("without NUL", lambda: saved(now(place), metadata={"x": "a\0"})),
        ("at most 65536", lambda: saved(now(place), description="x" * 70_000)),
        ("number of seconds", lambda: saved(now(place), ttl=timedelta(days=400_000))),
        ('needs the role "member"', lambda: saved(now(place, person=place.acme.vera), aliases=["mine"])),
    )
    found = now(place)
    assert (sorted(found.aliases), found.tags, found.metadata) == (["latest", "prod"], ["small"], {})
    assert (found.description, found.ttl) == (None, None)


@promise("Artifact.link", "Artifact.unlink")
def test_a_link_to_where_none_can_be_says_why(acme, place, api):
    place.given_version("source")
    place.given_version("neighbour")
    hidden = api.create_registry(unique("vault"), "restricted", acme.org_name).full_name

    def linking(target, person=acme.alice, **options):
        path = target if target.count("/") == 2 or "registry" in target else f"{place.path}/{target}"
        return lambda: now(place, person=person).link(path, **options)

    each_refused(
        ("must not be empty", linking("")),
        ('must not contain ":"', linking("shelf:v0")),
        ('".." cannot be the name of a collection', linking("..")),
        ("longer than 128", linking(LONG)),
        ('"neighbour" is where runs log', linking("neighbour")),
        ('Entity "nobody-at-all" not found', linking("nobody-at-all/x/shelf")),
        (f'Project "{acme.org}/wandb-registry-none" not found', linking("wandb-registry-none/shelf")),
        ('"v3" is a version number', linking("shelf", aliases=["v3"])),
        ("At most 100 aliases", linking("shelf", aliases=[f"a{number}" for number in range(101)])),
        ('needs the role "member"', linking("shelf", acme.vera)),
    )
    # A registry that one does not see is refused in the very words for one that nobody has.
    told = []
    for name in [hidden, "wandb-registry-none"]:
        with pytest.raises(Exception) as error:
            linking(f"{acme.org}/{name}/shelf", acme.bob)()
        told.append(str(error.value).replace(name, "…"))
    assert told[0] == told[1] and "role" in told[0]
    assert not api.artifact_collection_exists(f"{place.path}/shelf", type="model")

    linked, as_vera = now(place).link(f"{place.path}/shelf"), now(place, "shelf", person=acme.vera)
    stale = now(place, "shelf")
    with refused(saying=f'Collection "{place.name}/shelf": this needs the role "member"'):
        as_vera.unlink()
    linked.unlink()
    with refused(saying=f'Artifact in "{place.name}/shelf" not found'):
        stale.unlink()


@promise("Artifact.delete", "Artifact.save", "Artifact.link", "Artifact.files", "Artifact.download")
def test_a_deleted_version_is_used_no_more(place):
    place.given_version("source")
    place.given_version("source")
    with refused(saying='needs the role "member"'):
        now(place, person=place.acme.vera).delete(delete_aliases=True)
    gone = now(place)
    now(place).delete(delete_aliases=True)
    each_refused(
        ("not found", lambda: gone.delete(delete_aliases=True)),
        ("not found", lambda: saved(gone, aliases=["again"])),
        ("not found", lambda: saved(gone, description="again")),
        ("not found", lambda: gone.link(f"{place.path}/shelf")),
        ('Artifact "source:v0" not found', lambda: list(gone.files())),
        ("manifest", lambda: gone.download(root="gone", skip_cache=True)),
    )
    assert gone.logged_by() is None and gone.used_by() == []


# Collections


@promise("ArtifactCollection.save", "ArtifactCollection.change_type", "ArtifactCollection.delete")
def test_what_a_collection_cannot_become_leaves_it_as_it_was(acme, place):
    for name in ["source", "neighbour"]:
        place.given_version(name)
    now(place).link(f"{place.path}/shelf")
    as_vera = f'Collection "{place.name}/source": this needs the role "member"'
    each_refused(
        ('has a collection "shelf" already', lambda: saved(collection(place), name="shelf")),
        ('has a collection "source" already', lambda: saved(collection(place, "shelf"), name="source")),
        ('must not contain ":"', lambda: saved(collection(place), name="a:b")),
        ("must not be empty", lambda: saved(collection(place), name=" ")),
        ('"." cannot be the name', lambda: saved(collection(place), name=".")),
        ("at most 65536", lambda: saved(collection(place), description="x" * 70_000)),
        ('must not contain "/"', lambda: collection(place, "neighbour").change_type("a/b")),
        ("must not be empty", lambda: collection(place, "neighbour").change_type("")),
        (as_vera, lambda: saved(collection(place, person=acme.vera), name="mine")),
        (as_vera, lambda: saved(collection(place, person=acme.vera), tags=["mine"])),
        (as_vera, lambda: collection(place, person=acme.vera).delete()),
    )
    assert (collection(place).description, collection(place).tags) == (None, [])
    assert sorted(each.name for each in acme.bob.api().artifact_collections(place.path, "model")) == ["neighbour", "shelf", "source"]


@promise("ArtifactCollection.delete", "ArtifactCollection.save", "ArtifactCollection.change_type", "ArtifactCollection.artifacts")
def test_a_deleted_collection_is_used_no_more_and_of_two_names_the_later_stays(place, api):
    place.given_version("source")
    stale, stale_version = [collection(place) for _ in range(4)], now(place)
    collection(place).delete()
    each_refused(
        ("not found", lambda: stale[0].delete()),
        ("not found", lambda: saved(stale[1], description="again")),
        ("not found", lambda: stale[2].change_type("dataset")),
        ('Collection "source" of type "model" not found', lambda: list(stale[3].artifacts())),
        ("not found", lambda: saved(stale_version, description="again")),
    )
    place.given_version("renamed")
    first, second = collection(place, "renamed"), collection(place, "renamed")
    saved(first, name="by-first")
    saved(second, name="by-second")
    assert [each.name for each in api.artifact_collections(place.path, "model")] == ["by-second"]


# Registries


@promise("Api.create_registry", "Registry.save", "Registry.delete", "Registry.members", "Registry.add_members", "Registry.load")
def test_a_registry_that_cannot_be_or_is_no_more_is_refused(acme, api):
    name = unique("shelf")
    made = api.create_registry(name, "organization", acme.org_name)
    bob = api.user(acme.bob.username)
    each_refused(
        ("cannot be the name of a project", lambda: api.create_registry(" ", "organization", acme.org_name)),
        ("at most 65536", lambda: api.create_registry(unique("r"), "organization", acme.org_name, description="x" * 70_000)),
        ('needs the role "admin"', lambda: acme.mallory.api().create_registry(unique("r"), "organization", acme.org_name)),
        ("not found", lambda: acme.otto.api().create_registry(unique("r"), "organization", acme.org_name)),
        ("at most 65536", lambda: saved(acme.alice.api().registry(name, acme.org_name), description="x" * 70_000)),
        (f'Registry "{name}": this needs the role "admin"', lambda: acme.bob.api().registry(name, acme.org_name).delete()),
    )
    made.delete()
    gone = f'Project "{acme.org}/{made.full_name}" not found'
    each_refused(
        (gone, made.members),
        (gone, made.user_members),
        (gone, made.team_members),
        ("Registry not found", lambda: made.add_members(bob)),
        ("Registry not found", lambda: made.update_member(bob, "admin")),
        ("Registry not found", lambda: made.remove_members(bob)),
        ("Failed to load registry", made.load),
    )


# Automations and integrations


@promise("Api.integrations", "Api.webhook_integrations", "Api.slack_integrations", "Api.automations", "Api.automation")
def test_automations_and_integrations_of_nobody_are_not_found(acme, api):
    for session, entity in [(api, "nobody-at-all"), (acme.otto.api(), acme.team)]:
        for listing in [session.integrations, session.webhook_integrations, session.slack_integrations, session.automations]:
            with refused(saying=f'Entity "{entity}" not found'):
                list(listing(entity=entity))
    with refused(saying='Entity "nobody-at-all" not found'):
        api.automation(name="none", entity="nobody-at-all")
    with refused(saying="No automations found"):
        api.automation(name="none", entity=acme.team)


@promise("Api.create_automation", "Api.update_automation", "Api.delete_automation")
def test_an_automation_that_cannot_be_is_refused(acme, place, api):
    place.given_version("source")
    admin = Person(unique("admin"))
    rest("PUT", f"/teams/{acme.team}/members/{admin.username}", {"role": "admin"})
    hook_name = unique("hook")
    rest("POST", f"/entities/{acme.team}/webhooks", {"name": hook_name, "url": "http://127.0.0.1:9/x"}, key=admin.key)
    rest("POST", f"/entities/{acme.otto.username}/webhooks", {"name": "his", "url": "http://127.0.0.1:9/x"}, key=acme.otto.key)
    [hook] = [each for each in api.webhook_integrations(entity=acme.team) if each.name == hook_name]
    [foreign] = acme.otto.api().webhook_integrations(entity=acme.otto.username)
    project, logged = api.project(place.name, entity=place.entity), collection(place)
    place.given_version("gone")
    gone = collection(place, "gone")
    collection(place, "gone").delete()

    def creating(event, action=None, name=None):
        return lambda: api.create_automation(event >> (action or wa.DoNothing()), name=unique("new") if name is None else name)

    def linked(**options):
        return wa.OnLinkArtifact(scope=project, **options)

    def sending(**payload):
        return wa.SendWebhook.from_integration(hook, payload=payload)

    def metric(filter):
        return wa.OnRunMetric(scope=project, filter=filter)

    each_refused(
        ("1 to 255 characters", creating(linked(), name=" ")),
        ("names no collection that you can see", creating(wa.OnCreateArtifact(scope=gone))),
        ("not valid in RE2 syntax", creating(linked(filter=ArtifactEvent.alias.matches_regex("((")))),
        ("larger than 16 KiB", creating(linked(filter=ArtifactEvent.alias.eq("a" * 20_000)))),
        ("is compared with a text", creating(linked(filter=ArtifactEvent.alias.eq(5)))),
        ("neither a variable nor a secret", creating(linked(), sending(a="${nonsense}"))),
        ("larger than 256 KiB", creating(linked(), sending(a="x" * 300_000))),
        ("names no webhook", creating(linked(), wa.SendWebhook.from_integration(foreign))),
        ("is no Slack integration", creating(linked(), wa.SendNotification(integration_id=hook.id, title="t", message="m"))),
        ("at most 1000 values", creating(metric(RunEvent.metric("loss").avg(5_000) > 1))),
        ("is the name of a metric", creating(metric(RunEvent.metric("") > 1))),
    )

    made = api.create_automation(linked() >> wa.DoNothing(), name=unique("first"))
    other = api.create_automation(linked() >> wa.DoNothing(), name=unique("second"))
    each_refused(
        (f'"{made.name}" exists', lambda: api.update_automation(other, name=made.name)),
        ("1 to 255 characters", lambda: api.update_automation(other, name="")),
        ("names no collection that you can see", lambda: api.update_automation(other, scope=gone)),
        ("names no webhook", lambda: api.update_automation(other, action=wa.SendWebhook.from_integration(foreign))),
        ("a collection cannot be its scope", lambda: api.update_automation(other, event=metric(RunEvent.metric("loss") > 1), scope=logged)),
        ('needs the role "member"', lambda: acme.vera.api().update_automation(other, description="mine")),
        ('needs the role "member"', lambda: acme.vera.api().delete_automation(other)),
        ("not found", lambda: api.delete_automation("nonsense")),
    )
    assert api.automation(name=made.name, entity=acme.team) == made
