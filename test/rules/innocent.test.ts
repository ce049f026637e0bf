/** Hosts that nobody attacked, through all rules at once: nobody may be accused of anything that matters. */
import { describe, expect, it } from 'vitest'
import { severityRank } from '../../src/core/finding.ts'
import { DAY, formatTime, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { RULES } from '../../src/rules/index.ts'
import { analyzeLines } from '../support/analyze-lines.ts'

const START = Date.UTC(2026, 2, 2)

interface Entry {
  time: number
  text: string
}

const entry = (time: number, program: string, text: string): Entry => ({
  time: START + time,
  text: `web-1 ${program}: ${text}`,
})
const repeat = (count: number, every: number, make: (time: number, i: number) => Entry[], from = 0): Entry[] =>
  Array.from({ length: count }, (_, i) => make(from + i * every, i)).flat()

/** A key is written with its fingerprint. */
const accepted = (time: number, user: string, source: string, how = 'password'): Entry =>
  entry(
    time,
    `sshd[${1000 + ((time / SECOND) % 30_000)}]`,
    `Accepted ${how} for ${user} from ${source} port 50022 ssh2${how === 'publickey' ? ': ED25519 SHA256:abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' : ''}`,
  )
const failed = (time: number, user: string, source: string): Entry =>
  entry(
    time,
    `sshd[${1000 + ((time / SECOND) % 30_000)}]`,
    `Failed password for ${user} from ${source} port 50022 ssh2`,
  )

function findings(entries: Entry[]): FindingDraft[] {
  const lines = entries
    .sort((a, b) => a.time - b.time)
    .map(({ time, text }) => `${formatTime(time).replace('Z', '+00:00')} ${text}`)
  return analyzeLines(lines, { rules: RULES })
}

const told = (entries: Entry[], worst: 'info' | 'low'): string[] =>
  findings(entries)
    .filter(({ severity }) => severityRank(severity) < severityRank(worst))
    .map(({ rule, title, severity }) => `${severity} ${rule}: ${title}`)

describe('nobody is accused', () => {
  it('of working every day and mistyping now and then', () => {
    const days = repeat(40, DAY, (time, i) => [
      ...(i % 3 === 0
        ? repeat(i % 5, 4 * SECOND, at => [failed(at, 'ana', `203.0.113.${7 + (i % 20)}`)], time + 9 * HOUR)
        : []),
      accepted(time + 9 * HOUR + MINUTE, 'ana', `203.0.113.${7 + (i % 20)}`),
      accepted(time + 14 * HOUR, 'ana', `203.0.113.${7 + (i % 20)}`),
    ])
    expect(told(days, 'info')).toEqual([])
  })

  it('of forgetting a password that was changed', () => {
    expect(
      told(
        [
          ...repeat(5, DAY, time => [accepted(time + 10 * HOUR, 'ana', '203.0.113.7')]),
          ...repeat(22, 20 * SECOND, time => [failed(time, 'ana', '203.0.113.7')], 6 * DAY + 10 * HOUR),
          accepted(6 * DAY + 11 * HOUR, 'ana', '203.0.113.7'),
        ],
        'info',
      ),
    ).toEqual([])
  })

  it('of a job that logs in as root by password, thousands of times: that is a note', () => {
    const job = repeat(3000, 5 * MINUTE, time => [accepted(time, 'root', '198.51.100.20')])
    expect(told(job, 'low')).toEqual([])
    expect(
      findings(job)
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual(['quiet-hours', 'root-login'])
  })

  it('of a deployment key that was replaced, and is retried', () => {
    expect(
      told(
        [
          ...repeat(10, DAY, time => [accepted(time + 13 * HOUR, 'deploy', '198.51.100.30', 'publickey')]),
          ...repeat(
            25,
            2 * MINUTE,
            (time, i) => [
              entry(
                time,
                `sshd[${9000 + i}]`,
                `Connection closed by authenticating user deploy 198.51.100.30 port ${40_000 + i} [preauth]`,
              ),
            ],
            11 * DAY + 13 * HOUR,
          ),
          accepted(11 * DAY + 14 * HOUR, 'deploy', '198.51.100.30', 'publickey'),
        ],
        'info',
      ),
    ).toEqual([])
  })

  it('of looking whether the port is open, from inside', () => {
    expect(
      findings(
        repeat(5000, 10 * SECOND, (time, i) => [
          entry(
            time,
            `sshd[${1000 + i}]`,
            `Did not receive identification string from 10.0.0.4 port ${30_000 + (i % 9000)}`,
          ),
          entry(time, `sshd[${1000 + i}]`, `Connection closed by 10.0.0.5 port ${30_000 + (i % 9000)} [preauth]`),
        ]),
      ),
    ).toEqual([])
  })

  it('of looking whether the port is open, from outside: that is information', () => {
    expect(
      told(
        repeat(2000, 5 * MINUTE, (time, i) => [
          entry(
            time,
            `sshd[${1000 + i}]`,
            `Did not receive identification string from 198.51.100.40 port ${30_000 + i}`,
          ),
        ]),
        'info',
      ),
    ).toEqual([])
  })

  it('of a mail program with an old password', () => {
    const imap = 'dovecot'
    expect(
      told(
        [
          ...repeat(5, DAY, time => [
            entry(
              time + 10 * HOUR,
              imap,
              'imap-login: Login: user=<ana>, method=PLAIN, rip=203.0.113.7, lip=192.0.2.10, mpid=77, TLS, session=<abc>',
            ),
          ]),
          ...repeat(
            24,
            5 * MINUTE,
            time => [
              entry(
                time,
                imap,
                'imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<ana>, method=PLAIN, rip=203.0.113.7, lip=192.0.2.10, TLS, session=<abd>',
              ),
            ],
            6 * DAY,
          ),
          entry(
            6 * DAY + 3 * HOUR,
            imap,
            'imap-login: Login: user=<ana>, method=PLAIN, rip=203.0.113.7, lip=192.0.2.10, mpid=78, TLS, session=<abe>',
          ),
        ],
        'info',
      ),
    ).toEqual([])
  })

  it('of installing a host', () => {
    expect(
      told(
        [
          entry(
            1 * SECOND,
            'useradd[700]',
            'new user: name=ubuntu, UID=1000, GID=1000, home=/home/ubuntu, shell=/bin/bash, from=none',
          ),
          ...['adm', 'sudo', 'lxd', 'docker'].map((group, i) =>
            entry(2 * SECOND + i, 'useradd[700]', `add 'ubuntu' to group '${group}'`),
          ),
          accepted(10 * HOUR, 'ubuntu', '203.0.113.7', 'publickey'),
          entry(
            11 * HOUR,
            'useradd[800]',
            'new user: name=postgres, UID=114, GID=119, home=/var/lib/postgresql, shell=/bin/bash, from=none',
          ),
        ],
        'info',
      ),
    ).toEqual([])
  })

  it('of being off at night, every night', () => {
    expect(
      told(
        repeat(12, DAY, time =>
          repeat(
            50,
            15 * MINUTE,
            at => [entry(at, 'CRON[77]', 'pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)')],
            time + 9 * HOUR,
          ),
        ),
        'info',
      ),
    ).toEqual([])
  })

  it('of working at two sites, and by VPN', () => {
    const sites = ['203.0.113.7', '198.51.100.20', '192.0.2.30']
    expect(
      told(
        repeat(90, 8 * HOUR, (time, i) => [accepted(time + 7 * HOUR, 'ana', sites[i % 3], 'publickey')]),
        'low',
      ),
    ).toEqual([])
  })
})
