"""What always holds: queries over the services' stores that find what breaks a rule.

Each is a sentence and a query; a row that it finds is a breach.
"""

from __future__ import annotations

from collections.abc import Mapping

_KEY_WORKERS = "('assigned', 'routed', 'possible_match', 'changed')"
_OPEN = "acknowledged_at is null and withdrawn_at is null"
_SETTLED = "state in ('queued', 'opened', 'routed')"

KEY_WORKERS: dict[str, str] = {
    "at most one active engagement per household": """
        select household_id from keyworkers.engagement where ended_at is null
        group by 1 having count(*) > 1""",
    "at most one open referral per household": """
        select household_id from keyworkers.referral where closed_at is null
        group by 1 having count(*) > 1""",
    "an engagement is active as long as its referral is open, of the same household": """
        select e.engagement_id from keyworkers.engagement e
        join keyworkers.referral r using (referral_id)
        where (e.ended_at is null) <> (r.closed_at is null) or e.household_id <> r.household_id
           or r.engagement_id is distinct from e.engagement_id""",
    # What was ended while two households were one is not begun again when they are two.
    "nobody is left with an assessment and nobody, unless a person ended the work": f"""
        select distinct a.household_id from keyworkers.assessment_route a where a.{_SETTLED}
        and not exists (select from keyworkers.referral r
            where r.household_id = a.household_id and r.closed_at is null)
        and not exists (select from keyworkers.engagement e
            where e.household_id = a.household_id and e.ended_by <> 'kith')
        and not exists (select from keyworkers.household_link l join keyworkers.engagement e
            on e.ended_by <> 'kith' and e.ended_at between l.linked_at and l.undone_at
            where l.retired_household_id = a.household_id)""",
    "every assessment rests on an engagement or referral of its own household": f"""
        select a.assessment_id from keyworkers.assessment_route a
        left join keyworkers.engagement e on e.engagement_id = a.engagement_id
        left join keyworkers.referral r on r.referral_id = coalesce(e.referral_id, a.referral_id)
        where a.{_SETTLED} and r.household_id is distinct from a.household_id""",
    "what waits, waits with an open referral; what does not is with a key worker": """
        select a.assessment_id from keyworkers.assessment_route a
        left join keyworkers.referral r using (referral_id)
        where a.state = 'queued' and (r.closed_at is not null or r.engagement_id is not null)
           or a.state in ('opened', 'routed') and a.engagement_id is null""",
    "what a household waits for is an assessment of its own that waits": """
        select r.referral_id from keyworkers.waiting_list r
        where not exists (select from keyworkers.assessment_route a
            where a.household_id = r.household_id and a.assessment_id = r.assessment_id
            and a.referral_id = r.referral_id and a.state = 'queued')""",
    "a retired id has nothing of its own": """
        select l.retired_household_id from keyworkers.household_link l
        where l.undone_at is null and (
           exists (select from keyworkers.engagement x
               where x.household_id = l.retired_household_id)
           or exists (select from keyworkers.referral x
               where x.household_id = l.retired_household_id)
           or exists (select from keyworkers.assessment_route x
               where x.household_id = l.retired_household_id))""",
    "only for an active engagement of theirs somebody is asked": """
        select h.handover_id from keyworkers.handover h
        join keyworkers.engagement e using (engagement_id)
        where h.state = 'proposed' and (e.ended_at is not null
           or e.key_worker_id <> h.from_key_worker_id or e.household_id <> h.household_id)""",
    "nobody has been given a household after declaring a conflict of interest": """
        select e.engagement_id from keyworkers.engagement e
        join keyworkers.conflict_of_interest c using (household_id, key_worker_id)
        where e.ended_at is null and e.started_at > c.declared_at
        and not exists (select from keyworkers.household_link l
           where l.linked_at >= c.declared_at)""",
    "who is acquainted with a household is so through an assessment of it": f"""
        select p.household_id, p.person_id from keyworkers.household_person p
        where not exists (select from keyworkers.household_link l
            where l.retired_household_id = p.household_id and l.undone_at is null)
        and not exists (select from keyworkers.assessment_route a
            where a.household_id = p.household_id and a.{_SETTLED}
            and a.facts -> 'person_ids' ? p.person_id::text)""",
    "nothing is parked by key workers": "select reason from keyworkers.parked_record",
}

