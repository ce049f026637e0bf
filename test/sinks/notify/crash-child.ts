/**
 * A process that is killed by its test: writes notices into the outbox, or sends what waits there. Arguments: the job,
 * the outbox's journal, the channels' tables as JSON, how many findings, how many sources each has, how many
 * milliseconds the clock is ahead.
 */
import { createRandom } from '../../../src/core/random.ts'
import { Dispatcher } from '../../../src/sinks/notify/dispatcher.ts'
import { historyOf } from '../../../src/sinks/notify/notices.ts'
import { openChannels } from '../../../src/sinks/notify/open.ts'
import { applyPlan, planNotices } from '../../../src/sinks/notify/plan.ts'
import { MemoryOutbox } from '../../support/memory-outbox.ts'
import { addresses, context, makeFinding, policy } from './make.ts'

const [job, journal, tables, count, sources, ahead] = process.argv.slice(2)
const outbox = new MemoryOutbox(journal)
const channels = openChannels(JSON.parse(tables))
const rules = policy({ group_wait_seconds: 0, max_per_hour: 1000 })
const now = (): number => Date.now() + Number(ahead)

if (job === 'write') {
  const findings = Array.from({ length: Number(count) }, (_, index) =>
    makeFinding({ id: `f${index}`, users: [`user${index}`], sources: addresses(Number(sources)) }),
  )
  applyPlan(
    outbox,
    planNotices({
      findings,
      channels,
      history: historyOf(outbox),
      policy: rules,
      context: context({ now: now() }),
    }),
    now(),
  )
  process.stdout.write('written\n')
  // Stays until it is killed.
  setInterval(() => {}, 60_000)
} else {
  const dispatcher = new Dispatcher({
    outbox,
    channels,
    policy: rules,
    host: 'web1',
    now,
    random: createRandom(1),
  })
  await dispatcher.run(new AbortController().signal)
}
