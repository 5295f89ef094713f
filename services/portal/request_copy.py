"""The file that a person is given: a page to read and print, and the same for a machine, in a ZIP.

The page needs no network and no program but a browser. The file's name, and its parts', say nothing
of whom it is about. It is made in memory, and nothing of it is kept.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment

from services.portal import words_request
from services.portal.request_document import recipients
from services.portal.words_times import clock, day

PAGE, DATA = "your-information.html", "your-information.json"


@dataclass(frozen=True, slots=True)
class Copy:
    """A file ready to leave. ``sha256``: in hexadecimal."""

    export_id: UUID
    content: bytes

    @property
    def name(self) -> str:
        return f"subject-access-{str(self.export_id)[-12:]}.zip"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def make_copy(
    templates: Environment, document: dict[str, Any], export_id: UUID, zone: ZoneInfo
) -> Copy:
    """The same file for the same document, byte for byte."""
    document = document | {"kept_on_record_as": str(export_id)}
    made_at = datetime.fromisoformat(document["made_at"])
    page = templates.get_template("your_information.html").render(
        copy=document,
        recipients=recipients(document),
        fields=words_request,
        told=_Told(zone),
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            (PAGE, page),
            (DATA, json.dumps(document, indent=1, ensure_ascii=False) + "\n"),
        ):
            entry = zipfile.ZipInfo(name, made_at.astimezone(zone).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode())
    return Copy(export_id, content.getvalue())


@dataclass(frozen=True, slots=True)
class _Told:
    """Moments of a document in words, by the place's clock."""

    zone: ZoneInfo

    def day(self, moment: str) -> str:
        return day(datetime.fromisoformat(moment).astimezone(self.zone).date())

    def at(self, moment: str) -> str:
        return f"{self.day(moment)}, {clock(datetime.fromisoformat(moment), self.zone)}"