NEVER_SUPPRESSED = f"""
    select a.assessment_id, a.state from keyworkers.assessment_route a
    join lateral (select e.engagement_id from keyworkers.engagement e
        where e.household_id = a.household_id and e.ended_at is null) e on true
    where a.assessment_id = any($1::uuid[]) and not exists (
        select from alerts.alert x where x.assessment_id = a.assessment_id
        and x.kind in {_KEY_WORKERS} and x.withdrawn_at is null
        and (a.state = 'provisional') <= (x.engagement_id = e.engagement_id))
    union all
    select a.assessment_id, a.state from keyworkers.assessment_route a
    where a.assessment_id = any($1::uuid[]) and a.state <> 'under_review' and not exists (
        select from alerts.alert x where x.assessment_id = a.assessment_id
        and x.kind <> 'front_door' and x.withdrawn_at is null)
    union all
    select a.assessment_id, a.state from keyworkers.assessment_route a
    where a.assessment_id = any($1::uuid[]) and a.state = 'under_review'
"""
"""Harm of which nobody was told beside the front door: not its household's key worker, nor, while
it is under review, the likeliest's; where there is none, no team lead."""

ALERTS: dict[str, str] = {
    "every open alert of a key worker is the current one's, about their household": f"""
        select x.id, x.kind, x.recipient ->> 'id' as recipient, e.key_worker_id
        from alerts.alert x join keyworkers.engagement e using (engagement_id)
        where x.{_OPEN.replace("and ", "and x.")} and x.kind in {_KEY_WORKERS}
        and e.ended_at is null
        and (x.recipient ->> 'id' <> e.key_worker_id or x.household_id <> e.household_id)""",
    "no open alert is left with the key worker of an engagement that has ended": f"""
        select x.id from alerts.alert x join keyworkers.engagement e using (engagement_id)
        where x.{_OPEN.replace("and ", "and x.")} and x.kind in {_KEY_WORKERS}
        and e.ended_at is not null and x.recipient ->> 'kind' = 'key_worker'""",
    "who is asked to take a household over is asked of one that can be handed over": f"""
        select x.id from alerts.alert x where x.{_OPEN.replace("and ", "and x.")}
        and x.kind = 'handover' and not exists (select from keyworkers.handover h
            where h.engagement_id = x.engagement_id and h.state = 'proposed'
            and h.to_key_worker_id = x.recipient ->> 'id')""",
    "a team is told that a household waits only while it does": f"""
        select x.id, x.kind from alerts.alert x where x.{_OPEN.replace("and ", "and x.")}
        and x.kind in ('queued', 'offered')
        and not exists (select from keyworkers.waiting_list w
            where w.referral_id = x.referral_id)
        and not exists (select from keyworkers.assessment_route a
            where a.assessment_id = x.assessment_id and a.state = 'provisional')""",
    "a possible match is open only until it is decided": f"""
        select x.id from alerts.alert x
        join keyworkers.assessment_route a using (assessment_id)
        where x.{_OPEN.replace("and ", "and x.")} and x.kind = 'possible_match' and a.{_SETTLED}""",
    "whoever an assessment went to was told of it": f"""
        select a.assessment_id, a.state from keyworkers.assessment_route a
        where a.{_SETTLED} and not exists (select from alerts.alert x
            where x.assessment_id = a.assessment_id and x.withdrawn_at is null
            and case when a.state = 'queued' then x.kind in ('queued', 'offered')
                else x.kind in {_KEY_WORKERS} end)""",
    "whose alert it is has it in their inbox, and nobody one that is closed": f"""
        select x.id, x.kind, i.recipient_id, i.open from alerts.alert x
        left join alerts.inbox i on i.alert_id = x.id
            and (i.recipient_id = x.recipient ->> 'id' or i.open)
        where i.open is distinct from (x.{_OPEN.replace("and ", "and x.")})""",
    "nothing is parked by alerts": "select reason from alerts.parked_record",
}

