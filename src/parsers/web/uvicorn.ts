import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { splitRequest } from './request.ts'
import { bytesOf, digits, find, startsWith, until } from './text.ts'
import { RequestWriter } from './writer.ts'

const SPACE = 32
const QUOTE = 34
const INFO = bytesOf('INFO: ')
const REQUEST = bytesOf(' - "')
const LONGEST_PEER = 64

/**
 * `INFO:     ADDRESS:PORT - "GET /a HTTP/1.1" 404 Not Found`. Uvicorn writes no time: it is that of the journal or of the
 * container around the line. It encodes what a client asks for, so no target holds a quote.
 */
function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end, time, flags } = line
    if (!Number.isFinite(time) || !startsWith(bytes, start, end, INFO)) return VERDICT.notMine
    let peer = start + INFO.length
    while (peer < end && bytes[peer] === SPACE) peer++
    const peerEnd = find(bytes, peer, Math.min(end, peer + LONGEST_PEER), REQUEST)
    if (peerEnd < 0 || until(bytes, peer, peerEnd, SPACE) < peerEnd) return VERDICT.notMine
    const request = peerEnd + REQUEST.length
    const requestEnd = until(bytes, request, end, QUOTE)
    if (requestEnd >= end) return VERDICT.malformed
    fields.reset(bytes)
    fields.time = time
    fields.flags = flags
    fields.peerStart = peer
    fields.peerEnd = peerEnd
    fields.requestStart = request
    fields.requestEnd = requestEnd
    splitRequest(fields)
    fields.status = digits(bytes, requestEnd + 2, end)
    fields.service = 'uvicorn'
    writer.write(fields, line, out)
    return VERDICT.event
  }
}

export default defineFormat({
  id: 'uvicorn',
  title: 'Uvicorn (FastAPI, Starlette) within a journal or a container, which give the time',
  family: 'web',
  startsWith: 'I',
  open,
  samples: [
    { line: 'INFO:     192.0.2.1:51234 - "GET /a HTTP/1.1" 404 Not Found', is: 'unknown', note: 'no time' },
    { line: 'INFO:     Application startup complete.', is: 'unknown' },
  ],
})
