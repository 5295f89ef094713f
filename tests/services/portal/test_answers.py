"""What the portal reads is what the services answer: by field, against their own models."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from services.agencies import subject_access_api as of_agencies
from services.agencies import webhook_operations
from services.alerts import preferences_api
from services.alerts import subject_access_api as of_alerts
from services.alerts import views as alerts
from services.duplication import quality_views, review_views
from services.duplication import subject_access_views as of_matching
from services.duplication import views as duplication
from services.keyworkers import (
    access_views,
    api_conflicts,
    api_handovers,
    api_leave,
    retention_views,
)
from services.keyworkers import api_subject_access as of_keyworkers
from services.keyworkers import views as keyworkers
from services.kit import erased
from services.operations import views as operations
from services.portal import answers
from services.portal import answers_access as access
from services.portal import answers_matching as matching
from services.portal import answers_messages as messages
from services.portal import answers_operations as runs
from services.portal import answers_place as place
from services.portal import answers_request as held
from services.portal import answers_retention as retention
from services.portal import answers_team as people

PAIRS: list[tuple[type[BaseModel], type[BaseModel]]] = [
    (answers.Alert, alerts.AlertView),
    (answers.Alerts, alerts.AlertPage),
    (answers.Escalation, alerts.EscalationView),
    (matching.Household, duplication.HouseholdView),
    (matching.Member, duplication.MemberView),
    (matching.Decision, duplication.DecisionView),
    (matching.Compared, duplication.FieldView),
    (matching.Review, review_views.ReviewView),
    (matching.ReviewDetail, review_views.ReviewDetailView),
    (matching.Quality, quality_views.QualityView),
    (matching.Side, review_views.SideView),
    (answers.KeyWorker, keyworkers.KeyWorkerView),
    (answers.KeyWorkerPage, keyworkers.KeyWorkerPage),
    (answers.Engagement, keyworkers.EngagementView),
    (answers.Team, keyworkers.TeamView),
    (answers.TeamPage, keyworkers.TeamPage),
    (answers.Waiting, keyworkers.WaitingView),
    (answers.WhoseHousehold, keyworkers.HouseholdPage),
    (answers.Referral, keyworkers.ReferralView),
    (answers.Route, keyworkers.RouteView),
    (answers.Place, keyworkers.PlaceView),
    (answers.Locality, keyworkers.LocalityView),
    (messages.Choices, preferences_api.Choices),
    (messages.Preferences, preferences_api.Preferences),
    (messages.Test, preferences_api.TestView),
    (place.PlaceInFull, keyworkers.PlaceView),
    (place.LocalityInFull, keyworkers.LocalityView),
    (place.Calendar, keyworkers.CalendarView),
    (place.TeamInFull, keyworkers.TeamView),
    (place.Version, keyworkers.VersionView),
    (answers.AlertCounts, alerts.Counts),
    (answers.Days, keyworkers.Days),
    (people.Leave, api_leave.LeaveView),
    (people.LeaveLook, api_leave.LeaveLook),
    (people.Cover, api_leave.Cover),
    (people.Conflicts, api_conflicts.ConflictsView),
    (people.Conflict, api_conflicts.ConflictView),
    (people.Consequence, api_conflicts.Consequence),
    (people.HandingOver, api_handovers.HandingOver),
    (people.Candidate, api_handovers.CandidateView),
    (people.Elsewhere, api_handovers.ElsewhereView),
    (people.Named, api_handovers.Named),
    (people.Held, keyworkers.HeldView),
    (access.AccessList, access_views.AccessView),
    (access.Reader, access_views.ReaderView),
    (access.Lifting, access_views.LiftingView),
    (access.Restored, access_views.RestoredView),
    (access.History, access_views.HistoryView),
    (access.RestrictedHousehold, access_views.RestrictedView),
    (runs.AgencyWebhook, webhook_operations.WebhookView),
    (people.Handover, api_handovers.HandoverView),
    (people.Held, keyworkers.HeldView),
    (held.Candidate, of_matching.FoundView),
    (held.Candidates, of_matching.FoundPeopleView),
    (held.OfRestricted, of_matching.RestrictedView),
    (held.Matched, of_matching.HeldView),
    (held.Record, of_matching.RecordView),
    (held.LeftOut, of_matching.LeftOutView),
    (held.Question, of_matching.QuestionView),
    (held.Spell, of_matching.SpellView),
    (held.Decided, of_matching.DecidedView),
    (held.SaidSo, of_matching.ChangeView),
    (held.Looks, of_matching.LooksView),
    (held.Exported, of_matching.ExportView),
    (held.OnRecord, of_matching.KeptView),
    (held.Sent, of_agencies.HeldView),
    (held.Received, of_agencies.ReceivedView),
    (held.Words, of_agencies.WordsView),
    (held.Statement, of_agencies.StatementView),
    (held.Looks, of_agencies.LooksView),
    (held.Kept, of_keyworkers.HeldView),
    (held.Walked, of_keyworkers.EngagementView),
    (held.Worker, of_keyworkers.WorkerView),
    (held.HandedOver, of_keyworkers.HandoverView),
    (held.Opened, of_keyworkers.ReferralView),
    (held.Became, of_keyworkers.RouteView),
    (held.Looks, of_keyworkers.LooksView),
    (held.Alerts, of_alerts.HeldView),
    (held.Alerted, of_alerts.AlertView),
    (held.Somebody, of_alerts.ToldView),
    (retention.Kept, retention_views.RetentionView),
    (retention.PlaceRetention, retention_views.PlaceRetentionView),
    (retention.RetentionPolicy, retention_views.PolicyView),
    (retention.Notice, retention_views.NoticeView),
    (retention.Hold, retention_views.HoldView),
    (retention.Refusal, retention_views.RefusalView),
    (retention.HouseholdKept, retention_views.HouseholdRetentionView),
    (retention.Register, retention_views.RegisterView),
    (retention.Erasure, retention_views.ErasureView),
    (retention.Erased, erased.ErasureView),
    (runs.Journey, operations.JourneyView),
    (runs.JourneyInFull, operations.JourneyInFull),
    (runs.Journeys, operations.JourneyPage),
    (runs.Stage, operations.StageView),
    (runs.SeenEvent, operations.EventView),
    (runs.Avoided, operations.EntryView),
    (runs.Ledger, operations.LedgerPage),
    (runs.AvoidedKind, operations.Avoided),
    (runs.Impact, operations.Impact),
    (runs.Stall, operations.StallView),
    (runs.Flow, operations.Flow),
    (runs.Latency, operations.Latency),
]


@pytest.mark.parametrize(("read", "answered"), PAIRS, ids=lambda model: model.__name__)
def test_every_field_that_is_read_is_answered(read, answered):
    assert set(read.model_fields) <= set(answered.model_fields)


def test_what_a_household_is_called_is_answered_for_a_list_too():
    assert {"id", "label", "restricted"} <= set(duplication.BriefView.model_fields)
