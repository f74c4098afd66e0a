"""Registries: an organization's shelves, into which versions are linked."""

import uuid
from datetime import datetime, timedelta, timezone

import pytest
from conftest import Person, refused, rest
from promises import promise, properties_of
from receiving import Receiver


@pytest.fixture
def registry(acme, api):
    """One of this test's own, which every member of the organization sees and which takes every type."""
    return api.create_registry(f"shelf-{uuid.uuid4().hex[:8]}", "organization", acme.org_name)


def restricted(acme, api):
    return api.create_registry(f"vault-{uuid.uuid4().hex[:8]}", "restricted", acme.org_name)


def again(acme, person, registry):
    """The registry as this person finds it now."""
    return person.api().registry(registry.name, acme.org_name)


def link(place, registry, collection, source="source", **more):
    """Logs a version of its own and links it."""
    place.given_version(source, **more)
    version = place.acme.alice.api().artifact(place.at(source))
    return version.link(f"{registry.full_name}/{collection}")


# Making, changing and deleting


@promise("Api.create_registry", "Registry", "Registry.create")
def test_a_new_registry_is_what_it_was_made_as(acme, api):
    made = api.create_registry(
        "zoo", "organization", acme.org_name, description="what we ship", artifact_types=["model", "dataset"]
    )
    assert (made.name, made.full_name, made.path) == ("zoo", "wandb-registry-zoo", [acme.org, "wandb-registry-zoo"])
    assert (made.organization, made.entity) == (acme.org_name, acme.org)
    assert (made.description, made.visibility, made.allow_all_artifact_types) == ("what we ship", "organization", False)
    assert sorted(made.artifact_types) == ["dataset", "model"]
    assert made.created_at and made.updated_at and made.id and made.internal_id


@promise("Api.registry", "Registry", "Registry.load")
def test_every_property_of_a_registry_can_be_read_and_is_the_same_again(acme, registry):
    found = acme.bob.api().registry(registry.name, acme.org)
    for name in properties_of(type(found)):
        if name != "organization":  # as it was asked for
            assert getattr(found, name) == getattr(registry, name), name
    found.load()
    assert found.organization == acme.org_name


@promise("Api.registry", "Registry.load")
def test_a_registry_that_is_not_there_is_not_found(acme, api):
    with refused(ValueError, saying="Failed to load registry"):
        api.registry("nothing", acme.org_name)


@promise("Api.create_registry")
def test_a_registry_is_made_once(acme, api, registry):
    with refused(ValueError, saying="already exists"):
        api.create_registry(registry.name, "organization", acme.org_name)


@promise("Api.create_registry")
def test_only_administrators_of_the_organization_make_registries(acme):
    with refused(ValueError, saying='this needs the role "admin"'):
        acme.bob.api().create_registry("mine", "organization", acme.org_name)


@promise("Api.create_registry")
def test_a_registry_with_an_impossible_name_is_refused(acme, api):
    with refused(ValueError, saying="a/b"):
        api.create_registry("a/b", "organization", acme.org_name)


@promise("Registry.save")
def test_a_registry_keeps_a_new_description_visibility_and_types(acme, api, registry):
    registry.description = "all that we ship"
    registry.visibility = "restricted"
    registry.allow_all_artifact_types = False
    registry.artifact_types.extend(["model", "dataset"])
    registry.save()
    found = again(acme, acme.alice, registry)
    assert (found.description, found.visibility) == ("all that we ship", "restricted")
    assert (found.allow_all_artifact_types, sorted(found.artifact_types)) == (False, ["dataset", "model"])
    assert found.created_at == registry.created_at


@promise("Registry.save")
def test_a_registry_gains_types_and_loses_none(acme, api):
    made = api.create_registry(f"typed-{uuid.uuid4().hex[:8]}", "organization", acme.org_name, artifact_types=["model"])
    made.artifact_types.append("dataset")
    made.save()
    assert sorted(again(acme, acme.alice, made).artifact_types) == ["dataset", "model"]
    with refused(ValueError, saying="model"):
        made.artifact_types.remove("model")


