/** A process of its own for the tests: `node child.ts ROLE FOLDER NUMBER`. It says what it has done line by line. */
import { Problem } from '../../src/core/errors.ts'
import { lockDaemon, openStore } from '../../src/store/index.ts'
import { makeFinding, makeNotice } from './records.ts'

const [role, folder, number] = process.argv.slice(2)
const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

if (role === 'lock') {
  lockDaemon(folder)
  say(`locked ${process.pid}`)
  // Alive until it is killed or its standard input ends.
  process.stdin.resume()
} else if (role === 'open') {
  try {
    openStore(folder, { now: Date.now }).store.close()
    say('{}')
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    say(JSON.stringify(error))
  }
} else {
  const { store } = openStore(folder, { now: Date.now, cap: 16 << 20 })
  const start = Number(number)
  const end = role === 'count' ? start + 200 : Number.POSITIVE_INFINITY
  say('open')
  for (let n = start; n < end; n++) {
    store.transaction(() => {
      store.outbox.enqueue([makeNotice(`n${role}${n}`)])
      store.findings.upsert(makeFinding(`f${role}${n}`, { count: n }), n)
      store.checkpoints.save(role, [Buffer.from(`${n} ${'state '.repeat(n % 7000)}`)], n)
    })
    say(`done ${n}`)
  }
  store.close()
}
