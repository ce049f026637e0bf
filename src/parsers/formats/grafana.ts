import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, literal, startsWith } from '../support/bytes.ts'
import { addTextEvent } from '../support/emit.ts'
import { ADDRESS, theOnly } from '../support/services/service.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'

const LONGEST = 4096
const HEADS = ['logger=', 't=2', 'lvl='].map(literal)
/** What a client sent stands in quotes; outside of them all words are the server's. */
const QUOTED = /"(?:[^"\\]|\\.)*"/g
const TIME = /(?:^| )t=(?<time>\S{19,40})/
const PEER = new RegExp(` remote_addr=(${ADDRESS})(?= |$)`, 'g')
const USER = / uname="?(?<user>[^"\s]{1,100})"?/
/** Older ones say it in words, and the newer only in what they answered. */
const REFUSED = / msg="Invalid username or password"/
const ANSWERED = / level=\w+ .*msg="Request Completed" .*method=POST path=\/login status=401 /

const stamp = createStamp()

function parse(line: Line, out: BatchWriter): Verdict {
  const { bytes, start, end } = line
  if (end - start > LONGEST || !HEADS.some(head => startsWith(bytes, start, end, head))) return VERDICT.notMine
  const text = decode(bytes, start, end)
  const plain = text.replace(QUOTED, '""')
  const stamped = TIME.exec(plain)?.groups?.time
  if (stamped === undefined || !/ (?:level|lvl)=/.test(plain) || !/(?:^| )logger=/.test(plain)) return VERDICT.notMine
  const time = literal(`${stamped} `)
  if (!readIsoStamp(time, 0, time.length, stamp)) return VERDICT.malformed
  line.time = stamp.time
  line.flags = stamp.flags
  const source = theOnly(PEER, plain)
  if (source === undefined || !(REFUSED.test(text) || ANSWERED.test(text))) return VERDICT.irrelevant
  addTextEvent(line, out, 'panel.auth.failed', { user: USER.exec(plain)?.groups?.user, source, service: 'grafana' })
  return VERDICT.event
}

export default defineFormat({
  id: 'grafana',
  title: 'Grafana (grafana.log): refused logins',
  family: 'system',
  startsWith: 'lt',
  open: () => parse,
  samples: [
    {
      line: 'logger=context userId=0 orgId=0 uname= t=2026-02-28T08:05:01.123456789Z level=info msg="Request Completed" method=POST path=/login status=401 remote_addr=192.0.2.1 time_ms=5 duration=5.1ms size=42 referer=https://grafana.example/login handler=/login status_source=server',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'grafana', time: '2026-02-28T08:05:01.123Z' }],
    },
    {
      line: 't=2026-02-28T08:05:01+0100 lvl=eror msg="Invalid username or password" logger=context userId=0 orgId=0 uname=admin error="x remote_addr=203.0.113.9 " remote_addr=192.0.2.1',
      is: [{ kind: 'panel.auth.failed', user: 'admin', source: '192.0.2.1', time: '2026-02-28T07:05:01Z' }],
      note: 'what stands in quotes chooses nothing',
    },
    {
      line: 't=2026-02-28T08:05:01+0100 lvl=info msg="Request Completed" logger=context userId=0 orgId=0 uname= method=POST path=/login status=401 remote_addr=192.0.2.1 time_ms=5 size=42',
      is: 'irrelevant',
      note: 'told again',
    },
    { line: 'logger=settings t=2026-02-28T08:05:01.123456789Z level=info msg="Starting Grafana"', is: 'irrelevant' },
    { line: 'logger=app level=info msg="no time"', is: 'unknown' },
  ],
})