@promise("Registry.save")
def test_a_renamed_registry_is_found_by_its_new_name_alone_with_all_that_is_in_it(acme, api, place, registry):
    old_name, id = registry.name, registry.id
    link(place, registry, "shipped")
    registry.name = f"{old_name}-renamed"
    registry.description = "renamed"
    registry.save()
    found = again(acme, acme.alice, registry)
    assert (found.id, found.name, found.description) == (id, f"{old_name}-renamed", "renamed")
    assert acme.bob.api().artifact(f"{acme.org}/{found.full_name}/shipped:v0").source_name == "source:v0"
    with refused(ValueError, saying="Failed to load registry"):
        acme.alice.api().registry(old_name, acme.org_name)


@promise("Registry.save")
def test_a_registry_does_not_take_the_name_of_another(acme, api, registry):
    other = api.create_registry(f"other-{uuid.uuid4().hex[:8]}", "organization", acme.org_name)
    other.name = registry.name
    with refused(saying="exists already"):
        other.save()


@promise("Registry.save", "Registry.delete")
def test_who_does_not_administer_a_registry_neither_changes_nor_deletes_it(acme, registry):
    found = again(acme, acme.bob, registry)
    found.description = "mine now"
    with refused(ValueError, saying='this needs the role "admin"'):
        found.save()
    with refused(ValueError, saying='this needs the role "admin"'):
        found.delete()


@promise("Registry.delete")
def test_a_deleted_registry_is_gone_and_the_versions_stay_where_they_were_logged(acme, api, place, registry):
    linked = link(place, registry, "shipped", aliases=["kept"])
    registry.delete()
    with refused(ValueError, saying="Failed to load registry"):
        again(acme, acme.alice, registry)
    assert not acme.alice.api().artifact_exists(f"{acme.org}/{registry.full_name}/shipped:v0")
    assert acme.alice.api().artifact(place.at("source", "kept")).id == linked.id
    assert registry.name not in [each.name for each in acme.alice.api().registries(acme.org_name)]
    with refused(ValueError, saying="Failed to delete registry"):
        registry.delete()
    made = acme.alice.api().create_registry(registry.name, "organization", acme.org_name)
    assert made.id != registry.id and list(made.collections()) == []


# Who sees it


@promise("Registry", "Api.registry")
def test_a_registry_of_the_organization_is_seen_by_its_members_and_by_nobody_else(acme, registry):
    assert again(acme, acme.mallory, registry).id == registry.id
    with refused(saying="not found"):
        acme.otto.api().registry(registry.name, acme.org)


@promise("Registry", "Registry.add_members", "Registry.remove_members")
def test_a_restricted_registry_is_seen_by_its_members_and_the_administrators_alone(acme, api, place):
    vault = restricted(acme, api)
    link(place, vault, "secret")
    path = f"{acme.org}/{vault.full_name}/secret:v0"

    def seen_by(person):
        fresh = person.api()
        listed = vault.name in [each.name for each in fresh.registries(acme.org_name)]
        collections = ["secret" in [each.name for each in fresh.registries(acme.org_name).collections()]]
        versions = ["secret:v0" in [each.name for each in fresh.registries(acme.org_name).versions()]]
        answers = [listed, *collections, *versions, fresh.artifact_exists(path)]
        assert len(set(answers)) == 1, answers
        return answers[0]

    assert seen_by(acme.alice) and not seen_by(acme.mallory) and not seen_by(acme.bob)
    with refused(ValueError, saying="Failed to load registry"):
        again(acme, acme.mallory, vault)
    vault.add_members(acme.alice.api().user(acme.mallory.username))
    assert seen_by(acme.mallory) and not seen_by(acme.bob)
    vault.remove_members(acme.alice.api().user(acme.mallory.username))
    assert not seen_by(acme.mallory)
    vault.add_members(acme.alice.api().team(acme.team))
    assert seen_by(acme.bob) and not seen_by(acme.mallory)


@promise("Registry")
def test_what_happens_in_a_restricted_registry_is_in_no_feed_of_who_does_not_see_it(acme, api, place):
    vault = restricted(acme, api)
    link(place, vault, "secret")
    name = f"/entities/{acme.org}/events?limit=200"

    def told(person):
        return vault.full_name in str(rest("GET", name, key=person.key).body)

    assert told(acme.alice) and not told(acme.mallory)
    path = f"/projects/{acme.org}/{vault.full_name}"
    rest("GET", path, key=acme.alice.key)
    rest("GET", path, key=acme.mallory.key, expecting=[404])
    assert vault.full_name not in str(rest("GET", f"/projects/{acme.org}", key=acme.mallory.key).body)


