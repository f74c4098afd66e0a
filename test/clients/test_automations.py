"""Automations on artifacts: every event and scope the client can write fires, reads back, changes and goes."""

import uuid

import pytest
from conftest import Person, refused, rest
from promises import not_supported, promise
from receiving import Receiver
from wandb import automations as wa
from wandb.automations import ArtifactEvent


@pytest.fixture
def receiver():
    with Receiver() as made:
        yield made


@pytest.fixture
def hook(acme, receiver, api):
    """A webhook of the team's own to this test's receiver."""
    return given_hook(api, acme.team, receiver)


def given_hook(api, entity, receiver):
    name = f"hook-{uuid.uuid4().hex[:8]}"
    rest("POST", f"/entities/{entity}/webhooks", {"name": name, "url": receiver.url}, key=admin_of(entity))
    return next(each for each in api.webhook_integrations(entity=entity) if each.name == name)


def admin_of(entity):
    """A key of somebody who may make webhooks there."""
    admin = Person(f"admin-{uuid.uuid4().hex[:8]}")
    kind = "organizations" if entity.startswith("acme-") else "teams"
    rest("PUT", f"/{kind}/{entity}/members/{admin.username}", {"role": "admin"})
    return admin.key


def sends(hook, **payload):
    return wa.SendWebhook.from_integration(hook, payload=payload)


def unique(name):
    return f"{name} {uuid.uuid4().hex[:8]}"


def given_collections(place, api):
    """A sequence with two versions, and a portfolio with a link."""
    for _ in range(2):
        place.given_version("logged")
    source = {"entity": place.entity, "project": place.name, "collection": "logged", "version": "v0"}
    rest("POST", f"/projects/{place.path}/collections/linked/links", {"source": source})
    return [api.artifact_collection("model", f"{place.path}/{name}") for name in ["logged", "linked"]]


@promise(
    "Api.create_automation", "Api.automation", "Api.automations", "Automation", "NewAutomation", "ProjectScope", "SendWebhook", "OnCreateArtifact", "OnLinkArtifact", "OnUnlinkArtifact",
    "OnAddArtifactAlias", "OnAddArtifactTag", "OnRemoveArtifactTag", "OnAddCollectionTag", "OnRemoveCollectionTag",
)  # fmt: skip
def test_every_event_reads_back_as_it_was_written(acme, place, api, hook):
    logged, linked = given_collections(place, api)
    project = api.project(place.name, entity=place.entity)
    prod = ArtifactEvent.alias.matches_regex("^prod") & ArtifactEvent.alias.ne("prod-old")
    checked = ArtifactEvent.tag.in_(["approved", "checked"])
    events = {
        "create": wa.OnCreateArtifact(scope=logged),
        "link": wa.OnLinkArtifact(scope=linked, filter=ArtifactEvent.alias.contains("prod")),
        "unlink": wa.OnUnlinkArtifact(scope=linked),
        "alias": wa.OnAddArtifactAlias(scope=project, filter=prod),
        "tag": wa.OnAddArtifactTag(scope=project, filter=checked),
        "tag removed": wa.OnRemoveArtifactTag(scope=logged, filter=~checked),
        "collection tag": wa.OnAddCollectionTag(scope=project),
        "collection tag removed": wa.OnRemoveCollectionTag(scope=project, filter=ArtifactEvent.tag.eq("approved")),
    }
    for kind, event in events.items():
        name = unique(kind)
        made = api.create_automation(event >> sends(hook, version="${artifact_version}"), name=name, description=kind)
        assert (made.name, made.description, made.enabled) == (name, kind, True)
        assert made.event.event_type == event.event_type
        assert made.event.filter.filter == event.filter, kind
        assert made.scope.id == event.scope.id
        assert made.action.request_payload == {"version": "${artifact_version}"}
        assert made.action.integration.id == hook.id
        assert api.automation(name=name, entity=acme.team) == made
        assert [each for each in api.automations(entity=acme.team) if each.name == name] == [made]


@promise("TeamScope", "OrgScope")
@promise("Api.create_automation", notes="teams and organizations as scopes")
def test_a_whole_team_and_a_whole_organization_are_scopes(acme, place, api, receiver, hook):
    team = api.team(acme.team)
    of_team = api.create_automation(
        wa.OnAddArtifactAlias(scope=team, filter=ArtifactEvent.alias.eq("everywhere")) >> sends(hook, by="team"),
        name=unique("team"),
    )
    assert of_team.scope.name == acme.team
    organization = api.organization(acme.org_name)
    of_organization = api.create_automation(
        wa.OnAddArtifactAlias(scope=organization, filter=ArtifactEvent.alias.eq("everywhere"))
        >> sends(given_hook(api, acme.org, receiver), by="organization"),
        name=unique("organization"),
    )
    assert of_organization.scope.name == acme.org
    assert of_organization.name in [each["name"] for each in rest("GET", f"/entities/{acme.org}/automations").body["items"]]
    with refused(saying="admin"):
        acme.mallory.api().create_automation(
            wa.OnAddArtifactAlias(scope=organization) >> wa.DoNothing(), name=unique("forbidden")
        )
    place.given_version("model", aliases=["everywhere"])
    assert sorted(each["by"] for each in receiver.wait_for(2)) == ["organization", "team"]
    for each in [of_team, of_organization]:
        api.delete_automation(each)


