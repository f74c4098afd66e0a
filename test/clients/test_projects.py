"""Projects: where runs log, and what a session finds of them."""

import uuid

from conftest import refused, rest, write
from promises import promise, properties_of, subject


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@promise("Api.create_project", "Api.project", "Project")
def test_a_project_is_made_once_and_every_property_of_it_can_be_read(acme, api):
    name = unique("made")
    api.create_project(name, acme.team)
    api.create_project(name, acme.team)
    found = acme.alice.api().project(name, acme.team)
    values = {each: getattr(found, each) for each in properties_of(type(found))}
    assert values["path"] == [acme.team, name] and values["owner"].username == acme.alice.username
    assert name in values["url"] and values["id"]
    assert (found.name, found.entity, found.is_benchmark) == (name, acme.team, False) and found.created_at


@promise("Api.project", "Api.from_path")
def test_a_project_that_is_not_there_or_not_ones_own_is_not_found(acme, place, api):
    assert api.from_path(place.path).id == api.project(place.name).id == api.from_path(place.name).id
    for path in [f"{acme.team}/nothing", f"{unique('nobody')}/nothing"]:
        with refused(ValueError, saying="not found"):
            api.from_path(path).id
    with refused(ValueError, saying="not found"):
        acme.otto.api().project(place.name, acme.team).id


@promise("Api.create_project")
def test_a_viewer_makes_no_project_and_an_outsider_finds_no_team(acme):
    with refused(saying="member"):
        acme.vera.api().create_project(unique("new"), acme.team)
    with refused(saying="not found"):
        acme.otto.api().create_project(unique("new"), acme.team)
    with refused(saying="a:b"):
        acme.alice.api().create_project("a:b", acme.team)


@promise("Api.projects")
def test_the_projects_of_an_entity_are_listed_page_by_page(acme, api):
    team = acme.new_team(unique("team"), alice="admin")
    for name in ["three", "one", "two"]:
        acme.alice.api().create_project(name, team)
    for per_page in [1, 200]:
        assert sorted(each.name for each in acme.alice.api().projects(team, per_page=per_page)) == ["one", "three", "two"]
    assert [each.name for each in acme.otto.api().projects(acme.otto.username)] == []


@promise("Project.artifacts_types", "Project.collections")
def test_an_empty_project_has_no_types_and_no_collections(place, api):
    found = api.project(place.name, place.entity)
    assert list(found.artifacts_types()) == [] and list(found.collections()) == []
    assert len(found.collections()) == 0


@promise(
    "ArtifactTypes", "ArtifactCollections", "ProjectArtifactCollections", "Artifacts", "ArtifactFiles", "RunArtifacts",
    "LegacyEntityAutomations", "LegacyAutomations", "Integrations", "WebhookIntegrations", "SlackIntegrations", "Files", "Projects", "Versions",
)  # fmt: skip
def test_every_list_says_how_far_it_is_and_those_that_count_how_much_there_is(acme, place, api):
    import wandb.automations as wa

    for files in [{"a": "1", "b": "2"}, {"a": "2", "b": "2"}]:
        place.given_version("source", files=files)
    place.given_version("table", type="dataset")
    registry = acme.alice.api().create_registry(organization=acme.org_name, name=unique("shelf"), visibility="organization")
    api.artifact(place.at("source")).link(f"{acme.org}/wandb-registry-{registry.name}/best")
    project = api.project(place.name, place.entity)
    rest("PUT", f"/teams/{acme.team}/members/{acme.bob.username}", {"role": "admin"})
    for name in ["one", "two"]:
        api.create_automation(wa.OnLinkArtifact(scope=project) >> wa.DoNothing(), name=unique(name))
        rest("POST", f"/entities/{acme.team}/webhooks", {"name": unique(name), "url": "https://example.com"}, key=acme.bob.key)
    for number in range(3):
        slack = {"workspace": "Acme", "channel": f"#channel-{number}"}
        hook = {"name": unique("zulu"), "url": "https://hooks.slack.com/services/T0/B0/x", "slack": slack}
        rest("POST", f"/entities/{acme.team}/webhooks", hook, key=acme.bob.key)
    run = api.create_run(run_id="used", project=place.name, entity=place.entity)
    run.use_artifact(api.artifact(place.at("source")))
    run.upload_file(write("up/u.txt", "hi"), root="up")
    lists = {
        "ArtifactTypes": (api.artifact_types(place.path), 2),
        "ArtifactCollections": (api.artifact_collections(place.path, "model", per_page=1), 1),
        "ProjectArtifactCollections": (project.collections(per_page=1), 2),
        "Artifacts": (api.artifacts("model", f"{place.path}/source", per_page=1), 2),
        "ArtifactFiles": (api.artifact(place.at("source")).files(per_page=1), 2),
        "RunArtifacts": (run.used_artifacts(per_page=1), 1),
        "Files": (run.files(per_page=1), 1),
        "Versions": (acme.alice.api().registry(registry.name, organization=acme.org_name).versions(per_page=1), 1),
        "Projects": (api.projects(acme.team, per_page=100), None),
        # Before 0.29 its pages are of projects, and it ends at the first that has no automations.
        "Automations": (api.automations(entity=acme.team, per_page=50 if subject("EntityAutomations") is None else 1), 2),
        "Integrations": (api.integrations(entity=acme.team, per_page=1), 5),
        "WebhookIntegrations": (api.webhook_integrations(entity=acme.team, per_page=1), 2),
        "SlackIntegrations": (api.slack_integrations(entity=acme.team, per_page=1), 3),
    }
    for name, (paged, count) in lists.items():
        found = list(paged)
        assert count is None or len(found) == count, name
        values = {each: getattr(paged, each) for each in properties_of(type(paged))}
        assert not values.get("more") and values.get("length", count) in [count, None], (name, values)
        if hasattr(type(paged), "__len__"):
            assert len(paged) == len(found), name
        if found:
            assert type(paged[0]) is type(found[0]), name
    assert [each.id for each in api.artifacts("model", f"{place.path}/source", per_page=1)[0:2]] == [each.id for each in lists["Artifacts"][0]]
