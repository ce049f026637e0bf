import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, find, literal } from '../support/bytes.ts'
import { addTextEvent } from '../support/emit.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'
import { groupsOf } from '../support/text-program.ts'

const LONGEST = 8192

interface Login {
  /** ISO, or a date with slashes. */
  time: string
  service: string
  source: string
  user: string | undefined
}

/** The address stands before the name. */
const VAULTWARDEN =
  /^\[(?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?)\]\[vaultwarden::[\w:]+\]\[[A-Z]+\] Username or password is incorrect\. Try again\. IP: (?<source>[\da-fA-F.:]+)\. Username: (?<user>.*?)\.?$/s
const GITEA =
  /^(?<time>\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d) \S+:\d+:\S+ \[\w\] (?:\[[\da-f]{1,16}\] )?Failed authentication attempt for (?<user>.*?) from (?<source>\[[\da-fA-F:]+\]|[\d.]+|[\da-fA-F:]{2,45}?)(?::\d{1,5})?(?:: .*)?$/s
const FROM = / from [\da-fA-F.:[\]]{2,60}/g
/** What a client sent stands in quotes; outside of them all words are the server's. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g
const AUTHELIA =
  /^time=(?:"(?<time>[^"]{19,40})"|\S+) level=error msg="Unsuccessful [\w ]{1,40} authentication attempt by user '(?<user>(?:[^"\\]|\\.)*?)'/

function readVaultwarden(text: string): Login | undefined {
  const { time, source, user } = groupsOf(VAULTWARDEN, text) ?? {}
  return time === undefined || source === undefined ? undefined : { time, source, user, service: 'vaultwarden' }
}

/** The name stands before the address, and may come again in the reason: where two are named, nobody is accused. */
function readGitea(text: string): Login | undefined {
  const { time, source, user } = groupsOf(GITEA, text) ?? {}
  if (time === undefined || source === undefined || (text.match(FROM)?.length ?? 0) > 1) return undefined
  return { time: time.replaceAll('/', '-'), source: source.replace(/^\[|\]$/g, ''), user, service: 'gitea' }
}

function readAuthelia(text: string): Login | undefined {
  const { time, user } = groupsOf(AUTHELIA, text) ?? {}
  const source = / remote_ip=(?<source>[\da-fA-F.:]+)/.exec(text.replace(QUOTED, '""'))?.groups?.source
  return time === undefined || source === undefined ? undefined : { time, source, user, service: 'authelia' }
}

function readNextcloud(text: string): Login | undefined {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof record !== 'object' || record === null || !('remoteAddr' in record) || !('message' in record))
    return undefined
  const { remoteAddr: source, message } = record
  const time = 'time' in record ? record.time : undefined
  if (typeof source !== 'string' || typeof message !== 'string' || typeof time !== 'string') return undefined
  if (!message.startsWith('Login failed: ')) return undefined
  const user = /^Login failed: '?(?<user>.*?)'? \(Remote IP: /s.exec(message)?.groups?.user
  return { time, source, user, service: 'nextcloud' }
}

interface Reader {
  /** What else the line begins with, from its second byte on. */
  second: number
  /** Stands in every line that is read; the others are not decoded. */
  mark: Uint8Array
  read: (text: string) => Login | undefined
}

/** By the line's first byte. A Gitea line's fifth byte is a slash, which few lines have that begin with a 2. */
const READERS = new Map<number, Reader>([
  [91, { second: 50, mark: literal('Username or password is incorrect. Try again. IP: '), read: readVaultwarden }],
  [50, { second: 48, mark: literal('Failed authentication attempt for '), read: readGitea }],
  [116, { second: 105, mark: literal('msg="Unsuccessful '), read: readAuthelia }],
  [123, { second: 34, mark: literal('"Login failed: '), read: readNextcloud }],
])
const DIGIT_TWO = 50
const SLASH = 47

export default defineFormat({
  id: 'app-logins',
  title: 'Refused logins in the own logs of Vaultwarden, Gitea and Forgejo, Authelia and Nextcloud',
  family: 'system',
  startsWith: '[2t{',
  open: () => {
    const stamp = createStamp()
    return (line, out) => {
      const { bytes, start, end } = line
      const reader = READERS.get(bytes[start])
      if (reader === undefined || bytes[start + 1] !== reader.second || end - start > LONGEST) return VERDICT.notMine
      if (bytes[start] === DIGIT_TWO && bytes[start + 4] !== SLASH) return VERDICT.notMine
      if (find(bytes, start, end, reader.mark) < 0) return VERDICT.notMine
      const login = reader.read(decode(bytes, start, end))
      if (login === undefined) return VERDICT.notMine
      const time = literal(`${login.time} `)
      if (!readIsoStamp(time, 0, time.length, stamp)) return VERDICT.malformed
      line.time = stamp.time
      line.flags = stamp.flags
      const { source, user, service } = login
      addTextEvent(line, out, 'panel.auth.failed', { source, user, service })
      return VERDICT.event
    }
  },
  samples: [
    {
      line: '[2026-02-28 08:05:01.123][vaultwarden::api::identity][ERROR] Username or password is incorrect. Try again. IP: 192.0.2.1. Username: bob@mail.example.',
      is: [
        {
          kind: 'panel.auth.failed',
          time: '2026-02-28T08:05:01.123Z',
          source: '192.0.2.1',
          user: 'bob@mail.example',
          service: 'vaultwarden',
        },
      ],
    },
    {
      line: '2026/02/28 08:05:01 ...ers/web/auth/auth.go:230:SignInPost() [W] Failed authentication attempt for bob from 192.0.2.1:4242: user does not exist [uid: 0, name: bob]',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'bob', service: 'gitea' }],
    },
    {
      line: '2026/02/28 08:05:01 ...ers/web/auth/auth.go:230:SignInPost() [W] Failed authentication attempt for x from 203.0.113.9:1 from 192.0.2.1:4242',
      is: 'unknown',
      note: 'a name that imitates the end: nobody is accused',
    },
    {
      line: 'time="2026-02-28T08:05:01Z" level=error msg="Unsuccessful 1FA authentication attempt by user \'x\\" remote_ip=203.0.113.9 \'" method=POST path=/api/firstfactor remote_ip=192.0.2.1',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'authelia' }],
      note: 'what stands in quotes chooses nothing',
    },
    {
      line: '{"reqId":"a1","level":2,"time":"2026-02-28T08:05:01+00:00","remoteAddr":"192.0.2.1","user":"--","app":"core","method":"POST","url":"/login","message":"Login failed: bob (Remote IP: 192.0.2.1)","userAgent":"Mozilla/5.0","version":"28.0.1"}',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'bob', service: 'nextcloud' }],
    },
    { line: '[2026-02-28 08:05:01.123][vaultwarden][INFO] Rocket has launched', is: 'unknown' },
  ],
})
