import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, literal } from '../support/bytes.ts'
import { addTextEvent, type EventTexts } from '../support/emit.ts'
import { readKeycloak } from '../support/services/applications.ts'
import { outside, type Told } from '../support/services/service.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'

const LONGEST = 16_384

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const textAt = (fields: Fields | undefined, key: string): string | undefined => {
  const value = fields?.[key]
  return typeof value === 'string' ? value : undefined
}
const within = (fields: Fields, key: string): Fields | undefined => {
  const value = fields[key]
  return isFields(value) ? value : undefined
}

interface Reader {
  service: string
  /** What stands in every object of the service; the others are not parsed. */
  mark: RegExp
  time: (fields: Fields) => string | undefined
  read: (fields: Fields) => Told
}

/** `192.0.2.1:4242`, `[2001:db8::7]:4242`, `ipv4:192.0.2.1:4242`. */
function peerOf(text: string | undefined): Pick<EventTexts, 'source' | 'port'> {
  const { source, port } =
    /^(?:ipv[46]:)?\[?(?<source>[\da-fA-F.:]+?)\]?:(?<port>\d{1,5})$/.exec(text ?? '')?.groups ?? {}
  return source === undefined ? {} : { source: outside(source), port: Number(port) }
}

const FAILED_LOGIN = /^Failed Login: username=(?<user>.*) ip=(?<source>[\da-fA-F.:]+)$/s
const SUCCESSFUL_LOGIN = /^Successful Login: username=(?<user>.*) ip=(?<source>[\da-fA-F.:]+)/s