LEDGER: dict[str, str] = {
    "what stands in the ledger is what was routed instead of a referral being opened": """
        select coalesce(a.assessment_id, l.assessment_id) from (
            select assessment_id, household_id from keyworkers.assessment_route
            where state = 'routed' and referral_avoided) a
        full join (select assessment_id, household_now as household_id, count(*) as rows
            from operations.ledger_entry where reversed_at is null group by 1, 2) l
        using (assessment_id, household_id)
        where a.assessment_id is null or l.rows is distinct from 1""",
    "each row leads to both assessments and the match": """
        select assessment_id from operations.ledger_entry
        where first_assessment_id is null or first_assessment_id = assessment_id
           or decision_id is null or accepted_at is distinct from accepted_at""",
    "what no longer holds is reversed": """
        select l.assessment_id from operations.ledger_entry l
        join keyworkers.assessment_route a using (assessment_id)
        join keyworkers.engagement e on e.engagement_id = l.engagement_id
        where l.reversed_at is null and e.household_id <> a.household_id""",
    "whoever acknowledged what stands is in its row": """
        select l.assessment_id from operations.ledger_entry l join alerts.alert x
        on x.assessment_id = l.assessment_id and x.kind = 'routed' and x.withdrawn_at is null
        where l.reversed_at is null and x.acknowledged_at >= l.routed_at
        and l.acknowledged_by is null""",
    "nothing is parked by operations": "select reason from operations.parked_record",
}


OUTCOMES: dict[str, str] = {
    "what an agency was told is what became of its assessment": f"""
        select a.assessment_id, a.state, o.kind from keyworkers.assessment_route a
        left join agencies.outcome o using (assessment_id)
        where o.kind is distinct from case
            when a.{_SETTLED} and a.state = 'queued' then 'queued'
            when a.{_SETTLED} then coalesce(nullif(o.kind, 'under_review'), 'opened or routed')
            else 'under_review' end
        or (a.state in ('opened', 'routed') and o.kind = 'queued')""",
    "an agency is told whom to call as it is now": """
        select a.assessment_id, o.contact, n.key_worker_id from keyworkers.assessment_route a
        join agencies.outcome o using (assessment_id)
        join keyworkers.engagement e on e.engagement_id = a.engagement_id
        left join keyworkers.engagement n on n.household_id = a.household_id
            and n.ended_at is null
        where a.state in ('opened', 'routed') and not o.restricted
        and lower(o.contact ->> 'name') is distinct from
            case when e.ended_by <> 'kith' then null else n.key_worker_id end""",
    "of a restricted household an agency is told the place's own desks, and of no other": f"""
        select a.assessment_id, o.restricted, o.contact, o.front_door
        from keyworkers.assessment_route a join agencies.outcome o using (assessment_id)
        left join keyworkers.household_access h on h.household_id = a.household_id
        where a.{_SETTLED} and o.contact is not null
        and (o.restricted is distinct from coalesce(h.restricted, false)
            or o.restricted and (o.contact ->> 'name' <> 'Central Duty Desk'
                or o.front_door ->> 'name' <> 'Central Front Door'))""",
    "of harm an agency is told that the front door knows": """
        select a.assessment_id from keyworkers.assessment_route a
        left join agencies.outcome o using (assessment_id)
        where a.front_door and o.front_door is null""",
    "what stands is what was stated last, and statements are counted without a gap": """
        select o.assessment_id, o.version from agencies.outcome o
        left join agencies.outcome_statement s
            on s.assessment_id = o.assessment_id and s.version = o.version
        where o.version <> (select count(*) from agencies.outcome_statement x
            where x.assessment_id = o.assessment_id)
        or o.version > 0 and (s.kind, s.contact, s.front_door, s.acknowledged_at)
            is distinct from (o.kind, o.contact, o.front_door, o.acknowledged_at)""",
    "each statement is published, once, in its order": """
        select s.assessment_id, s.version, p.place from agencies.outcome_statement s
        full join (select (convert_from(value, 'utf8')::jsonb ->> 'assessment_id')::uuid
                as assessment_id, (convert_from(value, 'utf8')::jsonb ->> 'version')::int
                as version, row_number() over (partition by journey_id order by id) as place
            from agencies.outbox) p using (assessment_id, version)
        where s.version is distinct from p.place""",
    "nothing is parked by agencies": "select reason from agencies.parked_record",
}

