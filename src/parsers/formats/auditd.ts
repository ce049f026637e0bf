/** The kernel's audit log (/var/log/audit/audit.log), as auditd writes it. */
import type { BatchWriter } from '../../core/batch.ts'
import { type EventKind, FLAG } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, literal, startsWith } from '../support/bytes.ts'
import { addTextEvent, type EventTexts } from '../support/emit.ts'

const TYPE = literal('type=')
const NODE = literal('node=')
const LONGEST = 8192

const HEAD = /^(?:node=(?<host>\S+) )?type=(?<type>[A-Z_0-9]+) msg=audit\((?<time>\d{9,11}\.\d{3}):\d+\): (?<rest>.*)$/s
/** A field of a record: quoted texts hold no quote, since auditd writes such texts in hexadecimal. */
const FIELD = /(?:^|[\s'\x1d])(?<key>[A-Za-z][\w-]*)=(?:"(?<quoted>[^"]*)"|(?<bare>[^\s'"]+))/g

type Fields = ReadonlyMap<string, string>

/** Fields by name, the first of each: what a program adds behind cannot replace what stands before. */
function readFields(rest: string): Fields {
  const fields = new Map<string, string>()
  for (const { groups } of rest.matchAll(FIELD)) {
    const { key = '', quoted, bare } = groups ?? {}
    if (!fields.has(key)) fields.set(key, quoted ?? (HEXADECIMAL.has(key) ? fromHex(bare ?? '') : (bare ?? '')))
  }
  return fields
}

/** Fields that are written in hexadecimal where a quote would not do. */
const HEXADECIMAL: ReadonlySet<string> = new Set(['acct', 'cmd', 'exe', 'comm', 'grp', 'proctitle'])

function fromHex(text: string): string {
  if (text.length < 2 || text.length % 2 !== 0 || !/^[\dA-F]+$/.test(text)) return text
  const bytes = Uint8Array.from({ length: text.length / 2 }, (_, at) =>
    Number.parseInt(text.slice(at * 2, at * 2 + 2), 16),
  )
  return new TextDecoder().decode(bytes)
}

const known = (text: string | undefined): string | undefined =>
  text === undefined ||
  text === '?' ||
  text === '' ||
  text === '(null)' ||
  text === '(unknown)' ||
  text === '(invalid user)'
    ? undefined
    : text

/** Programs by the events that a login through them is. */
function loginKinds(program: string): { failed: EventKind; accepted: EventKind } | undefined {
  if (/^(?:sshd|sshd-session|sshd-auth|dropbear)$/.test(program))
    return { failed: 'ssh.auth.failed', accepted: 'ssh.auth.accepted' }
  if (/ftpd$/.test(program)) return { failed: 'ftp.auth.failed', accepted: 'ftp.auth.accepted' }
  if (/^(?:dovecot|auth|imapd|pop3d|saslauthd)$/.test(program))
    return { failed: 'mail.auth.failed', accepted: 'mail.auth.accepted' }
  if (/^cockpit|^webmin|^miniserv/.test(program))
    return { failed: 'panel.auth.failed', accepted: 'panel.auth.accepted' }
  if (/^(?:login|gdm\S*|lightdm|sddm\S*|xdm|kdm)$/.test(program))
    return { failed: 'login.failed', accepted: 'login.accepted' }
  return undefined
}

type Told = (EventTexts & { kind: EventKind }) | undefined

function readRecord(type: string, fields: Fields): Told {
  const failed = fields.get('res') === 'failed' || fields.get('res') === '0'
  const exe = fields.get('exe') ?? ''
  const program = exe.slice(exe.lastIndexOf('/') + 1)
  const user = known(fields.get('acct'))
  const common = {
    service: program === '' ? undefined : program,
    source: known(fields.get('addr')) ?? known(fields.get('hostname')),
  }
  switch (type) {
    case 'USER_AUTH':
      return failed ? readAuthFailure(program, user, common) : undefined
    case 'USER_LOGIN': {
      const kinds = loginKinds(program)
      if (kinds === undefined) return undefined
      // sshd tells each failure twice, as USER_AUTH of PAM and as USER_LOGIN of its own; the engine counts one of a process.
      if (failed)
        return kinds.failed === 'ssh.auth.failed'
          ? { kind: 'ssh.preauth.closed', user, flags: FLAG.PREAUTH, ...common }
          : { kind: kinds.failed, user, ...common }
      return { kind: kinds.accepted, user: user ?? known(fields.get('ID')), flags: FLAG.USER_KNOWN, ...common }
    }
    case 'USER_CMD':
      return {
        kind: failed ? 'sudo.failed' : 'sudo.command',
        user: known(fields.get('AUID')) ?? known(fields.get('UID')) ?? uid(fields.get('auid')),
        detail: fields.get('cmd'),
        service: common.service,
      }
    default:
      return failed ? undefined : readAccountChange(type, fields, user, common.service)
  }
}

function readAuthFailure(
  program: string,
  user: string | undefined,
  common: Pick<EventTexts, 'service' | 'source'>,
): Told {
  if (program === 'sudo') return { kind: 'sudo.failed', user, service: common.service }
  if (program === 'su') return { kind: 'su.failed', user, service: common.service }
  const kinds = loginKinds(program)
  return kinds === undefined ? undefined : { kind: kinds.failed, user, ...common }
}

function readAccountChange(type: string, fields: Fields, user: string | undefined, service: string | undefined): Told {
  const target = user ?? known(fields.get('ID')) ?? uid(fields.get('id'))
  const by = known(fields.get('AUID'))
  switch (type) {
    case 'ADD_USER':
      return { kind: 'user.added', target, user: by, service }
    case 'DEL_USER':
      return { kind: 'user.removed', target, user: by, service }
    case 'ADD_GROUP':
      return { kind: 'group.added', target: known(fields.get('grp')) ?? target, user: by, service }
    case 'USER_CHAUTHTOK':
      return { kind: 'user.password_changed', target, user: by, service }
    case 'USER_MGMT': {
      const group = known(fields.get('grp'))
      return group === undefined ? undefined : { kind: 'group.member_added', target, detail: group, user: by, service }
    }
    default:
      return undefined
  }
}

const uid = (id: string | undefined): string | undefined =>
  id === undefined || id === '4294967295' ? undefined : `uid ${id}`

const RELEVANT = /^(?:USER_AUTH|USER_LOGIN|USER_CMD|ADD_USER|DEL_USER|ADD_GROUP|USER_CHAUTHTOK|USER_MGMT)$/

function parse(line: Line, out: BatchWriter): Verdict {
  const { bytes, start, end } = line
  if (!startsWith(bytes, start, end, TYPE) && !startsWith(bytes, start, end, NODE)) return VERDICT.notMine
  const head = HEAD.exec(decode(bytes, start, Math.min(end, start + LONGEST)))?.groups
  if (head === undefined) return startsWith(bytes, start, end, NODE) ? VERDICT.notMine : VERDICT.malformed
  if (!RELEVANT.test(head.type)) return VERDICT.irrelevant
  const fields = readFields(head.rest)
  if (!fields.has('res')) return VERDICT.malformed
  const told = readRecord(head.type, fields)
  if (told === undefined) return VERDICT.irrelevant
  line.time = Math.round(Number(head.time) * 1000)
  line.flags = 0
  line.pid = Number(fields.get('pid') ?? 0)
  if (head.host !== undefined) line.host = out.string(head.host)
  addTextEvent(line, out, told.kind, told)
  return VERDICT.event
}

const record = (type: string, serial: number, message: string): string =>
  `type=${type} msg=audit(1771645051.183:${serial}): pid=614 uid=0 auid=4294967295 ses=4294967295 subj=unconfined msg='${message}'`

export default defineFormat({
  id: 'auditd',
  title: "The kernel's audit log (auditd)",
  family: 'system',
  startsWith: 'tn',
  open: () => parse,
  samples: [
    {
      line: record(
        'USER_AUTH',
        1,
        'op=PAM:authentication grantors=? acct="root" exe="/usr/sbin/sshd" hostname=192.0.2.1 addr=192.0.2.1 terminal=ssh res=failed',
      ),
      is: [
        {
          kind: 'ssh.auth.failed',
          time: '2026-02-21T03:37:31.183Z',
          source: '192.0.2.1',
          user: 'root',
          service: 'sshd',
          pid: 614,
        },
      ],
    },
    {
      line: record(
        'USER_AUTH',
        2,
        'op=PAM:authentication grantors=? acct=726F6F742022 exe="/usr/sbin/sshd" hostname=? addr=192.0.2.1 terminal=ssh res=failed',
      ),
      is: [{ kind: 'ssh.auth.failed', user: 'root "' }],
      note: 'a name with a quote is written in hexadecimal',
    },
    {
      line: `node=web-1 ${record('USER_LOGIN', 3, 'op=login acct="(unknown)" exe="/usr/sbin/sshd" hostname=? addr=2001:db8::7 terminal=ssh res=failed')}`,
      is: [{ kind: 'ssh.preauth.closed', source: '2001:db8::7', user: undefined, host: 'web-1' }],
    },
    {
      line: `${record('USER_LOGIN', 4, 'op=login id=1000 exe="/usr/sbin/sshd" hostname=192.0.2.1 addr=192.0.2.1 terminal=/dev/pts/0 res=success')}\u001dUID="root" AUID="unset" ID="alice"`,
      is: [{ kind: 'ssh.auth.accepted', source: '192.0.2.1', user: 'alice' }],
      note: 'names that auditd adds',
    },
    {
      line: record(
        'USER_AUTH',
        5,
        'op=PAM:authentication grantors=? acct="bob" exe="/usr/bin/sudo" hostname=? addr=? terminal=/dev/pts/0 res=failed',
      ),
      is: [{ kind: 'sudo.failed', user: 'bob' }],
    },
    {
      line: record('USER_CMD', 6, 'cwd="/root" cmd=6361742066696C65 exe="/usr/bin/sudo" terminal=pts/0 res=success'),
      is: [{ kind: 'sudo.command', detail: 'cat file' }],
    },
    {
      line: record(
        'ADD_USER',
        7,
        'op=add-user acct="mallory" exe="/usr/sbin/useradd" hostname=web-1 addr=? terminal=pts/0 res=success',
      ),
      is: [{ kind: 'user.added', target: 'mallory', service: 'useradd' }],
    },
    {
      line: record(
        'ADD_USER',
        8,
        'op=adding user id=1001 exe="/usr/sbin/useradd" hostname=web-1 addr=? terminal=pts/0 res=success',
      ),
      is: [{ kind: 'user.added', target: 'uid 1001' }],
    },
    {
      line: record(
        'USER_MGMT',
        9,
        'op=add-user-to-group grp="sudo" acct="mallory" exe="/usr/sbin/usermod" hostname=web-1 addr=? terminal=pts/0 res=success',
      ),
      is: [{ kind: 'group.member_added', target: 'mallory', detail: 'sudo' }],
    },
    {
      line: record(
        'USER_AUTH',
        10,
        'op=PAM:authentication acct="alice" exe="/usr/sbin/sshd" hostname=192.0.2.1 addr=192.0.2.1 terminal=ssh res=success',
      ),
      is: 'irrelevant',
    },
    {
      line: 'type=SYSCALL msg=audit(1771645051.183:11): arch=c000003e syscall=59 success=yes exit=0',
      is: 'irrelevant',
    },
    { line: 'type=USER_AUTH msg=audit(17716', is: 'malformed', note: 'cut' },
  ],
})