@promise("Registry", "RegistryScope")
def test_automations_of_a_restricted_registry_are_there_for_those_alone_who_see_it(acme, api, place):
    vault = restricted(acme, api)
    link(place, vault, "secret")
    with Receiver() as receiver:
        rest("POST", f"/entities/{acme.org}/webhooks", {"name": "vault", "url": receiver.url}, key=acme.alice.key)
        wanted = {
            "name": f"of-{vault.full_name}",
            "scope": {"type": "registry", "registry": vault.name},
            "event": "ADD_ARTIFACT_ALIAS",
            "action": {"type": "webhook", "webhook": "vault"},
        }
        rest("POST", f"/entities/{acme.org}/automations", {**wanted, "name": "not-mine"}, key=acme.mallory.key, expecting=[400])
        made = rest("POST", f"/entities/{acme.org}/automations", wanted, key=acme.alice.key).body
        alias = f"/projects/{acme.org}/{vault.full_name}/collections/secret/aliases/production"
        rest("PUT", alias, {"version": "v0"}, key=acme.alice.key)
        receiver.wait_for(1)
    automation = f"/automations/{(made.get('automation') or made)['id']}"
    [delivery] = rest("GET", f"/entities/{acme.org}/deliveries?automation={automation.split('/')[-1]}", key=acme.alice.key).body["items"]

    for path in [automation, f"{automation}/executions", f"{automation}/revisions", f"/deliveries/{delivery['id']}"]:
        rest("GET", path, key=acme.alice.key)
        rest("GET", path, key=acme.mallory.key, expecting=[404])
    for path in [f"/entities/{acme.org}/automations", f"/entities/{acme.org}/deliveries"]:
        assert rest("GET", path, key=acme.alice.key).body["items"]
        shown = str(rest("GET", path, key=acme.mallory.key).body)
        assert vault.full_name not in shown and delivery["id"] not in shown
    assert not [each for each in acme.mallory.api().automations(entity=acme.org) if vault.full_name in each.name]

    # A replay of many takes along what the one who asks for it sees.
    wes = Person(f"wes-{uuid.uuid4().hex[:8]}")
    acme.join_org(wes, "member")
    now = datetime.now(timezone.utc)
    window = {"from": (now - timedelta(hours=1)).isoformat(), "to": now.isoformat()}
    for person, matched in [(wes, 0), (acme.alice, 1)]:
        wanted = {"window": window, "filter": {"state": ["succeeded"], "automation": automation.split("/")[-1]}, "mode": "as_then"}
        replays = f"/entities/{acme.org}/replays"
        assert rest("POST", replays, {**wanted, "dryRun": True}, key=person.key).body["matched"] == matched
        if matched == 0:
            assert rest("POST", replays, wanted, key=person.key).body["matched"] == 0

    # What happened there stays out of sight when the collection is gone.
    api.artifact_collection("model", f"{acme.org}/{vault.full_name}/secret").delete()
    rest("GET", f"/deliveries/{delivery['id']}", key=acme.alice.key)
    for person in [acme.mallory, wes]:
        rest("GET", f"/deliveries/{delivery['id']}", key=person.key, expecting=[404])
        assert delivery["id"] not in str(rest("GET", f"/entities/{acme.org}/deliveries", key=person.key).body)


@promise("Registry")
def test_where_an_automation_of_the_whole_organization_is_held_is_told_of_what_one_sees(acme, api, place):
    vault = restricted(acme, api)
    link(place, vault, "secret")
    wanted = {
        "name": f"everywhere-{uuid.uuid4().hex[:8]}",
        "scope": {"type": "entity"},
        "event": "ADD_ARTIFACT_ALIAS",
        "action": {"type": "nothing"},
        "pacing": {"holdPerMinute": 1},
    }
    made = rest("POST", f"/entities/{acme.org}/automations", wanted, key=acme.alice.key).body
    automation = f"/automations/{(made.get('automation') or made)['id']}"
    for alias in ["one", "two", "three"]:
        path = f"/projects/{acme.org}/{vault.full_name}/collections/secret/aliases/{alias}"
        rest("PUT", path, {"version": "v0"}, key=acme.alice.key)
    [hold] = rest("GET", automation, key=acme.alice.key).body["holds"]
    assert "secret" in str(hold["collection"])
    [hold] = rest("GET", automation, key=acme.mallory.key).body["holds"]
    assert hold["collection"] is None and "secret" not in str(hold) and hold["until"]


