"""The closed word lists of the contracts. A value may be added within v1; none may be removed."""

from __future__ import annotations

from enum import StrEnum


class Need(StrEnum):
    """The ten Supporting Families outcomes (Supporting Families Outcomes Framework, 2022)."""

    EDUCATION = "education"
    EARLY_YEARS = "early_years"
    HEALTH = "mental_and_physical_health"
    SUBSTANCE_USE = "substance_use"
    FAMILY_RELATIONSHIPS = "family_relationships"
    SAFE_FROM_ABUSE = "safe_from_abuse_and_exploitation"
    CRIME = "crime"
    DOMESTIC_ABUSE = "domestic_abuse"
    SECURE_HOUSING = "secure_housing"
    FINANCIAL_STABILITY = "financial_stability"


class AgencyKind(StrEnum):
    """What kind of organisation assesses."""

    CHILDRENS_SERVICES = "childrens_services"
    ADULT_SERVICES = "adult_services"
    POLICE = "police"
    NHS_TRUST = "nhs_trust"
    GP = "gp"
    SCHOOL = "school"
    HOUSING = "housing"
    PROBATION = "probation"
    DWP = "dwp"
    FIRE = "fire"
    VOLUNTARY = "voluntary"


class Urgency(StrEnum):
    """How soon the agency asks for someone to look."""

    ROUTINE = "routine"
    URGENT = "urgent"
    IMMEDIATE = "immediate"


class Severity(StrEnum):
    """How soon an alert must be acknowledged; follows from urgency and harm."""

    ROUTINE = "routine"
    URGENT = "urgent"
    IMMEDIATE = "immediate"


class Harm(StrEnum):
    """Grounds on which an assessment is never suppressed."""

    CHILD_SIGNIFICANT_HARM = "child_significant_harm"
    """Suspected significant harm to a child: Children Act 1989 s47."""
    IMMEDIATE_DANGER = "immediate_danger"
    """Somebody is in danger now."""
    ADULT_SAFEGUARDING = "adult_safeguarding"
    """An adult safeguarding enquiry: Care Act 2014 s42."""


class Restriction(StrEnum):
    """Why few may know where or who this household is."""

    DOMESTIC_ABUSE = "domestic_abuse"
    WITNESS_PROTECTION = "witness_protection"
    WORKERS_OWN_FAMILY = "workers_own_family"
    REFUGE = "refuge"


class KnowsBecause(StrEnum):
    """Why somebody is on the list of those who may know of a restricted household."""

    KEY_WORKER = "key_worker"
    """They are its key worker."""
    COVER = "cover"
    """They stand in for its key worker, who is away."""
    NAMED = "named"
    """A team lead, a privacy officer or, in an emergency, the front door put them on the list."""


class AccessReason(StrEnum):
    """Why somebody is put on that list, or taken off it. A closed list: no words about people."""

    JOINT_WORK = "joint_work"
    """They work with the household beside its key worker."""
    SUPERVISION = "supervision"
    """They supervise the key worker."""
    POSSIBLE_MATCH = "possible_match"
    """They decide whether it is a household already known."""
    STATUTORY_ENQUIRY = "statutory_enquiry"
    """Children Act 1989 s47, Care Act 2014 s42."""
    IMMEDIATE_DANGER = "immediate_danger"
    """Somebody is in danger now, and nobody on the list can be reached."""
    SEPARATED = "separated"
    """They might know of the household from which this one was separated."""
    NO_LONGER_NEEDED = "no_longer_needed"
    MISTAKE = "mistake"
    """They should never have been on it."""


class LiftingReason(StrEnum):
    """Why a household need be restricted no longer. A closed list: no words about people."""

    SAFE_NOW = "safe_now"
    """Nobody is in danger by being found any more."""
    FAMILY_ASKED = "family_asked"
    """The family asked for it, knowing what it means."""
    PROTECTION_ENDED = "protection_ended"
    """The protection, the stay in a refuge or the order that asked for it has ended."""
    WORKER_LEFT = "worker_left"
    """The worker whose family it is works here no more."""
    STATED_IN_ERROR = "stated_in_error"
    """It should never have been stated."""


class LiftingOutcome(StrEnum):
    """What became of the question whether a restriction be lifted."""

    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """By whoever asked; or there is no restriction any more."""


