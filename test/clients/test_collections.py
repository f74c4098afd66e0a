"""Collections: the versions of one thing, logged by runs (a sequence) or linked together (a portfolio)."""

import pytest
from conftest import refused
from promises import promise, properties_of


def names(found):
    return [each.name for each in found]


def collection(place, name, type="model"):
    """The collection as the server shows it now."""
    return place.acme.alice.api().artifact_collection(type, f"{place.path}/{name}")


def portfolio(place, name, *versions):
    """A portfolio with these versions, logged for it, in their order."""
    for version in versions:
        place.acme.alice.api().artifact(place.at(*version.split(":"))).link(f"{place.path}/{name}")
    return collection(place, name)


# Finding


@promise("Api.artifact_collection", "ArtifactCollection", "ArtifactCollection.load", "ArtifactCollection.is_sequence")
def test_every_property_of_a_collection_can_be_read(place):
    place.given_version("source", aliases=["old"])
    place.given_version("source", aliases=["production"])
    found = collection(place, "source")
    values = {name: getattr(found, name) for name in properties_of(type(found))}
    assert (values["name"], values["type"], values["entity"], values["project"]) == ("source", "model", place.entity, place.name)
    assert sorted(values["aliases"]) == ["latest", "old", "production"]
    assert (values["description"], values["tags"]) == (None, [])
    assert values["id"] and values["created_at"] <= values["updated_at"]
    assert found.is_sequence() and not portfolio(place, "shelf", "source:v0").is_sequence()


@promise("Api.artifact_collection", "Api.artifact_collection_exists")
def test_a_collection_is_found_under_its_own_type_alone(place, api):
    place.given_version("source")
    for type in ["model", "dataset"]:
        assert api.artifact_collection_exists(f"{place.path}/source", type=type) is (type == "model")
    with refused(saying="Could not find artifact type"):
        collection(place, "source", type="dataset")
    assert not api.artifact_collection_exists(f"{place.path}/nothing", type="model")
    assert not place.acme.otto.api().artifact_collection_exists(f"{place.path}/source", type="model")


# Changing


@promise("ArtifactCollection.save")
def test_a_collection_keeps_what_it_is_given_under_its_new_name(place):
    place.given_version("source")
    found = collection(place, "source")
    found.name, found.description, found.tags = "renamed", "all of them: ünï", ["team a", "nlp"]
    found.save()
    found = collection(place, "renamed")
    assert (found.description, sorted(found.tags)) == ("all of them: ünï", ["nlp", "team a"])
    found.tags = ["nlp", "cv"]
    found.description = ""
    found.save()
    found = collection(place, "renamed")
    assert (sorted(found.tags), found.description or "") == (["cv", "nlp"], "")
    assert place.acme.alice.api().artifact_exists(place.at("renamed", "v0"))
    assert not place.acme.alice.api().artifact_exists(place.at("source", "v0"))


@promise("ArtifactCollection.save")
def test_a_portfolio_is_changed_like_any_collection(place):
    place.given_version("source")
    found = portfolio(place, "shelf", "source:v0")
    found.name, found.description, found.tags = "best", "of all", ["shipped"]
    found.save()
    found = collection(place, "best")
    assert (found.description, found.tags) == ("of all", ["shipped"])
    assert names(found.artifacts()) == ["best:v0"]


@promise("ArtifactCollection.save", "ArtifactCollection.change_type")
def test_a_sequence_takes_another_type_with_all_its_versions(place, api):
    place.given_version("source")
    place.given_version("source")
    found = collection(place, "source")
    found.type = "checkpoint"
    found.save()
    assert [each.type for each in api.artifacts("checkpoint", f"{place.path}/source")] == ["checkpoint", "checkpoint"]
    collection(place, "source", type="checkpoint").change_type("weights")
    assert collection(place, "source", type="weights").name == "source"