const READERS: readonly Reader[] = [
  {
    service: 'mongodb',
    mark: /^\{"t": ?\{"\$date"/,
    time: fields => textAt(within(fields, 't'), '$date'),
    read: fields => {
      const message = textAt(fields, 'msg') ?? ''
      const attributes = within(fields, 'attr')
      if (textAt(fields, 'c') !== 'ACCESS' || attributes === undefined) return false
      const failed = message === 'Authentication failed'
      if (!failed && message !== 'Authentication succeeded' && message !== 'Successfully authenticated') return false
      return {
        kind: failed ? 'panel.auth.failed' : 'panel.auth.accepted',
        user: textAt(attributes, 'principalName') ?? textAt(attributes, 'user'),
        ...peerOf(textAt(attributes, 'remote') ?? textAt(attributes, 'client')),
      }
    },
  },
  {
    service: 'gitlab',
    mark: /"message": ?"(?:Failed|Successful) Login: username=/,
    time: fields => textAt(fields, 'time'),
    read: fields => {
      const message = textAt(fields, 'message') ?? ''
      const failed = FAILED_LOGIN.exec(message)?.groups
      const accepted = SUCCESSFUL_LOGIN.exec(message)?.groups
      const { user, source } = failed ?? accepted ?? {}
      return source === undefined
        ? undefined
        : { kind: failed === undefined ? 'panel.auth.accepted' : 'panel.auth.failed', user, source }
    },
  },
  {
    service: 'keycloak',
    mark: /"loggerName": ?"org\.keycloak\.events"/,
    time: fields => textAt(fields, 'timestamp'),
    read: fields => readKeycloak(textAt(fields, 'message') ?? '') ?? false,
  },
  {
    service: 'smb',
    mark: /^ {0,4}\{"timestamp": ?"[^"]{10,40}", ?"type": ?"Authentication"/,
    time: fields => textAt(fields, 'timestamp'),
    read: fields => {
      const login = within(fields, 'Authentication')
      const status = textAt(login, 'status')
      const user = textAt(login, 'clientAccount')
      if (status === undefined || user === undefined || user === '') return false
      return {
        kind: status === 'NT_STATUS_OK' ? 'panel.auth.accepted' : 'panel.auth.failed',
        user,
        ...peerOf(textAt(login, 'remoteAddress')),
      }
    },
  },
]

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

const stamp = createStamp()

function parse(line: Line, out: BatchWriter): Verdict {
  const { bytes, start, end } = line
  if (end - start > LONGEST) return VERDICT.notMine
  const text = decode(bytes, start, end)
  const reader = READERS.find(({ mark }) => mark.test(text))
  const fields = reader === undefined ? undefined : parseObject(text)
  if (reader === undefined || fields === undefined) return VERDICT.notMine
  const told = reader.read(fields)
  if (told === undefined) return VERDICT.notMine
  const time = literal(`${reader.time(fields) ?? ''} `)
  if (!readIsoStamp(time, 0, time.length, stamp)) return VERDICT.malformed
  line.time = stamp.time
  line.flags = stamp.flags
  if (told === false) return VERDICT.irrelevant
  addTextEvent(line, out, told.kind, { ...told, service: reader.service })
  return VERDICT.event
}

const at = '2026-02-28T08:05:01.123+00:00'

export default defineFormat({
  id: 'service-json',
  title: 'Logins in the JSON logs of MongoDB, GitLab, Keycloak and Samba',
  family: 'system',
  startsWith: '{ ',
  open: () => parse,
  samples: [
    {
      line: `{"t":{"$date":"${at}"},"s":"I","c":"ACCESS","id":20249,"ctx":"conn12","msg":"Authentication failed","attr":{"mechanism":"SCRAM-SHA-256","principalName":"admin","authenticationDatabase":"admin","remote":"192.0.2.1:41234","error":"UserNotFound"}}`,
      is: [
        {
          kind: 'panel.auth.failed',
          time: '2026-02-28T08:05:01.123Z',
          user: 'admin',
          source: '192.0.2.1',
          port: 41234,
          service: 'mongodb',
        },
      ],
    },
    {
      line: `{"t":{"$date":"${at}"},"s":"I","c":"ACCESS","id":5286306,"ctx":"conn12","msg":"Successfully authenticated","attr":{"client":"[2001:db8::7]:41234","user":"app","db":"shop","result":0}}`,
      is: [{ kind: 'panel.auth.accepted', user: 'app', source: '2001:db8::7' }],
    },
    {
      line: `{"t":{"$date":"${at}"},"s":"I","c":"NETWORK","id":22943,"ctx":"listener","msg":"Connection accepted","attr":{"remote":"192.0.2.1:41234"}}`,
      is: 'irrelevant',
    },
    {
      line: `{"severity":"INFO","time":"${at}","correlation_id":"a1","message":"Failed Login: username=root ip=192.0.2.1"}`,
      is: [{ kind: 'panel.auth.failed', user: 'root', source: '192.0.2.1', service: 'gitlab' }],
    },
    {
      line: `{"severity":"INFO","time":"${at}","message":"Failed Login: username=x ip=203.0.113.9 ip=192.0.2.1"}`,
      is: [{ source: '192.0.2.1', user: 'x ip=203.0.113.9' }],
      note: 'a user name cannot choose the address',
    },
    {
      line: `{"timestamp":"${at}","sequence":7,"loggerName":"org.keycloak.events","level":"WARN","message":"type=\\"LOGIN_ERROR\\", realmId=\\"x\\", clientId=\\"account\\", userId=\\"null\\", ipAddress=\\"192.0.2.1\\", error=\\"user_not_found\\", username=\\"bob\\""}`,
      is: [{ kind: 'panel.auth.failed', user: 'bob', source: '192.0.2.1', user_known: false, service: 'keycloak' }],
    },
    {
      line: '  {"timestamp": "2026-02-28T08:05:01.123456+0000", "type": "Authentication", "Authentication": {"version": {"major": 1, "minor": 2}, "status": "NT_STATUS_WRONG_PASSWORD", "localAddress": "ipv4:198.51.100.1:445", "remoteAddress": "ipv4:192.0.2.1:41234", "serviceDescription": "SMB2", "clientAccount": "root"}}',
      is: [{ kind: 'panel.auth.failed', user: 'root', source: '192.0.2.1', service: 'smb' }],
      note: 'Samba',
    },
    { line: `{"time":"${at}","message":"Failed Login: username=root"}`, is: 'unknown' },
  ],
})