class IdentityCheck(StrEnum):
    """How it was checked that whoever asks for what is held about them is that person, or may ask
    for them. A closed list: no words about people, and no number of a document."""

    PHOTO_DOCUMENT = "photo_document"
    """A passport, driving licence or other document with a photograph was seen."""
    TWO_LETTERS = "two_letters"
    """Two official letters to them at the address that is held."""
    KNOWN_IN_PERSON = "known_in_person"
    """A practitioner who knows them said in person that it is they who ask."""
    PARENTAL_RESPONSIBILITY = "parental_responsibility"
    """For a child too young to ask: who asks has parental responsibility, and both were checked."""
    AUTHORITY = "authority"
    """For somebody else: their written authority, a power of attorney or a court's order."""


class LeftOutBecause(StrEnum):
    """Why something held about a person is not in the copy that they are given."""

    ALLEGED = "alleged"
    """They are named in it as alleged to have caused harm."""
    ALLEGED_ELSEWHERE = "alleged_elsewhere"
    """It is of a household in another assessment of which they are so named."""


class Sex(StrEnum):
    """As the agency recorded it."""

    FEMALE = "female"
    MALE = "male"
    INDETERMINATE = "indeterminate"
    UNKNOWN = "unknown"


class Relationship(StrEnum):
    """Who the person is in the household, as the agency sees it."""

    PARENT = "parent"
    CARER = "carer"
    CHILD = "child"
    PARTNER = "partner"
    GRANDPARENT = "grandparent"
    SIBLING = "sibling"
    OTHER_ADULT = "other_adult"
    LODGER = "lodger"
    UNBORN = "unborn"
    UNKNOWN = "unknown"


class IdentifierScheme(StrEnum):
    """Which register issued an identifier; ``other`` is one whose reliability is unknown."""

    NHS_NUMBER = "nhs_number"
    UPN = "upn"
    ULN = "uln"
    NINO = "nino"
    PNC_ID = "pnc_id"
    OTHER = "other"


class LawfulBasis(StrEnum):
    """The statutory gateway on which the agency shares."""

    CHILDREN_ACT_2004_S10 = "children_act_2004_s10"
    CHILDREN_ACT_2004_S11 = "children_act_2004_s11"
    CHILDREN_ACT_1989_S17 = "children_act_1989_s17"
    CHILDREN_ACT_1989_S47 = "children_act_1989_s47"
    CRIME_AND_DISORDER_ACT_1998_S115 = "crime_and_disorder_act_1998_s115"
    CARE_ACT_2014_S6 = "care_act_2014_s6"
    CARE_ACT_2014_S7 = "care_act_2014_s7"
    CARE_ACT_2014_S42 = "care_act_2014_s42"
    CARE_ACT_2014_S45 = "care_act_2014_s45"
    CONSENT = "consent"


class Purpose(StrEnum):
    """What the assessment is shared for."""

    EARLY_HELP = "early_help"
    FAMILY_HELP = "family_help"
    SAFEGUARDING = "safeguarding"
    CRIME_PREVENTION = "crime_prevention"
    HOMELESSNESS_PREVENTION = "homelessness_prevention"
    ADULT_CARE = "adult_care"


class Channel(StrEnum):
    """How an assessment reached Kith."""

    HTTP = "http"
    FILE = "file"
    KAFKA = "kafka"


class Decision(StrEnum):
    """What duplication detection said of an assessment's household."""

    NEW = "new"
    MATCHED = "matched"


class Verdict(StrEnum):
    """What a reviewer said of a possible match."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot_tell"


class OutcomeKind(StrEnum):
    """What became of an assessment, as its agency is told."""

    UNDER_REVIEW = "under_review"
    """A person is checking which household it is. Not final."""
    QUEUED = "queued"
    """A referral is open and waits for a key worker with room. Not final."""
    OPENED = "opened"
    """A referral was opened and a key worker named."""
    ROUTED = "routed"
    """The household already had a key worker; no referral was opened."""


class RecipientKind(StrEnum):
    """Whom an alert is for."""

    KEY_WORKER = "key_worker"
    TEAM_LEAD = "team_lead"
    DUTY_DESK = "duty_desk"
    FRONT_DOOR = "front_door"
    PRIVACY_OFFICER = "privacy_officer"


class AlertKind(StrEnum):
    """Why an alert was raised."""

    ASSIGNED = "assigned"
    """A household is newly yours."""
    ROUTED = "routed"
    """An agency assessed a household of yours."""
    POSSIBLE_MATCH = "possible_match"
    """Possible match: please check."""
    QUEUED = "queued"
    """A household of your team waits for a key worker."""
    FRONT_DOOR = "front_door"
    """Never suppressed: the statutory front door must decide."""
    OFFERED = "offered"
    """A household is offered to your team: any member may claim it."""
    HANDOVER = "handover"
    """You are asked to take a household over."""
    CHANGED = "changed"
    """A household is yours from now on."""
    HANDED_OVER = "handed_over"
    """A household of yours is another key worker's, who accepted it: introduce them."""
    NOT_HANDED_OVER = "not_handed_over"
    """You asked for a handover: it stays as it is, and why."""
    LINKED = "linked"
    """Two households are one and another key worker stays with it: hand over to them."""
    LIFTING = "lifting"
    """It is asked that a household be restricted no longer: agree or decline."""
    LIFTING_AGREED = "lifting_agreed"
    """You asked that a household be restricted no longer: somebody else agreed."""
    LIFTING_DECLINED = "lifting_declined"
    """You asked that a household be restricted no longer: somebody else declined; it stays so."""
    LIFTING_NEEDLESS = "lifting_needless"
    """You asked that a household be restricted no longer: nothing restricts it any more."""


