"""What a role is called on a page. Pure."""

from __future__ import annotations

from services.portal.session import Role

DOES: dict[Role, str] = {
    Role.KEY_WORKER: "works with households",
    Role.TEAM_LEAD: "sees the team’s households and who waits, looks at possible matches",
    Role.DESK: "front door and duty desk",
    Role.REVIEWER: "looks at possible matches",
    Role.OPERATIONS: "sees journeys, counts and health, never a household",
    Role.PRIVACY_OFFICER: "says who may know of a restricted household, sees who looked, answers "
    "requests",
}
_CALLED: dict[Role, str] = {
    Role.KEY_WORKER: "Key worker, {}",
    Role.TEAM_LEAD: "Lead of {}",
    Role.DESK: "{}",
    Role.REVIEWER: "Reviewer",
    Role.OPERATIONS: "Operations",
    Role.PRIVACY_OFFICER: "Privacy officer",
}


def role_of(role: Role, where: str) -> str:
    """A role, of the team or desk where it is one's."""
    return _CALLED[role].format(where)
