/** What the reader must know of the model by which a log was judged. */
import { DAY, formatTime } from '../core/time.ts'
import type { Judged } from './detection.ts'
import type { ModelInForce } from './model-store.ts'

/** Beyond this, what was usual then need not be usual now. */
const OLD = 60 * DAY

const day = (time: number): string => formatTime(time).slice(0, 10)

/** Sentences: what the model learned from, and why it may not fit this log (older, younger, of another host). */
export function modelNotes({ path, model }: ModelInForce, judged: Judged): string[] {
  const first = Date.parse(model.period.first)
  const last = Date.parse(model.period.last)
  const learned = `${day(first)} to ${day(last)}`
  const notes = [`judged by the model ${path}, which learned from ${learned}`]
  if (judged.last < first) {
    notes.push(`this log ends before the model's time (${learned}): what was usual later says little about it`)
  } else if (judged.first < last) {
    notes.push(`the model has learned from a part of this log's time (${learned}): an attack in it may count as usual`)
  }
  if (judged.now - last > OLD) {
    notes.push(
      `the model's last event is ${Math.round((judged.now - last) / DAY)} days old: vpsguard train LOG... renews it`,
    )
  }
  const strangers = judged.hosts.filter(host => !model.hosts.includes(host))
  if (model.hosts.length > 0 && judged.hosts.length > 0 && strangers.length === judged.hosts.length) {
    notes.push(`the model learned from ${names(model.hosts)}, and this log is of ${names(judged.hosts)}`)
  }
  return notes
}

function names(hosts: readonly string[]): string {
  return hosts.length <= 3 ? hosts.join(', ') : `${hosts.slice(0, 3).join(', ')} and ${hosts.length - 3} more`
}