class AlertAnswer(StrEnum):
    """What a practitioner answers to an alert, beside having read it."""

    SPOKEN_TO_THEM = "spoken_to_them"
    """I have spoken to them."""
    NOT_THIS_HOUSEHOLD = "not_this_household"
    """The assessment is of another household: link it elsewhere."""
    HAND_OVER = "hand_over"
    """Somebody else should walk beside this household."""


class LinkCause(StrEnum):
    """Why households were linked or separated."""

    REVIEW = "review"
    """A reviewer's verdict on a case of the queue."""
    PRACTITIONER = "practitioner"
    """A key worker's "not this household"."""
    OFFICER = "officer"
    """A person with the right to, outside the queue."""
    EVIDENCE = "evidence"
    """An assessment showed it beyond doubt."""
    NEW_MODEL = "new_model"
    """History was decided again under another model."""
    UNDONE = "undone"
    """A link or separation is taken back."""


class ChangeReason(StrEnum):
    """Why a household changes key workers, or its engagement ends."""

    REQUESTED = "requested"
    """A key worker asked for it."""
    LINKED = "linked"
    """Two households became one; the longer engagement stays."""
    SEPARATED = "separated"
    """One household became two."""
    LEAVING = "leaving"
    """The key worker leaves."""
    LONG_ABSENCE = "long_absence"
    """The key worker is away for long."""
    MOVED_AWAY = "moved_away"
    """The household lives elsewhere now."""
    CONFLICT = "conflict"
    """A conflict of interest was declared."""
    HELPED = "helped"
    """Things are well enough: the engagement ends."""
    DECLINED = "declined"
    """The household does not want it."""
    OTHER = "other"


class ReversalReason(StrEnum):
    """Why what was said of an assessment or a household is taken back."""

    LINKED = "linked"
    SEPARATED = "separated"
    NOT_THIS_HOUSEHOLD = "not_this_household"
    REVIEWED = "reviewed"
    NO_ASSESSMENT_LEFT = "no_assessment_left"
    """After a separation nothing is left from which the referral follows."""
    ASSIGNED = "assigned"
    """The household that waited, or was offered, has its key worker."""
    HANDOVER_WITHDRAWN = "handover_withdrawn"
    """Whoever asked has taken the question back."""
    HANDOVER_EXPIRED = "handover_expired"
    """The question was not answered in time."""
    ENGAGEMENT_ENDED = "engagement_ended"
    """The household has no key worker any more."""
    LIFTING_WITHDRAWN = "lifting_withdrawn"
    """Whoever asked that a restriction be lifted has taken it back, or it is none any more."""
    ASKED_OF_OTHERS = "asked_of_others"
    """Whoever was asked that a restriction be lifted may answer no more: others are asked."""
    RESTRICTED_AGAIN = "restricted_again"
    """The household whose restriction was lifted is restricted again."""


class HandoverOutcome(StrEnum):
    """How a proposed handover came to nothing."""

    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class RefusalReason(StrEnum):
    """Why a handover could not even be proposed."""

    NOBODY_TO_HAND_OVER = "nobody_to_hand_over"
    """The household has no key worker."""
    NOT_THEIR_HOUSEHOLD = "not_their_household"
    """Whoever asked is not, or no longer, the household's key worker."""
    NO_SUCH_KEY_WORKER = "no_such_key_worker"
    SAME_KEY_WORKER = "same_key_worker"
    HAS_LEFT = "has_left"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    ASKED_ALREADY = "asked_already"
    """Somebody else has been asked and has not answered yet."""
    NOBODY_CAN = "nobody_can"
    """Nobody was named, and nobody in the team can take a household now."""
