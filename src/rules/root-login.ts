import { DAY, formatSpan } from '../core/time.ts'
import { defineRule } from '../kit/define-rule.ts'
import { advise, disablePasswords, renewPassword, restrictRoot } from '../kit/recommend.ts'
import { isGuessable } from './support/logins.ts'
import { many } from './support/words.ts'

/** A place from which root logs in on this many days is where root works. */
const USUAL_DAYS = 3

const login = (day: number, how = 'password', user = 'root', source = '203.0.113.7'): string =>
  `Mar ${String(day).padStart(2)} 10:00:0${day % 10} web-1 sshd[${4000 + day}]: Accepted ${how} for ${user} from ${source} port 41000 ssh2` +
  (how === 'publickey' ? ': ED25519 SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' : '')

export default defineRule({
  id: 'root-login',
  title: 'Direct login as root',
  severity: 'medium',
  confidence: 0.7,
  techniques: ['T1078.003'],
  cleansTraining: false,
  description:
    'Tells direct logins as root, one finding a source. With a key it is a habit to note; with a password it is a weak spot ' +
    'that the whole Internet is guessing at, and the less usual the source, the more it matters.',
  on: ['ssh.auth.accepted', 'ssh.auth.failed'],
  options: {},
  detect: (_, { state, addresses }) => {
    /** [first, logins, distinct days, last day] by source */
    const usual = state.memory<readonly [number, number, number, number]>('usual', { keep: 90 * DAY })
    const guessers = state.distinctCount('guessers', { window: DAY, limit: 500, evidence: 0, values: 'sources' })
    return {
      observe(event, raise) {
        const { source, time } = event
        if (event.user !== 'root' || source < 0) return
        const host = event.host ?? ''
        if (event.kind === 'ssh.auth.failed') {
          if (event.attempts > 0) guessers.add(host, source, time)
          return
        }
        const day = Math.floor(time / DAY)
        const known = usual.get(source, time)
        const next =
          known === undefined
            ? ([time, 1, 1, day] as const)
            : ([known[0], known[1] + 1, known[2] + (day > known[3] ? 1 : 0), Math.max(day, known[3])] as const)
        usual.set(source, next, time)
        const secret = isGuessable(event.method)
        raise.hit(source, event, {
          facts: {
            days: next[2],
            internal: addresses.internal(source),
            ...(secret ? { password: true } : { key: true }),
            ...(event.method === undefined ? {} : { told: true }),
            ...(known === undefined ? { guessers: guessers.count(host, time) } : {}),
          },
        })
      },
    }
  },
  explain: (story, _, host) => {
    const { days, internal, password, key, told, guessers } = story.facts
    const source = story.sources[0] ?? 'an unknown source'
    const usual = Number(days) >= USUAL_DAYS
    const span = story.count === 1 ? '' : ` over ${formatSpan(story.last - story.first)}`
    const byPassword = key === true ? ' by password and by key' : ' by password'
    // A table of logins does not say how somebody got in.
    const how = told !== true ? '' : password === true ? byPassword : ' by key'
    const reasons = [
      {
        text: `${many(story.count, 'login')} as root${how}${span}; a user of one's own and sudo would be normal`,
        feature: 'root_logins',
        observed: story.count,
        expected: 0,
      },
    ]
    const notes: { text: string }[] = []
    if (usual) notes.push({ text: `On ${many(Number(days), 'day')}: a usual place for root, or a job` })
    if (password === true && typeof guessers === 'number' && guessers > 0) {
      notes.push({
        text: `${many(guessers, 'source')} had failed as root in the 24 h before the first of these logins: this password is being guessed at`,
      })
    }
    return {
      title: `root logged in${how} from ${source}`,
      reasons: [...reasons, ...notes],
      ...(password !== true
        ? { severity: 'info' as const }
        : usual || internal === true
          ? { severity: 'low' as const }
          : {}),
      recommendations:
        password === true
          ? [
              advise('Make sure that it was you or a job of yours.'),
              restrictRoot(),
              ...disablePasswords(host),
              ...(usual ? [] : [renewPassword('root')]),
            ]
          : [restrictRoot()],
    }
  },
  examples: () => ({
    fires: [
      { name: 'by password', lines: [login(4)], accuses: ['203.0.113.7'], severity: 'medium' },
      { name: 'by key', lines: [login(4, 'publickey')], severity: 'info' },
      { name: 'by password on four days: a job', lines: [login(3), login(4), login(5), login(6)], severity: 'low' },
      { name: 'through PAM', lines: [login(4, 'keyboard-interactive/pam')], severity: 'medium' },
    ],
    quiet: [
      { name: 'another user', lines: [login(4, 'password', 'ana')] },
      {
        name: 'a failure',
        lines: ['Mar  4 10:00:04 web-1 sshd[4004]: Failed password for root from 203.0.113.7 port 41000 ssh2'],
      },
    ],
  }),
  falsePositives: ['Hosts whose owner works as root, and jobs that do: the finding is true, and yours to judge.'],
})
