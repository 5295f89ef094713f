"""The sharing agreement an agency gets unless it is given another: data, by kind of agency."""

from __future__ import annotations

from datetime import date

from contracts.vocabulary import AgencyKind, LawfulBasis, Purpose
from services.agencies.agreement import Agreement, FieldGroup

_COUNCIL = {AgencyKind.CHILDRENS_SERVICES, AgencyKind.ADULT_SERVICES}
_RESPONSIBLE_AUTHORITIES = _COUNCIL | {
    AgencyKind.POLICE,
    AgencyKind.FIRE,
    AgencyKind.PROBATION,
    AgencyKind.NHS_TRUST,
    AgencyKind.HOUSING,
}
"""Who may share under the Crime and Disorder Act 1998 s115."""
_USE_PNC_IDS = _COUNCIL | {AgencyKind.POLICE, AgencyKind.PROBATION}


def default_agreement(agency_id: str, kind: AgencyKind) -> Agreement:
    """Everything but crime prevention and PNC ids for those whose work that is not."""
    bases, purposes, groups = set(LawfulBasis), set(Purpose), set(FieldGroup)
    if kind not in _RESPONSIBLE_AUTHORITIES:
        bases.discard(LawfulBasis.CRIME_AND_DISORDER_ACT_1998_S115)
        purposes.discard(Purpose.CRIME_PREVENTION)
    if kind not in _USE_PNC_IDS:
        groups.discard(FieldGroup.PNC_ID)
    return Agreement(
        reference=f"isa-{agency_id}",
        lawful_bases=frozenset(bases),
        purposes=frozenset(purposes),
        field_groups=frozenset(groups),
        valid_from=date(2020, 1, 1),
    )