@promise("ArtifactCollection.save")
def test_a_portfolio_and_a_sequence_with_links_keep_their_type(place):
    place.given_version("source")
    shelf = portfolio(place, "shelf", "source:v0")
    with refused(saying="sequence"):
        shelf.type = "dataset"
    with refused(saying="sequence"):
        shelf.change_type("dataset")
    found = collection(place, "source")
    found.type = "dataset"
    with refused(saying="unlink them first"):
        found.save()


@promise("ArtifactCollection.save")
def test_what_a_collection_cannot_be_is_said_in_words(place):
    place.given_version("source")
    place.given_version("neighbour")
    found = collection(place, "source")
    found.name = "neighbour"
    with refused(saying="neighbour"):
        found.save()
    with refused(ValueError, saying="a/b"):
        found.name = "a/b"
        found.save()
    with refused(saying="?"):
        again = collection(place, "source")
        again.tags = ["what?"]
        again.save()
    as_vera = place.acme.vera.api().artifact_collection("model", f"{place.path}/source")
    as_vera.description = "mine"
    with refused(saying="member"):
        as_vera.save()
    with refused(saying="member"):
        as_vera.delete()


# Deleting


@promise("ArtifactCollection.delete")
def test_a_deleted_sequence_is_gone_with_its_versions_also_where_they_were_linked(place, api):
    place.given_version("source", aliases=["kept"])
    portfolio(place, "shelf", "source:v0")
    found = collection(place, "source")
    found.delete()
    for path in [place.at("source", "v0"), place.at("source", "kept"), place.at("shelf", "v0")]:
        assert not api.artifact_exists(path), path
    with refused(saying="not found"):
        found.delete()


@promise("ArtifactCollection.delete")
def test_a_deleted_portfolio_leaves_the_versions(place, api):
    place.given_version("source")
    shelf = portfolio(place, "shelf", "source:v0")
    shelf.delete()
    assert not api.artifact_collection_exists(f"{place.path}/shelf", type="model")
    assert api.artifact_exists(place.at("source", "v0"))
    with refused(saying="not found"):
        shelf.delete()


# Lists of collections


@pytest.fixture
def shelf(place):
    """Three collections of two types; the youngest is the first by name."""
    for name, type in [("cherry", "model"), ("banana", "dataset"), ("apple", "model")]:
        place.given_version(name, type=type)
    found = collection(place, "cherry")
    found.tags, found.description = ["red", "small"], "sweet"
    found.save()
    return place


@promise("Api.artifact_collections", "ArtifactType.collections")
def test_collections_of_a_type_are_listed_newest_first(shelf, api):
    found = api.artifact_collections(shelf.path, "model")
    assert names(found) == ["apple", "cherry"] and len(found) == 2
    assert [each.type for each in found] == ["model", "model"]
    assert names(api.artifact_collections(shelf.path, "model", per_page=1)) == ["apple", "cherry"]
    assert names(api.artifact_type("dataset", shelf.path).collections()) == ["banana"]


@promise("Api.artifact_collections", "ArtifactType.collections", "Project.collections")
def test_collections_are_listed_in_the_order_asked_for(shelf, api):
    for order, expected in [
        ("name", ["apple", "banana", "cherry"]),
        ("-name", ["cherry", "banana", "apple"]),
        ("+created_at", ["cherry", "banana", "apple"]),
        ("-created_at", ["apple", "banana", "cherry"]),
        ("-updated_at", ["cherry", "apple", "banana"]),
    ]:
        project = shelf.acme.alice.api().project(shelf.name, shelf.entity)
        assert names(project.collections(order=order, per_page=1)) == expected, order
        models = [name for name in expected if name != "banana"]
        assert names(api.artifact_type("model", shelf.path).collections(order=order)) == models, order
        assert names(api.artifact_collections(shelf.path, "model", order=order)) == models, order