@promise("EntityAutomations", "RegistryScope")
@promise("Api.create_automation", since="0.29", notes="a registry as scope")
def test_a_registry_and_a_collection_in_it_are_scopes(acme, place, api, receiver):
    registry = api.create_registry(unique("Shelf").replace(" ", "-"), visibility="organization", organization=acme.org_name)
    path = f"{acme.org}/{registry.full_name}"
    place.given_version("logged")
    api.artifact(place.at("logged")).link(f"{path}/Models")
    api.artifact(place.at("logged")).link(f"{path}/Others")
    shelf = api.artifact_collection("model", f"{path}/Models")
    hook = given_hook(api, acme.org, receiver)
    prod = ArtifactEvent.alias.matches_regex("^prod")
    events = {
        "linked": wa.OnLinkArtifact(scope=shelf),
        "prod": wa.OnAddArtifactAlias(scope=shelf, filter=prod),
        "unlinked": wa.OnUnlinkArtifact(scope=shelf),
        "in the registry": wa.OnAddArtifactAlias(scope=registry, filter=prod),
    }
    made = {}
    for name, event in events.items():
        written = event >> sends(hook, name=name, version="${artifact_collection_name}:${artifact_version_string}")
        made[name] = api.create_automation(written, name=unique(name), description=name)
        assert made[name].scope.id == event.scope.id and made[name].event.filter.filter == event.filter
        assert made[name].event.event_type == event.event_type and made[name].scope.name == event.scope.name
        assert api.automation(name=made[name].name, entity=acme.org) == made[name]
    assert [each for each in api.automations(entity=acme.org, per_page=3) if each in made.values()] == list(made.values())
    assert made["prod"].scope.typename__ == "ArtifactPortfolio"

    place.given_version("logged")
    for name in ["Models", "Others"]:
        api.artifact(place.at("logged")).link(f"{path}/{name}", aliases=["prod"])
    assert sorted(each["name"] for each in receiver.wait_for(4)) == ["in the registry", "in the registry", "linked", "prod"]
    acme.alice.api().artifact(f"{path}/Models:prod").unlink()
    assert receiver.wait_for(5)[-1]["name"] == "unlinked"

    made["prod"].description = "changed"
    changed = api.update_automation(made["prod"])
    assert (changed.description, changed.scope, changed.event, changed.action) == ("changed", made["prod"].scope, made["prod"].event, made["prod"].action)
    moved = api.update_automation(changed, scope=registry)
    assert (moved.scope, moved.event) == (made["in the registry"].scope, changed.event)
    with refused(saying="member"):
        acme.bob.api().create_automation(wa.OnLinkArtifact(scope=shelf) >> wa.DoNothing(), name=unique("by another"))


@promise("Api.create_automation")
def test_each_event_fires_its_automation_once_and_no_other(place, api, receiver, hook):
    logged, linked = given_collections(place, api)
    project = api.project(place.name, entity=place.entity)
    events = {
        "created": wa.OnCreateArtifact(scope=logged),
        "linked": wa.OnLinkArtifact(scope=linked),
        "unlinked": wa.OnUnlinkArtifact(scope=linked),
        "alias": wa.OnAddArtifactAlias(scope=project, filter=ArtifactEvent.alias.eq("prod")),
        "other alias": wa.OnAddArtifactAlias(scope=project, filter=ArtifactEvent.alias.eq("never")),
        "tag": wa.OnAddArtifactTag(scope=project, filter=ArtifactEvent.tag.eq("checked")),
        "tag removed": wa.OnRemoveArtifactTag(scope=project),
        "collection tag": wa.OnAddCollectionTag(scope=project),
        "collection tag removed": wa.OnRemoveCollectionTag(scope=project),
    }
    for name, event in events.items():
        api.create_automation(event >> sends(hook, name=name, of="${event_type}"), name=unique(name))
    api.create_automation(
        wa.OnAddArtifactAlias(scope=project) >> sends(hook, name="disabled"), name=unique("disabled"), enabled=False
    )

    place.given_version("logged")
    version = api.artifact(place.at("logged", "v2"))
    version.link(f"{place.path}/linked")
    version.aliases.append("prod")
    version.tags = ["checked", "other"]
    version.save()
    version.tags = ["other"]
    version.save()
    logged.tags = ["shown"]
    logged.save()
    logged.tags = []
    logged.save()
    api.artifact(place.at("linked", "v1")).unlink()
    fired = receiver.wait_for(8)
    assert sorted((each["name"], each["of"]) for each in fired) == [
        ("alias", "ADD_ARTIFACT_ALIAS"),
        ("collection tag", "ADD_COLLECTION_TAG"),
        ("collection tag removed", "REMOVE_COLLECTION_TAG"),
        ("created", "CREATE_ARTIFACT"),
        ("linked", "LINK_ARTIFACT"),
        ("tag", "ADD_ARTIFACT_TAG"),
        ("tag removed", "REMOVE_ARTIFACT_TAG"),
        ("unlinked", "UNLINK_ARTIFACT"),
    ]


