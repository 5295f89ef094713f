"""Which of the eligible key workers: continuity, language and skills, room, fairness, id.

Deterministic: the same people in the same state give the same order, whatever order they come in.
Every candidate's reasons are kept in words, those who were not eligible included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.keyworkers.place import KeyWorker

LANGUAGES = {
    "ar": "Arabic", "bn": "Bengali", "bsl": "British Sign Language", "cs": "Czech",
    "cy": "Welsh", "en": "English", "es": "Spanish", "fa": "Farsi", "fr": "French",
    "gu": "Gujarati", "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "ku": "Kurdish",
    "lt": "Lithuanian", "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "so": "Somali", "sq": "Albanian",
    "ti": "Tigrinya", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "yo": "Yoruba", "zh": "Chinese",
}  # fmt: skip
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key worker as the ranking sees them.

    ``obstacle``: why they may not have the household. ``knew_household_until`` and
    ``knew_member_until``: when they last knew it, or somebody of it elsewhere. ``caseload`` and
    ``limit``: households they hold and may hold.
    """

    key_worker: KeyWorker
    caseload: float
    limit: int
    obstacle: str | None = None
    knew_household_until: datetime | None = None
    knew_member_until: datetime | None = None
    last_assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate's place in the order, from 1, and why. ``eligible`` ones come first."""

    key_worker_id: str
    rank: int
    eligible: bool
    reasons: tuple[str, ...]


def rank(
    candidates: Iterable[Candidate], languages: tuple[str, ...], skills: tuple[str, ...]
) -> tuple[Ranked, ...]:
    """All candidates in order, best first; those who may not have the household come last."""
    ordered = sorted(candidates, key=lambda c: _order(c, languages, skills))
    return tuple(
        Ranked(c.key_worker.id, place, c.obstacle is None, tuple(_reasons(c, languages, skills)))
        for place, c in enumerate(ordered, 1)
    )


def _order(
    candidate: Candidate, languages: tuple[str, ...], skills: tuple[str, ...]
) -> tuple[object, ...]:
    """Smaller is better. Later acquaintance beats earlier; more headroom beats less."""
    return (
        candidate.obstacle is not None,
        -_when(candidate.knew_household_until),
        -_when(candidate.knew_member_until),
        -len(spoken(candidate, languages)),
        -len(skilled(candidate, skills)),
        candidate.caseload / candidate.limit if candidate.limit else 1.0,
        candidate.last_assigned_at or _NEVER,
        candidate.key_worker.id,
    )


def _when(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0


def spoken(candidate: Candidate, languages: tuple[str, ...]) -> list[str]:
    """Languages asked for that the key worker speaks; English goes without saying."""
    own = {tag.partition("-")[0] for tag in candidate.key_worker.languages} | {"en"}
    wanted = dict.fromkeys(tag.partition("-")[0] for tag in languages)
    return [tag for tag in wanted if tag in own]


def skilled(candidate: Candidate, skills: tuple[str, ...]) -> list[str]:
    """Skills asked for that the key worker has."""
    return [skill for skill in dict.fromkeys(skills) if skill in candidate.key_worker.skills]


def _reasons(
    candidate: Candidate, languages: tuple[str, ...], skills: tuple[str, ...]
) -> Iterable[str]:
    if candidate.obstacle:
        yield candidate.obstacle
        return
    if candidate.knew_household_until:
        yield f"has known this household, until {candidate.knew_household_until:%-d %B %Y}"
    if candidate.knew_member_until:
        yield "has known somebody of this household before"
    if named := [tag for tag in spoken(candidate, languages) if tag != "en"]:
        yield f"speaks {' and '.join(LANGUAGES.get(tag, tag) for tag in named)}, as asked"
    if able := skilled(candidate, skills):
        yield f"skilled in {' and '.join(s.replace('-', ' ') for s in able)}, as asked"
    yield f"has room: holds {candidate.caseload:g} of at most {candidate.limit} households"
    if candidate.last_assigned_at is None:
        yield "has not been given a household yet"
    else:
        yield f"was last given a household on {candidate.last_assigned_at:%-d %B %Y}"