_LISTS = """(select distinct on (household_id) * from keyworkers.access_version
    order by household_id, version desc)"""

WHO_MAY_KNOW: dict[str, str] = {
    f"what key workers keep of who may know, {keeper} keep": f"""
        select l.household_id, l.version, a.version as kept from {_LISTS} l
        left join {keeper}.household_access a using (household_id)
        where (a.version, a.restricted, a.readers, a.barred)
            is distinct from (l.version, l.restricted, l.readers, l.barred)"""
    for keeper in ("keyworkers", "alerts", "agencies", "operations")
} | {
    "a restricted household has a list": """
        select r.household_id from keyworkers.restricted_household r
        where r.restrictions <> '{}' and not exists (select from keyworkers.access_version v
            where v.household_id = r.household_id)""",
    "its key worker is on the list, and nobody else as such": f"""
        select l.household_id, e.key_worker_id from {_LISTS} l
        left join keyworkers.engagement e on e.household_id = l.household_id
            and e.ended_at is null
        where l.restricted and not exists (select from keyworkers.household_link x
            where x.retired_household_id = l.household_id and x.undone_at is null)
        and array_remove(array[e.key_worker_id], null) is distinct from
            array(select r ->> 'id' from jsonb_array_elements(l.readers -> 'readers') r
                where r ->> 'because' = 'key_worker')
        and not coalesce(e.key_worker_id = any(l.barred), false)""",
    "nobody with a conflict of interest is on a list": f"""
        select l.household_id from {_LISTS} l
        join keyworkers.conflict_of_interest c using (household_id)
        where not c.key_worker_id = any(l.barred) or exists (
            select from jsonb_array_elements(l.readers -> 'readers') r
            where r ->> 'id' = any(l.barred))""",
    "nobody is on a list by name who was not put on it, or was taken off": f"""
        select l.household_id, r ->> 'id' as reader from {_LISTS} l,
            jsonb_array_elements(l.readers -> 'readers') r
        where r ->> 'because' = 'named' and not exists (select from keyworkers.access_entry e
            left join keyworkers.access_removal x using (entry_id)
            where e.reader_id = r ->> 'id' and x.entry_id is null)""",
    "a retired id has the list of the household that it stands for": f"""
        select l.household_id from {_LISTS} l
        join keyworkers.household_link x on x.retired_household_id = l.household_id
            and x.undone_at is null
        join {_LISTS} k on k.household_id = x.household_id
        where (k.restricted, k.readers, k.barred)
            is distinct from (l.restricted, l.readers, l.barred)""",
    "who is asked to lift a restriction is asked of one that waits, and did not ask": f"""
        select x.id, x.kind from alerts.alert x
        where x.{_OPEN.replace("and ", "and x.")} and x.kind = 'lifting'
        and not exists (select from keyworkers.lifting l
            left join keyworkers.lifting_answer a using (lifting_id)
            where a.lifting_id is null and l.asked_by <> x.recipient ->> 'id'
            and x.assessment_id = any(l.assessment_ids))""",
}


def breaches(rules: Mapping[str, str]) -> str:
    """One query for all of them: what breaks a rule, and which. ``$1``: the rules' names."""
    return " union all ".join(
        f"select ($1::text[])[{number}] as rule, to_jsonb(found)::text as found from ({sql}) found"
        for number, sql in enumerate(rules.values(), 1)
    )
