import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

const FAILED =
  /^warning: [^\s[\]]*\[(?<source>[^\s[\]]+)\](?::\d+)?: SASL (?<method>[\w-]+) authentication (?:failed|aborted):?(?: (?<reason>.*))?$/is
const ACCEPTED =
  /^[\w-]+: client=[^\s[\]]*\[(?<source>[^\s[\],]+)\](?::\d+)?(?:, [a-z_]+=[^,]*)*?, sasl_method=(?<method>[\w-]+)(?:, sasl_username=(?<user>[^,\s]+))?/
/** The mail server's own trouble, which is nobody's guess. */
const OWN_TROUBLE = /^(?:connection lost|temporary|generic failure|no mechanism|server error)/i
const USER = /(?:^|, )sasl_username=(?<user>.+)$/

function read(text: string): TextEvent {
  const failed = groupsOf(FAILED, text)
  if (failed !== undefined) {
    const { source, method, reason } = failed
    if (reason !== undefined && OWN_TROUBLE.test(reason)) return undefined
    return { kind: 'mail.auth.failed', source, method: method?.toUpperCase(), user: groupsOf(USER, reason ?? '')?.user }
  }
  const accepted = groupsOf(ACCEPTED, text)
  if (accepted === undefined) return undefined
  return {
    kind: 'mail.auth.accepted',
    source: accepted.source,
    method: accepted.method,
    user: accepted.user,
    flags: FLAG.USER_KNOWN,
  }
}

const at = (process: string): string => `Feb 28 08:05:01 mail-1 ${process}[7676]:`

export default defineProgram({
  id: 'postfix',
  title: 'Postfix (SASL logins)',
  programs: ['postfix', 'postfix-incoming'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at('postfix/smtpd')} warning: client.example[192.0.2.1]: SASL LOGIN authentication failed: UGFzc3dvcmQ6`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', method: 'LOGIN', service: 'postfix/smtpd', pid: 7676 }],
    },
    {
      line: `${at('postfix/submission/smtpd')} warning: unknown[2001:db8::7]: SASL plain authentication failed: authentication failure, sasl_username=alice@example.com`,
      is: [{ kind: 'mail.auth.failed', source: '2001:db8::7', method: 'PLAIN', user: 'alice@example.com' }],
    },
    {
      line: `${at('postfix-incoming/smtpd')} warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: Password:`,
      is: [{ kind: 'mail.auth.failed' }],
    },
    {
      line: `${at('postfix/submission/smtpd')} warning: unknown[192.0.2.1]: SASL PLAIN authentication failed:`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', method: 'PLAIN' }],
      note: 'no reason given',
    },
    {
      line: `${at('postfix/smtpd')} warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: Connection lost to authentication server`,
      is: 'irrelevant',
    },
    {
      line: `${at('postfix/submission/smtpd')} 4AbC1d2E3f: client=client.example[192.0.2.1], sasl_method=PLAIN, sasl_username=alice@example.com`,
      is: [{ kind: 'mail.auth.accepted', source: '192.0.2.1', user: 'alice@example.com' }],
    },
    { line: `${at('postfix/smtpd')} connect from unknown[192.0.2.1]`, is: 'irrelevant' },
  ],
})
