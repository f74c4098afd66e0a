"""Projects: where runs log, and what a session finds of them."""

import uuid

from conftest import refused, rest
from promises import promise, properties_of


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
