-- Sessions, jobs and the queue. A job's record is the text that the program wrote; the columns
-- beside it are what statements look for.

CREATE TABLE manim_sessions (
    id          uuid PRIMARY KEY,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    -- expires_at rounded up to the hour: it rarely changes, so that most updates touch no index.
    sweep_at    timestamptz NOT NULL,
    -- What the session prefers, as the program wrote it.
    settings    text
) WITH (fillfactor = 80);

CREATE INDEX manim_sessions_sweep ON manim_sessions (sweep_at);

CREATE TABLE manim_jobs (
    id          uuid PRIMARY KEY,
    session     uuid NOT NULL,
    revision    bigint NOT NULL,
    -- Nanoseconds since 1970, as exact as the record, for the order of listings.
    created_ns  bigint NOT NULL,
    -- When the record was changed, while its outbox holds something.
    untold_ns   bigint,
    expires_at  timestamptz NOT NULL,
    sweep_at    timestamptz NOT NULL,
    -- Not jsonb, which refuses the character U+0000 that generated code may hold.
    record      text NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX manim_jobs_of_session ON manim_jobs (session, created_ns DESC, id DESC);
CREATE INDEX manim_jobs_untold ON manim_jobs (untold_ns, id) WHERE untold_ns IS NOT NULL;
CREATE INDEX manim_jobs_sweep ON manim_jobs (sweep_at);

CREATE SEQUENCE manim_queue_count;

CREATE TABLE manim_queue (
    job         uuid PRIMARY KEY,
    due         timestamptz NOT NULL,
    -- Keeps jobs that are due at the same instant in order.
    place       bigint NOT NULL DEFAULT nextval('manim_queue_count'),
    deliveries  integer NOT NULL DEFAULT 0,
    -- The newest lease; none before the first and after a job was put back.
    token       bigint
) WITH (
    -- Rows live for seconds: without this, dead ones pile up in front of the next job due.
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0
);

CREATE INDEX manim_queue_due ON manim_queue (due, place);

CREATE TABLE manim_dead (
    job         uuid PRIMARY KEY,
    reason      text NOT NULL,
    at          timestamptz NOT NULL,
    place       bigint NOT NULL DEFAULT nextval('manim_queue_count')
);

CREATE INDEX manim_dead_newest ON manim_dead (at DESC, place DESC);

-- Who took from which quota, and when. Keys are digests.
CREATE TABLE manim_takes (
    key         bytea PRIMARY KEY,
    -- Tells whether somebody wrote in between.
    version     bigint NOT NULL,
    takes       text NOT NULL,
    ends_at     timestamptz NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX manim_takes_ends ON manim_takes (ends_at);

-- Messages that may come twice: under way, or done.
CREATE TABLE manim_inbox (
    key         bytea PRIMARY KEY,
    done        boolean NOT NULL,
    ends_at     timestamptz NOT NULL
);

CREATE INDEX manim_inbox_ends ON manim_inbox (ends_at);
