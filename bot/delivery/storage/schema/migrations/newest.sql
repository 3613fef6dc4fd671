-- The tables of a new SQLite file, as the migrations leave them (tests/delivery/storage/schema/test_upgrade.py compares): so that a first start need
-- not load what runs them.

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE conversations (
    conversation TEXT NOT NULL,
    state TEXT NOT NULL,
    expires DOUBLE NOT NULL,
    PRIMARY KEY (conversation)
) WITHOUT ROWID;

CREATE TABLE leases (
    conversation TEXT NOT NULL,
    owner TEXT,
    fence BIGINT NOT NULL,
    due DOUBLE,
    PRIMARY KEY (conversation)
) WITHOUT ROWID;

CREATE INDEX leases_due ON leases (due) WHERE due IS NOT NULL;

CREATE TABLE inbox (
    seq INTEGER NOT NULL,
    ref TEXT NOT NULL,
    conversation TEXT NOT NULL,
    payload BLOB,
    sent TEXT,
    received DOUBLE NOT NULL,
    expires DOUBLE,
    attempts INTEGER DEFAULT '0' NOT NULL,
    done DOUBLE,
    PRIMARY KEY (seq),
    UNIQUE (ref)
);

CREATE INDEX inbox_waiting ON inbox (conversation, seq) WHERE payload IS NOT NULL;

CREATE TABLE dead_letters (
    ref TEXT NOT NULL,
    channel TEXT NOT NULL,
    id TEXT NOT NULL,
    conversation TEXT NOT NULL,
    payload BLOB NOT NULL,
    sent TEXT,
    received DOUBLE NOT NULL,
    expires DOUBLE,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    buried DOUBLE NOT NULL,
    PRIMARY KEY (ref)
);

CREATE INDEX dead_letters_conversation ON dead_letters (conversation);

CREATE TABLE reminders (
    ref TEXT NOT NULL,
    conversation TEXT NOT NULL,
    at DOUBLE NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (ref)
);

CREATE INDEX reminders_conversation ON reminders (conversation);

CREATE INDEX reminders_at ON reminders (at);

CREATE TABLE holds (
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    until DOUBLE NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE "api_keys" (
    clinic TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    created DOUBLE NOT NULL,
    revoked DOUBLE,
    PRIMARY KEY (clinic, name),
    UNIQUE (hash)
);

CREATE TABLE hour_counts (
    clinic TEXT NOT NULL,
    measure TEXT NOT NULL,
    hour BIGINT NOT NULL,
    channel TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (clinic, measure, hour, channel, subject, detail)
) WITHOUT ROWID;

CREATE TABLE day_counts (
    clinic TEXT NOT NULL,
    measure TEXT NOT NULL,
    day TEXT NOT NULL,
    channel TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (clinic, measure, day, channel, subject, detail)
) WITHOUT ROWID;

CREATE TABLE handoffs (
    id TEXT NOT NULL,
    clinic TEXT NOT NULL,
    conversation TEXT NOT NULL,
    who TEXT NOT NULL,
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    opened DOUBLE NOT NULL,
    claimed_by TEXT NOT NULL,
    waiting DOUBLE,
    answered DOUBLE,
    closed DOUBLE,
    reminded DOUBLE,
    told DOUBLE,
    place TEXT NOT NULL,
    alarm TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX handoffs_clinic ON handoffs (clinic, state);

CREATE UNIQUE INDEX handoffs_open ON handoffs (conversation, who) WHERE closed IS NULL;

CREATE TABLE handoff_messages (
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    handoff TEXT NOT NULL,
    conversation TEXT NOT NULL,
    side TEXT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    at DOUBLE NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE (id)
);

CREATE INDEX handoff_messages_conversation ON handoff_messages (conversation);

CREATE INDEX handoff_messages_of ON handoff_messages (handoff, seq);

CREATE TABLE page_links (
    hash TEXT NOT NULL,
    clinic TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    expires DOUBLE NOT NULL,
    PRIMARY KEY (hash)
);

CREATE TABLE page_sessions (
    hash TEXT NOT NULL,
    id TEXT NOT NULL,
    clinic TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    began DOUBLE NOT NULL,
    seen DOUBLE NOT NULL,
    expires DOUBLE NOT NULL,
    PRIMARY KEY (hash)
);

CREATE TABLE page_audit (
    clinic TEXT NOT NULL,
    at DOUBLE NOT NULL,
    id TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (clinic, at, id)
) WITHOUT ROWID;


CREATE TABLE gaps (
    seq INTEGER NOT NULL,
    clinic TEXT NOT NULL,
    day BIGINT NOT NULL,
    reason TEXT NOT NULL,
    text TEXT NOT NULL,
    told TEXT NOT NULL,
    period BIGINT NOT NULL,
    person INTEGER NOT NULL,
    state TEXT NOT NULL,
    expires DOUBLE NOT NULL,
    PRIMARY KEY (seq)
);

CREATE INDEX gaps_clinic ON gaps (clinic, day);

CREATE TABLE gap_keys (
    clinic TEXT NOT NULL,
    period BIGINT NOT NULL,
    secret BLOB NOT NULL,
    expires DOUBLE NOT NULL,
    PRIMARY KEY (clinic, period)
);

INSERT INTO alembic_version (version_num) VALUES ('0008');
