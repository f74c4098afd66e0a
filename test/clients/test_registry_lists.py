"""What is in the registries of an organization: found across all of them, filtered, ordered and page by page."""

import uuid

import pytest
from conftest import Place, refused, rest
from promises import promise


@pytest.fixture(scope="module")
def library(acme):
    """Three registries, each older than the next. In `alpha` is the collection `one` with two versions, of which the first
    is `prod` and small, and `two` with one; in `beta` is `three` with one; `gamma` is empty."""
    api = acme.alice.api()
    made = {
        name: api.create_registry(name, "organization", acme.org_name, description=f"of {name}")
        for name in ["alpha", "beta", "gamma"]
    }
    name = f"project-{uuid.uuid4().hex[:8]}"
    rest("POST", f"/projects/{acme.team}", {"name": name}, key=acme.alice.key)
    source = Place(acme, acme.team, name)
    for registry, collection, more in [
        ("alpha", "one", {"files": {"x": "1"}, "metadata": {"accuracy": 0.5, "kind": "cnn", "good": False}, "tags": ["small"]}),
        ("alpha", "one", {"files": {"x": "22"}, "metadata": {"accuracy": 0.9, "kind": "vit", "good": True}, "tags": ["big", "fast"]}),
        ("alpha", "two", {"files": {"x": "333"}, "metadata": {"accuracy": "high", "nested": {"depth": 3}}}),
        ("beta", "three", {"files": {"x": "4444"}, "type": "dataset"}),
    ]:
        source.given_version(f"source-{collection}", **more)
        version = acme.alice.api().artifact(source.at(f"source-{collection}"))
        aliases = ["prod"] if more["files"]["x"] == "1" else []
        version.link(f"{made[registry].full_name}/{collection}", aliases=aliases)
    for registry, collection, tags, description in [
        ("alpha", "one", ["vision", "shipped"], "the first"),
        ("alpha", "two", ["vision"], None),
        ("beta", "three", ["text"], "the third"),
    ]:
        [found] = made[registry].collections(filter={"name": collection})
        found.tags, found.description = tags, description
        found.save()
    return made


def names(found):
    return [each.name for each in found]


@promise("Api.registries", "Registries")
def test_registries_are_listed_by_name_filtered_and_page_by_page(acme, library):
    api = acme.bob.api()
    of_library = {"name": {"$in": ["alpha", "beta", "gamma"]}}
    assert names(api.registries(acme.org_name, filter=of_library)) == ["alpha", "beta", "gamma"]
    assert names(api.registries(acme.org, filter=of_library, per_page=1)) == ["alpha", "beta", "gamma"]
    for filter, expected in [
        ({"name": "beta"}, ["beta"]),
        ({"name": {"$regex": "^wandb-registry-(alp|gam)"}}, ["alpha", "gamma"]),
        ({"$and": [of_library, {"name": {"$ne": "beta"}}]}, ["alpha", "gamma"]),
        ({"$or": [{"name": "alpha"}, {"description": "of gamma"}]}, ["alpha", "gamma"]),
        ({"$and": [of_library, {"$nor": [{"name": "alpha"}]}]}, ["beta", "gamma"]),
        ({"description": {"$contains": "of b"}}, ["beta"]),
        ({"$and": [of_library, {"description": {"$not": {"$regex": "a$"}}}]}, []),
        ({"$and": [of_library, {"created_at": {"$gte": library["beta"].created_at}}]}, ["beta", "gamma"]),
        ({"$and": [of_library, {"updated_at": {"$lt": library["beta"].updated_at}}]}, ["alpha"]),
        ({"name": "nothing"}, []),
    ]:
        assert names(acme.bob.api().registries(acme.org_name, filter=filter)) == expected, filter


@promise("Api.registries")
def test_registries_are_listed_in_the_order_asked_for(acme, library):
    of_library = {"name": {"$in": ["alpha", "beta", "gamma"]}}
    for order, expected in [
        ("name", ["alpha", "beta", "gamma"]),
        ("-name", ["gamma", "beta", "alpha"]),
        ("+created_at", ["alpha", "beta", "gamma"]),
        ("-created_at", ["gamma", "beta", "alpha"]),
        ("-updated_at", ["gamma", "beta", "alpha"]),
    ]:
        found = acme.bob.api().registries(acme.org_name, filter=of_library, order=order, per_page=1)
        assert names(found) == expected, order


