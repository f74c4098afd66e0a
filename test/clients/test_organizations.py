"""Organizations: found by their display name and by the name of their entity, and by nobody who does not belong."""

from conftest import refused
from promises import promise


@promise("Api.organization", "Organization")
def test_an_organization_is_found_by_either_of_its_names(acme, api):
    for name in [acme.org_name, acme.org]:
        found = acme.alice.api().organization(name)
        assert (found.name, found.org_entity.name) == (acme.org_name, acme.org), name


@promise("Api.organization")
def test_an_organization_is_not_there_for_who_does_not_belong_to_it(acme):
    for name in [acme.org_name, acme.org, "no-such-organization"]:
        with refused(saying="not found"):
            acme.otto.api().organization(name)
