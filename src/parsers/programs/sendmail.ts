import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** A queue's id before the message. */
const ID = /^[\da-zA-Z]{8,20}: /
/** `AUTH failure (METHOD): REASON, user=U, relay=HOST [ADDRESS]`: a name stands before the relay, so the last one counts. */
const FAILED =
  /^AUTH failure \((?<method>[\w-]{1,40})\): (?<text>.*), relay=(?:\S+ )?\[(?:IPv6:)?(?<source>[\da-fA-F.:]+)\](?: \(may be forged\))?$/s
const USER = /, user=(?<user>.*)$/s
/** Who came for the login only, and went: what sendmail says of a guesser whose failures it does not log. */
const POSSIBLE =
  /^(?:\S+ )?\[(?:IPv6:)?(?<source>[\da-fA-F.:]+)\](?: \(may be forged\))?: possible SMTP attack: command=AUTH, count=(?<count>\d{1,4})$/
const ACCEPTED =
  /^AUTH=server, relay=(?:\S+ )?\[(?:IPv6:)?(?<source>[\da-fA-F.:]+)\](?: \(may be forged\))?, authid=(?<user>.*), mech=(?<method>[\w-]{1,40}), bits=\d+$/s

function read(whole: string): TextEvent {
  const text = whole.replace(ID, '')
  const failed = groupsOf(FAILED, text)
  if (failed !== undefined) {
    const { method, source, text: said = '' } = failed
    return { kind: 'mail.auth.failed', source, user: groupsOf(USER, said)?.user, method }
  }
  const possible = groupsOf(POSSIBLE, text)
  if (possible !== undefined)
    return { kind: 'mail.auth.failed', source: possible.source, count: Number(possible.count) }
  const accepted = groupsOf(ACCEPTED, text)
  if (accepted === undefined) return undefined
  const { source, user, method } = accepted
  return { kind: 'mail.auth.accepted', source, user, method, flags: FLAG.USER_KNOWN }
}

const at = 'Feb 28 08:05:01 mail-1 sendmail[4711]:'

export default defineProgram({
  id: 'sendmail',
  title: 'Sendmail (SMTP logins)',
  programs: ['sendmail', 'sm-mta', 'sm-acceptingconnections', 'mta'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} 41S851aB004711: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=alice, relay=client.example [192.0.2.1]`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', user: 'alice', method: 'LOGIN', service: 'sendmail' }],
    },
    {
      line: `${at} AUTH failure (PLAIN): user not found (-20), user=x, relay=[203.0.113.9], relay=[192.0.2.1] (may be forged)`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: `${at} 41S851aB004711: client.example [192.0.2.1]: possible SMTP attack: command=AUTH, count=5`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', count: 5 }],
    },
    {
      line: `${at} AUTH=server, relay=client.example [192.0.2.1], authid=alice, mech=PLAIN, bits=0`,
      is: [{ kind: 'mail.auth.accepted', source: '192.0.2.1', user: 'alice' }],
    },
    {
      line: `${at} 41S851aB004711: from=<a@b.example>, size=900, nrcpts=1, relay=client.example [192.0.2.1]`,
      is: 'irrelevant',
    },
  ],
})