@promise("Api.registries")
def test_a_filter_that_is_none_is_refused_at_once(acme):
    with refused(saying="pattern"):
        list(acme.bob.api().registries(acme.org_name, filter={"name": {"$regex": "(("}}))
    with refused(saying="not found"):
        list(acme.otto.api().registries(acme.org_name))


# Collections


@promise("Registries.collections", "Registry.collections", "ArtifactCollection")
def test_collections_are_found_across_the_registries(acme, library):
    api = acme.bob.api()
    found = list(api.registries(acme.org_name).collections())
    assert names(found) == ["one", "three", "two"]
    assert [each.project for each in found] == ["wandb-registry-alpha", "wandb-registry-beta", "wandb-registry-alpha"]
    assert [each.type for each in found] == ["model", "dataset", "model"]
    assert sorted(found[0].tags) == ["shipped", "vision"] and found[0].description == "the first"
    assert len(api.registries(acme.org_name).collections()) == 3
    assert names(api.registries(acme.org_name, filter={"name": "alpha"}).collections()) == ["one", "two"]
    assert names(api.registry("beta", acme.org_name).collections()) == ["three"]
    assert names(api.registry("gamma", acme.org_name).collections()) == []
    assert names(api.registries(acme.org_name).collections(per_page=1)) == ["one", "three", "two"]


@promise("Registries.collections", "Registry.collections")
def test_collections_are_filtered_by_all_that_they_have(acme, library):
    [one] = library["alpha"].collections(filter={"name": "one"})
    [three] = library["beta"].collections()
    for filter, expected in [
        ({"name": "two"}, ["two"]),
        ({"name": {"$regex": "^t"}}, ["three", "two"]),
        ({"name": {"$regex": r"(?i)\bONE\b"}}, ["one"]),
        ({"name": {"$in": ["one", "two", "four"]}}, ["one", "two"]),
        ({"name": {"$nin": ["one", "two"]}}, ["three"]),
        ({"tag": "vision"}, ["one", "two"]),
        ({"tag": {"$ne": "vision"}}, ["three"]),
        ({"tag": {"$regex": "^ship"}}, ["one"]),
        ({"$and": [{"tag": "vision"}, {"tag": "shipped"}]}, ["one"]),
        ({"description": {"$exists": True}}, ["one", "three"]),
        ({"description": {"$contains": "third"}}, ["three"]),
        ({"description": {"$ne": "the first"}}, ["three", "two"]),
        ({"created_at": {"$gt": one.created_at}}, ["three", "two"]),
        ({"$not": {"created_at": {"$gt": one.created_at}}}, ["one"]),
        ({"id": three.id}, ["three"]),
        ({}, ["one", "three", "two"]),
    ]:
        assert names(acme.bob.api().registries(acme.org_name).collections(filter=filter)) == expected, filter


@promise("Registries.collections", "Registry.collections")
def test_collections_are_listed_in_the_order_asked_for(acme, library):
    for order, expected in [
        ("-name", ["two", "three", "one"]),
        ("created_at", ["one", "two", "three"]),
        ("-created_at", ["three", "two", "one"]),
        ("updated_at", ["one", "two", "three"]),
    ]:
        found = acme.bob.api().registries(acme.org_name).collections(order=order, per_page=2)
        assert names(found) == expected, order
    # By registries in an order, and within each by the order of its collections.
    ordered = acme.bob.api().registries(acme.org_name, order="-name").collections(order="-name")
    assert names(ordered) == ["three", "two", "one"]


@promise("Registries.collections", notes="A list goes on where the cursor of an earlier one ended.")
def test_a_list_goes_on_where_another_ended(acme, library):
    first = acme.bob.api().registries(acme.org_name).collections(per_page=1)
    assert next(first).name == "one"
    rest = acme.bob.api().registries(acme.org_name).collections(start=first.cursor)
    assert names(rest) == ["three", "two"]
    with refused(saying="cursor"):
        list(acme.bob.api().registries(acme.org_name).collections(start=first.cursor, order="created_at"))


# Versions