@promise("Api.update_automation", "DoNothing")
def test_a_change_keeps_what_it_was_not_told_to_change(place, api, hook):
    _, linked = given_collections(place, api)
    project = api.project(place.name, entity=place.entity)
    event = wa.OnAddArtifactAlias(scope=project, filter=ArtifactEvent.alias.eq("prod"))
    made = api.create_automation(event >> sends(hook, a="b"), name=unique("changing"), description="before")

    made.description, made.enabled = "after", False
    changed = api.update_automation(made)
    assert (changed.id, changed.description, changed.enabled) == (made.id, "after", False)
    assert (changed.event, changed.action, changed.scope) == (made.event, made.action, made.scope)

    changed.scope = linked
    moved = api.update_automation(changed)
    assert (moved.scope.name, moved.event, moved.action) == ("linked", made.event, made.action)
    other = api.update_automation(moved, event=wa.OnUnlinkArtifact(scope=linked), enabled=True)
    assert (other.event.event_type.value, other.action) == ("UNLINK_ARTIFACT", made.action)
    idle = api.update_automation(other, action=wa.DoNothing())
    assert (idle.action.action_type.value, idle.event, idle.description) == ("NO_OP", other.event, "after")
    assert api.automation(name=made.name, entity=place.entity) == idle


@promise("Api.create_automation", "Api.automation")
def test_a_name_that_is_taken_is_refused_or_fetched(place, api):
    project = api.project(place.name, entity=place.entity)
    idle = wa.OnLinkArtifact(scope=project) >> wa.DoNothing()
    made = api.create_automation(idle, name=unique("taken"))
    with refused(saying="exists"):
        api.create_automation(idle, name=made.name)
    assert api.create_automation(idle, name=made.name, fetch_existing=True) == made


@promise("Api.delete_automation", "Api.update_automation")
def test_what_is_deleted_is_gone(place, api):
    project = api.project(place.name, entity=place.entity)
    made = api.create_automation(wa.OnLinkArtifact(scope=project) >> wa.DoNothing(), name=unique("short-lived"))
    api.delete_automation(made)
    assert made.name not in [each.name for each in api.automations(entity=place.entity)]
    with refused(saying="not found"):
        api.delete_automation(made)
    with refused(saying="not found"):
        api.update_automation(made)


@promise("Api.automations", "Api.create_automation")
def test_automations_are_for_members_of_the_team(acme, place, api):
    project = api.project(place.name, entity=place.entity)
    idle = wa.OnLinkArtifact(scope=project) >> wa.DoNothing()
    made = api.create_automation(idle, name=unique("inside"))
    assert made in list(acme.vera.api().automations(entity=acme.team))
    with refused(saying="member"):
        acme.vera.api().create_automation(idle, name=unique("by a viewer"))
    for stranger in [acme.mallory, acme.otto]:
        with refused(saying="not found"):
            stranger.api().delete_automation(made)
        with refused(saying="that you can see"):
            stranger.api().create_automation(idle, name=unique("by a stranger"))


@promise("Api.integrations", "Api.webhook_integrations", "WebhookIntegration")
def test_webhooks_are_the_integrations_of_their_team(acme, api, receiver, hook):
    assert hook.url_endpoint.startswith("http://127.0.0.1")
    assert hook in list(api.integrations(entity=acme.team))
    assert hook in list(api.webhook_integrations(entity=acme.team))
    assert hook not in list(api.slack_integrations(entity=acme.team))


@promise("Api.create_automation", since="0.30", notes="not SendPromptToAria, which is refused")
@not_supported("SendPromptToAria", shows="'ARIA' … is not supported on this wandb server version")
def test_prompts_for_aria_are_refused(place, api):
    project = api.project(place.name, entity=place.entity)
    event = wa.OnLinkArtifact(scope=project)
    with refused(saying="not supported"):
        api.create_automation(event >> wa.actions.SendPromptToAria(prompt="do it"), name=unique("aria"))
