import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'
import { readCyrus } from './cyrus.ts'

/** `LOGIN FAILED, user=bob, ip=[A]`: the address stands in brackets at the end, where no name reaches. */
const LOGIN =
  /^(?:ERR: )?LOGIN(?<failed> FAILED)?(?:, method=(?<method>[\w-]{1,40}))?(?:, user=(?<user>.{0,400}?))?, ip=\[(?<source>[^\s[\]]{1,60})\](?:, port=\[(?<port>\d{1,5})\])?(?:, protocol=\w{1,12})?(?:, stls=\d)?$/
/** The mail server's refusal; what the client sent follows it. */
const REFUSED =
  /^error,relay=(?<source>[^\s,]{1,60})(?:,port=(?<port>\d{1,5}))?,(?:msg="535 [^"]*"|[^,]{0,60}535 Authentication failed[^,]*)(?:,cmd: (?:AUTH (?<method>[\w-]+).*|.*))?$/

function read(text: string): TextEvent {
  const found = groupsOf(LOGIN, text)
  if (found !== undefined) {
    const { user, method, source, port, failed } = found
    return {
      kind: failed === undefined ? 'mail.auth.accepted' : 'mail.auth.failed',
      source,
      port: port === undefined ? undefined : Number(port),
      user: user === '' ? undefined : user,
      method,
      flags: failed === undefined ? FLAG.USER_KNOWN : 0,
    }
  }
  const refused = groupsOf(REFUSED, text)
  if (refused === undefined) return readCyrus(text)
  const { source, port, method } = refused
  return { kind: 'mail.auth.failed', source, port: port === undefined ? undefined : Number(port), method }
}

const at = (process: string): string => `Feb 28 08:05:01 mail-1 ${process}:`

export default defineProgram({
  id: 'courier',
  title: 'Courier IMAP, POP3 and SMTP',
  programs: [
    'imapd',
    'imapd-ssl',
    'imaplogin',
    'pop3d',
    'pop3d-ssl',
    'pop3login',
    'courieresmtpd',
    'courier-imapd',
    'courierpop3login',
  ],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at('imapd')} LOGIN FAILED, user=bob, ip=[::ffff:192.0.2.1]`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', user: 'bob', service: 'imapd' }],
    },
    {
      line: `${at('pop3d-ssl')} LOGIN FAILED, user=bob@mail.example, ip=[2001:db8::7], port=[4242]`,
      is: [{ kind: 'mail.auth.failed', source: '2001:db8::7', user: 'bob@mail.example', port: 4242 }],
    },
    {
      line: `${at('imapd-ssl')} LOGIN FAILED, method=PLAIN, ip=[::ffff:192.0.2.1]`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', method: 'PLAIN', user: undefined }],
    },
    {
      line: `${at('imapd')} LOGIN FAILED, user=x, ip=[203.0.113.9], port=[1], ip=[::ffff:192.0.2.1]`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: `${at('imapd')} LOGIN, user=bob, ip=[::ffff:192.0.2.1], port=[4242], protocol=IMAP`,
      is: [{ kind: 'mail.auth.accepted', source: '192.0.2.1', user: 'bob' }],
    },
    {
      line: `${at('courieresmtpd')} error,relay=::ffff:192.0.2.1,port=4242,msg="535 Authentication failed.",cmd: AUTH LOGIN bob`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', port: 4242, method: 'LOGIN' }],
    },
    { line: `${at('imapd')} LOGOUT, user=bob, ip=[::ffff:192.0.2.1], headers=0, body=0`, is: 'irrelevant' },
    { line: `${at('imapd')} Connection, ip=[::ffff:192.0.2.1]`, is: 'irrelevant' },
  ],
})