def shown(found):
    """The versions as they are numbered in their registry."""
    return [each.name for each in found]


@promise("Registries.versions", "Registry.versions", "Collections.versions", "Collections")
def test_versions_are_found_across_the_registries(acme, library):
    api = acme.bob.api()
    found = list(api.registries(acme.org_name).versions())
    assert shown(found) == ["three:v0", "two:v0", "one:v1", "one:v0"]
    assert (found[3].aliases, found[3].metadata, found[3].tags) == (["prod"], {"accuracy": 0.5, "kind": "cnn", "good": False}, ["small"])
    assert all(each.is_link for each in found)
    assert shown(api.registries(acme.org_name).versions(per_page=1)) == shown(found)
    assert shown(api.registry("alpha", acme.org_name).versions()) == ["two:v0", "one:v1", "one:v0"]
    assert shown(api.registry("gamma", acme.org_name).versions()) == []
    assert shown(api.registries(acme.org_name).collections(filter={"name": "one"}).versions()) == ["one:v1", "one:v0"]
    assert shown(api.registries(acme.org_name).collections(filter={"tag": "text"}).versions()) == ["three:v0"]
    assert shown(api.registries(acme.org_name, order="-name").versions()) == ["three:v0", "two:v0", "one:v1", "one:v0"]
    assert shown(api.registries(acme.org_name).collections(order="name").versions()) == ["one:v1", "one:v0", "three:v0", "two:v0"]


@promise("Registries.versions", "Registry.versions", "Collections.versions")
def test_versions_are_filtered_by_all_that_they_have(acme, library):
    for filter, expected in [
        ({"alias": "prod"}, ["one:v0"]),
        ({"alias": "latest"}, ["three:v0", "two:v0", "one:v1"]),
        ({"alias": {"$in": ["prod", "other"]}}, ["one:v0"]),
        ({"alias": {"$exists": False}}, []),
        ({"tag": "big"}, ["one:v1"]),
        ({"tag": {"$exists": True}}, ["one:v1", "one:v0"]),
        ({"version": "v1"}, ["one:v1"]),
        ({"version": {"$gte": 1}}, ["one:v1"]),
        ({"metadata.accuracy": 0.9}, ["one:v1"]),
        ({"metadata.accuracy": {"$gt": 0.4, "$lt": 0.6}}, ["one:v0"]),
        ({"metadata.accuracy": "high"}, ["two:v0"]),
        ({"metadata.accuracy": {"$exists": True}}, ["two:v0", "one:v1", "one:v0"]),
        ({"metadata.good": True}, ["one:v1"]),
        ({"metadata.kind": {"$regex": "^(cnn|rnn)$"}}, ["one:v0"]),
        ({"metadata.nested.depth": {"$gte": 3}}, ["two:v0"]),
        ({"metadata.accuracy": {"$in": [0.5, "high"]}}, ["two:v0", "one:v0"]),
        ({"$or": [{"tag": "small"}, {"alias": "nothing"}]}, ["one:v0"]),
        ({"created_at": {"$lt": "2020-01-01T00:00:00Z"}}, []),
    ]:
        assert shown(acme.bob.api().registries(acme.org_name).versions(filter=filter)) == expected, filter


@promise("Registries.versions", "Registry.versions", since="0.29", notes="Order and size since 0.29.")
def test_versions_are_listed_in_the_order_asked_for(acme, library):
    for order, expected in [
        ("created_at", ["one:v0", "one:v1", "two:v0", "three:v0"]),
        ("-artifact_size", ["three:v0", "two:v0", "one:v1", "one:v0"]),
        ("+linked_at", ["one:v0", "one:v1", "two:v0", "three:v0"]),
    ]:
        assert shown(acme.bob.api().registries(acme.org_name).versions(order=order, per_page=3)) == expected, order
    larger = acme.bob.api().registries(acme.org_name).versions(filter={"artifact_size": {"$gt": 2}})
    assert shown(larger) == ["three:v0", "two:v0"]


@promise("Registries.versions")
def test_a_filter_by_the_whole_metadata_is_refused_with_the_way_out(acme, library):
    with refused(saying="metadata.accuracy"):
        list(acme.bob.api().registries(acme.org_name).versions(filter={"metadata": "cnn"}))
