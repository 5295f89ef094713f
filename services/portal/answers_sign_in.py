"""What keyworkers answers about whoever signed in at their organisation's directory."""

from __future__ import annotations

from pydantic import BaseModel

from services.portal.session import Role, Visitor


class Office(BaseModel):
    """A role that somebody has. ``where``: the team or desk in words, or nothing."""

    role: Role
    id: str
    name: str
    where: str = ""

    @property
    def key(self) -> str:
        """As a form sends it."""
        return f"{self.role.value}:{self.id}"

    def taken_by(self, person_id: str) -> Visitor:
        """Whoever goes on in it."""
        return Visitor(self.role, self.id, self.name, self.where, person_id)


class SignedIn(BaseModel):
    """``person_id``: None where no place knows them; ``ambiguous``: a place knows two of the name,
    and neither signs in."""

    person_id: str | None
    offices: tuple[Office, ...]
    ambiguous: bool = False
