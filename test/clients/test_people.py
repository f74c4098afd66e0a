"""People, teams and keys: each makes and manages what its role allows."""

import uuid

import pytest
import wandb
from conftest import ADMIN_KEY, URL, Person, refused
from promises import promise, properties_of


@pytest.fixture
def admin():
    """The session of an administrator of the server."""
    return wandb.Api(api_key=ADMIN_KEY, overrides={"base_url": URL, "entity": "admin-user"})


def unique(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@promise("Api", "User")
def test_a_session_knows_whose_it_is(acme, api):
    me = api.viewer
    assert {name: getattr(me, name) for name in properties_of(type(me))}["teams"] == [acme.team]
    assert (me.username, me.email) == (acme.alice.username, acme.alice.email) and not me.admin
    assert api.default_entity == acme.alice.username and "Public Client" in api.user_agent


@promise("Api")
def test_a_key_that_nobody_has_is_refused_in_words(acme):
    with refused(saying="API key"):
        wandb.Api(api_key="f" * 40, overrides={"base_url": URL}).viewer


@promise("Api.user", "Api.users")
def test_people_find_those_they_share_a_team_with(acme, api):
    assert api.user(acme.bob.username).email == acme.bob.email
    assert api.user(acme.bob.email).username == acme.bob.username
    assert [each.username for each in api.users(acme.vera.username)] == [acme.vera.username]
    assert api.user("nobody-at-all") is None and acme.otto.api().user(acme.bob.username) is None


@promise("Api.team", "Team.load", "Team")
def test_a_team_shows_its_members_and_who_of_them_administers_it(acme, api):
    found = api.team(acme.team)
    assert (found.name, found.entity_type, found.is_team) == (acme.team, "team", True) and found.id
    administers = {each.username: each.admin for each in found.members}
    assert administers == {
        "admin-user": True,
        acme.alice.username: False,
        acme.bob.username: False,
        acme.vera.username: False,
    }
    with refused(saying=f'Entity "{acme.team}" not found'):
        acme.otto.api().team(acme.team)


@promise("Api.create_team", "Team.create", "Team.invite", "Team.create_service_account", "Member", "Member.delete")
def test_an_administrator_makes_teams_and_sees_to_their_members(acme, admin):
    name = unique("robotics")
    team = admin.create_team(name)
    assert team.name == name and [each.username for each in team.members] == ["admin-user"]
    someone, another = Person(unique("someone")), Person(unique("another"))
    assert team.invite(someone.username) and team.invite(another.email, admin=True)
    assert not team.invite("nobody-at-all")
    bot = unique("Nightly Trainer")
    # The client takes the last of the members for the new one.
    assert team.create_service_account(bot).username == bot.replace(" ", "-")
    members = {each.username: each for each in admin.team(name).members}
    assert not members[someone.username].admin and members[another.username].admin
    assert members[bot.replace(" ", "-")].account_type == "SERVICE"
    assert members[someone.username].delete()
    assert someone.username not in [each.username for each in admin.team(name).members]
    assert not members[someone.username].delete()


@promise("Team.invite", "Team.create_service_account", "Member.delete")
def test_who_does_not_administer_a_team_changes_nothing_of_it(acme):
    team = acme.bob.api().team(acme.team)
    assert not team.invite(acme.otto.username) and team.create_service_account("bot") is None
    [vera] = [each for each in team.members if each.username == acme.vera.username]
    assert not vera.delete()


@promise("Api.create_user", "User.create")
def test_an_administrator_makes_users_and_nobody_else_does(acme, api, admin):
    name = unique("newcomer")
    made = admin.create_user(f"{name}@example.com")
    assert made.username == name and admin.user(f"{name}@example.com").username == name
    with refused(saying="Only an administrator of this server may do this"):
        api.create_user(f"{unique('other')}@example.com")


@promise("User.generate_api_key", "User.delete_api_key", "User")
def test_people_make_and_delete_keys_of_their_own(acme, api):
    me = api.viewer
    key = me.generate_api_key("for the laptop")
    assert len(key) >= 40
    assert wandb.Api(api_key=key, overrides={"base_url": URL}).viewer.username == acme.alice.username
    mine = acme.alice.api().viewer
    [shown] = [text for text in mine.api_keys if text == "…" + key[-4:]]
    assert key not in mine.api_keys and mine.delete_api_key(shown)
    with refused(saying="API key"):
        wandb.Api(api_key=key, overrides={"base_url": URL}).viewer
