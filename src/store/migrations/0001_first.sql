-- One text for SQLite and PostgreSQL: BIGINT and TEXT alone. Times are ms since 1970, booleans 0 or 1, JSON and ids TEXT.

-- 'events' numbers the lifecycle events in the order of their commits; whoever takes slots takes 'slots' first.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('events', 0), ('slots', 0);

CREATE TABLE calls (
    id TEXT NOT NULL PRIMARY KEY,
    to_number TEXT NOT NULL,
    dialplan TEXT NOT NULL,
    language TEXT NOT NULL,
    variables TEXT NOT NULL,
    time_zone TEXT,
    campaign TEXT,
    not_before BIGINT,
    not_after BIGINT,
    when_full TEXT NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    due_at BIGINT,
    attempts_used BIGINT NOT NULL,
    deferrals BIGINT NOT NULL,
    redials TEXT NOT NULL,
    cancel_at BIGINT,
    actor TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX calls_due ON calls (provider, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX calls_ending ON calls (not_after) WHERE due_at IS NOT NULL AND not_after IS NOT NULL;
CREATE INDEX calls_number ON calls (to_number, id);
CREATE INDEX calls_state ON calls (state, id);
CREATE INDEX calls_campaign ON calls (campaign, id) WHERE campaign IS NOT NULL;

CREATE TABLE attempts (
    id TEXT NOT NULL PRIMARY KEY,
    call_id TEXT NOT NULL REFERENCES calls (id),
    number_of_call BIGINT NOT NULL,
    to_number TEXT NOT NULL,
    provider TEXT NOT NULL,
    provider_call_id TEXT,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    slot BIGINT NOT NULL,
    slot_until BIGINT NOT NULL,
    owner TEXT,
    fence BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    secret_hash TEXT,
    created_at BIGINT NOT NULL,
    dialed_at BIGINT,
    dial_fence BIGINT,
    accepted_at BIGINT,
    answered_at BIGINT,
    media_at BIGINT,
    ended_at BIGINT,
    outcome TEXT,
    disposition TEXT,
    effective_disposition TEXT,
    terminal_event TEXT,
    counted BIGINT NOT NULL,
    opted_out BIGINT NOT NULL,
    UNIQUE (call_id, number_of_call)
);
-- One live attempt per number: whatever races, the second does not get in.
CREATE UNIQUE INDEX attempts_live_number ON attempts (to_number) WHERE slot = 1;
CREATE INDEX attempts_slots ON attempts (provider) WHERE slot = 1;
CREATE INDEX attempts_leases ON attempts (lease_until) WHERE slot = 1;
CREATE INDEX attempts_slot_ends ON attempts (slot_until) WHERE slot = 1;
CREATE INDEX attempts_owner ON attempts (owner) WHERE slot = 1;
CREATE INDEX attempts_unfinished ON attempts (ended_at) WHERE state = 'ended';

-- Append-only.
CREATE TABLE history (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    entity_id TEXT NOT NULL,
    call_id TEXT,
    from_state TEXT,
    to_state TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL
);
CREATE INDEX history_entity ON history (entity_id, id);
CREATE INDEX history_call ON history (call_id, id) WHERE call_id IS NOT NULL;

-- Append-only.
CREATE TABLE gate_decisions (
    id TEXT NOT NULL PRIMARY KEY,
    call_id TEXT NOT NULL REFERENCES calls (id),
    attempt_id TEXT,
    at BIGINT NOT NULL,
    verdict TEXT NOT NULL,
    until_at BIGINT,
    reason TEXT NOT NULL,
    rules TEXT NOT NULL,
    rule_version TEXT NOT NULL
);
CREATE INDEX gate_decisions_call ON gate_decisions (call_id, id);

-- Append-only: facts and notes of sessions.
CREATE TABLE journal (
    id TEXT NOT NULL PRIMARY KEY,
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    at BIGINT NOT NULL,
    session_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX journal_attempt ON journal (attempt_id, at, id);

CREATE TABLE provider_requests (
    id TEXT NOT NULL PRIMARY KEY,
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    at BIGINT NOT NULL,
    operation TEXT NOT NULL,
    http_status BIGINT,
    provider_code TEXT,
    raw_status TEXT,
    latency_ms BIGINT NOT NULL,
    error TEXT
);
CREATE INDEX provider_requests_attempt ON provider_requests (attempt_id, id);

CREATE TABLE provider_events (
    id TEXT NOT NULL PRIMARY KEY,
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    provider TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    signed_at TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (attempt_id, body_sha256, signed_at)
);

-- Append-only. Flagged: a second outcome of an attempt that had ended, which is kept and changes nothing.
CREATE TABLE revisions (
    id TEXT NOT NULL PRIMARY KEY,
    attempt_id TEXT NOT NULL REFERENCES attempts (id),
    at BIGINT NOT NULL,
    disposition TEXT NOT NULL,
    dialog_result TEXT,
    outcome TEXT,
    flagged BIGINT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX revisions_attempt ON revisions (attempt_id, id);

CREATE TABLE recordings (
    id TEXT NOT NULL PRIMARY KEY,
    attempt_id TEXT NOT NULL UNIQUE REFERENCES attempts (id),
    call_id TEXT NOT NULL REFERENCES calls (id),
    to_number TEXT NOT NULL,
    dialplan TEXT NOT NULL,
    campaign TEXT,
    path TEXT NOT NULL,
    state TEXT NOT NULL,
    sha256 TEXT,
    bytes BIGINT,
    length_ms BIGINT,
    incomplete BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    sealed_at BIGINT,
    expires_at BIGINT
);
CREATE INDEX recordings_number ON recordings (to_number, id);
CREATE INDEX recordings_created ON recordings (created_at);
CREATE INDEX recordings_expiring ON recordings (expires_at) WHERE state = 'available';
CREATE INDEX recordings_expired ON recordings (id) WHERE state = 'expired';
CREATE INDEX recordings_unsealed ON recordings (id) WHERE state = 'recording';

-- Append-only.
CREATE TABLE recording_accesses (
    id TEXT NOT NULL PRIMARY KEY,
    recording_id TEXT NOT NULL REFERENCES recordings (id),
    at BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    detail TEXT
);
CREATE INDEX recording_accesses_recording ON recording_accesses (recording_id, id);

CREATE TABLE telecallers (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    idle_since BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE manual_tasks (
    id TEXT NOT NULL PRIMARY KEY,
    call_id TEXT NOT NULL REFERENCES calls (id),
    attempt_id TEXT UNIQUE REFERENCES attempts (id),
    reason TEXT NOT NULL,
    -- 0 is the most urgent.
    rank BIGINT NOT NULL,
    queue TEXT,
    state TEXT NOT NULL,
    telecaller_id TEXT REFERENCES telecallers (id),
    lease_until BIGINT,
    call_back_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    resolved_at BIGINT,
    outcome TEXT,
    note TEXT,
    context TEXT NOT NULL
);
CREATE INDEX manual_tasks_queue ON manual_tasks (state, rank, id);
CREATE INDEX manual_tasks_call ON manual_tasks (call_id);
CREATE INDEX manual_tasks_telecaller ON manual_tasks (telecaller_id) WHERE telecaller_id IS NOT NULL;

CREATE TABLE dnc (
    number TEXT NOT NULL PRIMARY KEY,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    actor TEXT NOT NULL,
    attempt_id TEXT,
    at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    roles TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    last_used_at BIGINT
);

CREATE TABLE idempotency (
    key_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    status BIGINT NOT NULL,
    response TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (key_id, idempotency_key)
);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE switches (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Append-only: lifecycle events.
CREATE TABLE events (
    seq BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    name TEXT NOT NULL,
    call_id TEXT NOT NULL REFERENCES calls (id),
    attempt_id TEXT REFERENCES attempts (id),
    body TEXT NOT NULL,
    UNIQUE (attempt_id, name)
);
CREATE INDEX events_call ON events (call_id);