# Members and roles


def roles(members):
    return {(each.user.username if each.kind == "User" else each.team.name): getattr(each.role, "value", each.role) for each in members}


@promise("Registry.members", "Registry.user_members", "Registry.team_members", "Registry.add_members", "Registry.update_member", "Registry.remove_members")
def test_members_are_users_and_teams_each_with_a_role(acme, api, registry):
    assert registry.members() == []
    bob, team = api.user(acme.bob.username), api.team(acme.team)
    assert registry.add_members(bob, team) is registry
    assert roles(registry.members()) == {acme.bob.username: "viewer", acme.team: "viewer"}
    registry.add_members(bob.id)
    registry.update_member(bob, "admin").update_member(team, "member")
    assert roles(registry.user_members()) == {acme.bob.username: "admin"}
    assert roles(registry.team_members()) == {acme.team: "member"}
    [member] = registry.user_members()
    assert (member.user.email, member.user.id) == (acme.bob.email, bob.id)
    registry.update_member(member, "viewer")
    assert roles(registry.members()) == {acme.bob.username: "viewer", acme.team: "member"}
    registry.remove_members(member, *registry.team_members())
    assert registry.members() == []


@promise("Registry.update_member")
def test_a_role_in_a_registry_adds_to_the_one_in_the_organization(acme, api, place, registry):
    place.given_version("source")
    def try_link():
        return acme.bob.api().artifact(place.at("source")).link(f"{registry.full_name}/shipped")
    with refused(saying='this needs the role "member"'):
        try_link()
    bob = api.user(acme.bob.username)
    registry.add_members(bob)
    with refused(saying='this needs the role "member"'):
        try_link()
    registry.update_member(bob, "member")
    assert try_link().version == "v0"
    with refused(ValueError, saying='this needs the role "admin"'):
        again(acme, acme.bob, registry).save()
    registry.update_member(bob, "admin")
    found = again(acme, acme.bob, registry)
    found.description = "bob was here"
    found.save()
    assert again(acme, acme.alice, registry).description == "bob was here"


@promise("Registry.add_members", "Registry.update_member", "Registry.remove_members")
def test_what_is_wrong_with_members_is_said_in_words(acme, api, registry):
    bob = api.user(acme.bob.username)
    with refused(saying="users and teams of its organization"):
        registry.add_members("VXNlcjo5OTk5OTk=")
    with refused(saying="not found"):
        registry.update_member(bob, "member")
    with refused(saying="not found"):
        registry.remove_members(bob)
    registry.add_members(bob)
    with refused(saying='"restricted_viewer" is not supported here'):
        registry.update_member(bob, "restricted_viewer")
    with refused(saying="one of admin, member, viewer"):
        registry.update_member(bob, "owner")
    with refused(TypeError, saying="at least one member"):
        registry.add_members()
    as_bob = again(acme, acme.bob, registry)
    for attempt in [as_bob.add_members, as_bob.remove_members, lambda who: as_bob.update_member(who, "admin")]:
        with refused(saying='this needs the role "admin"'):
            attempt(bob)


# Types


@promise("Registry.save", "Artifact.link")
def test_a_registry_takes_the_types_that_it_lists(acme, api, place):
    made = api.create_registry(f"typed-{uuid.uuid4().hex[:8]}", "organization", acme.org_name, artifact_types=["model"])
    assert link(place, made, "models").version == "v0"
    with refused(saying="type"):
        link(place, made, "tables", source="table", type="dataset")
    made.allow_all_artifact_types = True
    made.save()
    assert link(place, made, "tables", source="table", type="dataset").version == "v0"
    assert sorted(again(acme, acme.alice, made).artifact_types) == ["dataset", "model"]
