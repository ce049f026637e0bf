import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** `SESSION smtp event=failed-command address=A host=H command="AUTH ..." result="535 ..."`; the command is the client's word. */
const FAILED =
  /^[\da-f]{16} smtp (?:event=)?failed-command address=(?<source>[^\s=]{1,60}) host=\S+ command="AUTH (?<method>[\w-]{1,40}).*" result="5(?:03|35) .*"$/s
/** `SESSION smtp event=authentication user=U address=A host=H result=ok|permfail`. */
const AUTHENTICATION =
  /^[\da-f]{16} smtp (?:event=)?authentication user=(?<user>.*) address=(?<source>[^\s=]{1,60}) host=\S+ result=(?<result>ok|permfail)$/s

/** The address may stand in brackets, and behind `local:` or `IPv6:`. */
const bare = (source: string | undefined): string | undefined =>
  source?.replace(/^(?:IPv6:|local:)/, '').replace(/^\[(.*)\]$/, '$1')

function read(text: string): TextEvent {
  const failed = groupsOf(FAILED, text)
  if (failed !== undefined) return { kind: 'mail.auth.failed', source: bare(failed.source), method: failed.method }
  const told = groupsOf(AUTHENTICATION, text)
  if (told === undefined) return undefined
  const { user, source, result } = told
  return result === 'ok'
    ? { kind: 'mail.auth.accepted', user, source: bare(source), flags: FLAG.USER_KNOWN }
    : // The refused command tells the same attempt, with the address that is counted.
      undefined
}

const at = 'Feb 28 08:05:01 mail-1 smtpd[4711]: 38dd06274cde1fd7'

export default defineProgram({
  id: 'opensmtpd',
  title: 'OpenSMTPD',
  programs: ['smtpd'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} smtp event=failed-command address=192.0.2.1 host=client.example command="AUTH PLAIN (...)" result="535 Authentication failed"`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', method: 'PLAIN', service: 'smtpd', pid: 4711 }],
    },
    {
      line: `${at} smtp failed-command address=192.0.2.1 host=client.example command="AUTH LOGIN" result="503 5.5.1 Invalid command: Command not supported"`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: `${at} smtp event=failed-command address=192.0.2.1 host=client.example command="RCPT TO:<x>" result="550 Invalid recipient"`,
      is: 'irrelevant',
    },
    {
      line: `${at} smtp event=authentication user=alice address=192.0.2.1 host=client.example result=ok`,
      is: [{ kind: 'mail.auth.accepted', user: 'alice', source: '192.0.2.1' }],
    },
    {
      line: `${at} smtp event=authentication user=alice address=192.0.2.1 host=client.example result=permfail`,
      is: 'irrelevant',
      note: 'told again as a refused command',
    },
  ],
})
