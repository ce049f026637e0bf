/** The tables, as the steps that lead to them. A step that was released is never changed: what changes is a new step. */
import { DatabaseSync } from 'node:sqlite'
import type { Database } from './database.ts'
import { text } from './row.ts'

/** Marks a file as ours: "VPSG". */
export const APPLICATION_ID = 0x56505347

/**
 * What a column may hold is told to SQLite, so that the check at every opening finds a value that can not be right. Whole
 * numbers are those that JavaScript holds exactly. The words are written out: a released step never changes with the code.
 */
const RANGE = `${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`
const optional = (name: string): string => `${name} INTEGER CHECK (${name} BETWEEN ${RANGE})`
const whole = (name: string): string => `${name} INTEGER NOT NULL CHECK (${name} BETWEEN ${RANGE})`
const oneOf = (name: string, words: readonly string[]): string =>
  `${name} TEXT NOT NULL CHECK (${name} IN (${words.map(word => `'${word}'`).join(', ')}))`

const VERSION_1 = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE findings (
  id TEXT PRIMARY KEY,
  ${whole('sequence')},
  digest BLOB NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  rule TEXT NOT NULL,
  kind TEXT NOT NULL,
  ${whole('rank')},
  ${whole('first_seen')},
  ${whole('last_seen')},
  ${whole('count')},
  ${oneOf('status', ['open', 'closed'])},
  ${whole('first_recorded')},
  ${whole('last_recorded')}
) STRICT;
CREATE INDEX findings_by_time ON findings (last_seen);
CREATE INDEX findings_by_sequence ON findings (sequence);

CREATE TABLE finding_log (
  sequence INTEGER PRIMARY KEY,
  ${whole('at')},
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  ${whole('count')},
  digest BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX finding_log_by_subject ON finding_log (subject, sequence);

CREATE TABLE incidents (
  id TEXT PRIMARY KEY,
  ${whole('rank')},
  ${whole('first_seen')},
  ${whole('last_seen')},
  ${whole('recorded')},
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
CREATE INDEX incidents_by_time ON incidents (last_seen);

CREATE TABLE blocks (
  id TEXT PRIMARY KEY,
  prefix TEXT NOT NULL,
  ${oneOf('state', ['active', 'observed', 'expired', 'removed', 'failed'])},
  ${whole('created')},
  ${optional('expires')},
  ${optional('ended')},
  finding TEXT,
  rule TEXT,
  reason TEXT NOT NULL,
  ${oneOf('origin', ['policy', 'campaign', 'manual'])},
  ${whole('level')},
  ${whole('evidence_until')}
) STRICT;
CREATE INDEX blocks_by_state ON blocks (state, created);
CREATE INDEX blocks_by_prefix ON blocks (prefix, created);
CREATE INDEX blocks_by_time ON blocks (created);

CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  topic TEXT NOT NULL,
  message TEXT NOT NULL CHECK (json_valid(message)),
  ${whole('created')},
  ${whole('due')},
  ${oneOf('state', ['waiting', 'sent', 'failed', 'dropped'])},
  ${whole('attempts')},
  error TEXT,
  ${optional('settled')}
) STRICT;
CREATE INDEX notices_by_due ON notices (state, due);
CREATE INDEX notices_by_time ON notices (created);
CREATE INDEX notices_by_group ON notices (channel, topic);
CREATE INDEX notices_by_channel ON notices (channel, state, settled);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  ${oneOf('kind', ['watch', 'analyze'])},
  ${whole('started')},
  ${optional('finished')},
  inputs TEXT NOT NULL CHECK (json_valid(inputs)),
  result TEXT CHECK (result IS NULL OR json_valid(result))
) STRICT;
CREATE INDEX runs_by_time ON runs (started);
CREATE TABLE run_findings (
  ${whole('run')},
  finding TEXT NOT NULL,
  PRIMARY KEY (run, finding)
) STRICT, WITHOUT ROWID;

CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE points (
  ${whole('series')},
  ${whole('step')},
  ${whole('bucket')},
  sum REAL NOT NULL,
  max REAL NOT NULL,
  PRIMARY KEY (series, step, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  ${whole('version')},
  ${whole('created')},
  ${whole('current')},
  ${whole('size')},
  checksum BLOB NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE TABLE checkpoints (
  name TEXT NOT NULL,
  ${whole('slot')},
  ${whole('generation')},
  ${whole('at')},
  ${whole('size')},
  checksum BLOB NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (name, slot)
) STRICT;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value)),
  ${whole('changed')}
) STRICT;
`

const VERSION_2 = `
CREATE TABLE labels (
  finding TEXT PRIMARY KEY,
  ${oneOf('verdict', ['fp', 'tp'])},
  note TEXT NOT NULL,
  ${whole('at')}
) STRICT;
CREATE TABLE suppressions (
  id TEXT PRIMARY KEY,
  rule TEXT NOT NULL,
  ${oneOf('field', ['source', 'user', 'path'])},
  value TEXT NOT NULL,
  ${whole('created')},
  ${optional('expires')},
  reason TEXT NOT NULL
) STRICT;
CREATE TABLE windows (
  id INTEGER PRIMARY KEY,
  ${whole('start')},
  ${whole('stop')},
  reason TEXT NOT NULL,
  person TEXT NOT NULL
) STRICT;
CREATE TABLE heartbeat (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  ${whole('pid')},
  ${whole('started')},
  ${whole('at')},
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
`

/** What the service calls a message that was sent, so that a later one can take its place. */
const VERSION_3 = `
ALTER TABLE notices ADD COLUMN reference TEXT;
ALTER TABLE notices ADD COLUMN edited INTEGER NOT NULL DEFAULT 0 CHECK (edited IN (0, 1));
`

/** Step n leads from version n to version n + 1; an empty file is of version 0. */
const STEPS: readonly string[] = [VERSION_1, VERSION_2, VERSION_3]

export const SCHEMA_VERSION = STEPS.length

/** Takes a database from one version to another. The caller holds a transaction. */
export function migrate(database: Database, from: number, to = SCHEMA_VERSION): void {
  for (const step of STEPS.slice(from, to)) database.exec(step)
  database.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${to}`)
  database.run(
    'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    'version',
    `${to}`,
  )
}

const SHAPE = 'SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name'

/** What sqlite_schema must hold at a version: a byte that changed there may go unseen by SQLite's own check. */
export function isShapeOf(database: Database, version: number): boolean {
  const model = new DatabaseSync(':memory:')
  try {
    for (const step of STEPS.slice(0, version)) model.exec(step)
    const expected = model.prepare(SHAPE).all()
    const found = database.all(SHAPE)
    return JSON.stringify(found) === JSON.stringify(expected)
  } finally {
    model.close()
  }
}

/** The version that stands in the table: the header's must agree, else one of them is damaged. */
export function recordedVersion(database: Database): number {
  const row = database.get("SELECT value FROM meta WHERE key = 'version'")
  return row === undefined ? 0 : Number(text(row, 'value'))
}