@promise("ArtifactType.collections", "Project.collections")
def test_collections_are_filtered(shelf, api):
    project = api.project(shelf.name, shelf.entity)
    for filters, expected in [
        ({"name": "banana"}, ["banana"]),
        ({"name": {"$regex": "an"}}, ["banana"]),
        ({"tag": "red"}, ["cherry"]),
        ({"description": {"$exists": False}}, ["apple", "banana"]),
        ({"$or": [{"name": "apple"}, {"tag": "small"}]}, ["apple", "cherry"]),
        ({"name": {"$contains": "an"}}, ["banana"]),
    ]:
        found = project.collections(filters=filters, order="name")
        assert names(found) == expected, filters
        assert len(project.collections(filters=filters)) == len(expected)
    with refused(saying="no filter for"):
        list(project.collections(filters={"colour": "red"}))
    with refused(saying="no order by"):
        list(project.collections(order="colour"))


# Types


@promise("Api.artifact_types", "Api.artifact_type", "ArtifactType", "ArtifactType.load", "ArtifactType.collection", "Project.artifacts_types")
def test_types_are_listed_by_name_with_their_collections(shelf, api):
    assert names(api.artifact_types(shelf.path)) == ["dataset", "model"]
    assert names(api.project(shelf.name, shelf.entity).artifacts_types(per_page=1)) == ["dataset", "model"]
    found = api.artifact_type("model", shelf.path)
    assert (found.name, found.type) == ("model", "model") and found.id
    assert found.load().name == "model"
    assert found.collection("apple").name == "apple"
    with refused(saying="Could not find artifact type"):
        found.collection("banana")
    with refused(saying="Could not find artifact type"):
        api.artifact_type("nothing", shelf.path)


# Lists of versions


@pytest.fixture
def logged(place):
    """Four versions of a collection, each smaller than the one before; `v1` and `v3` are tagged."""
    for number in range(4):
        tags = {1: ["odd"], 3: ["odd", "last"]}.get(number, [])
        place.given_version("source", files={"x": "x" * (9 - number)}, metadata={"n": number}, tags=tags)
    return place


@promise("Api.artifacts", "Api.artifact_versions", "ArtifactCollection.artifacts")
def test_versions_are_listed_newest_first_page_by_page(logged, api):
    path = f"{logged.path}/source"
    expected = ["source:v3", "source:v2", "source:v1", "source:v0"]
    found = api.artifacts("model", path)
    assert names(found) == expected and len(found) == 4
    assert names(api.artifacts("model", path, per_page=1)) == expected
    assert names(api.artifact_versions("model", path, per_page=3)) == expected
    assert names(collection(logged, "source").artifacts(per_page=2)) == expected
    assert [each.version for each in found] == ["v3", "v2", "v1", "v0"]
    assert found[0].aliases == ["latest"] and found[1].aliases == []


@promise("Api.artifacts")
def test_versions_are_listed_in_the_order_asked_for_and_by_tags(logged, api):
    path = f"{logged.path}/source"
    upwards = ["source:v0", "source:v1", "source:v2", "source:v3"]
    for order, expected in [
        ("created_at", upwards),
        ("-created_at", upwards[::-1]),
        ("+updated_at", upwards),
        ("version_index", upwards),
        ("-version_index", upwards[::-1]),
        ("createdAt", upwards),
    ]:
        assert names(api.artifacts("model", path, order=order, per_page=3)) == expected, order
    assert names(api.artifacts("model", path, tags=["odd"])) == ["source:v3", "source:v1"]
    assert names(api.artifacts("model", path, tags=["odd", "last"])) == ["source:v3"]
    with refused(saying="no order by"):
        list(api.artifacts("model", path, order="colour"))


@promise("Api.artifacts")
def test_versions_of_a_portfolio_have_its_own_numbers(logged, api):
    portfolio(logged, "best", "source:v3", "source:v1")
    found = api.artifacts("model", f"{logged.path}/best", order="version_index")
    assert [(each.name, each.source_name) for each in found] == [("best:v0", "source:v3"), ("best:v1", "source:v1")]
