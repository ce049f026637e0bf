import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** Where syslog repeats exim's own stamp and process number. */
const OWN_STAMP = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? )?(?:\[\d+\] )?/
/**
 * `NAME authenticator failed for HOST (HELO) [ADDRESS]:PORT ...: 535 ... (set_id=USER)`. The greeting is the client's word,
 * but exim takes none with a blank in it; so the address is the first behind it, and what the user is called comes later.
 */
const FAILED =
  /^(?<method>[\w-]+) authenticator failed for (?:[\w.-]{1,255} )?(?:\(\S{0,300}\) )?\[(?<source>[\da-fA-F.:]+)\](?::(?<port>\d{1,5}))?(?: I=\[[^\]]*\](?::\d{1,5})?)?(?: U=\S{1,60})?(?: Ci=\S{1,60})? ?: (?:535|435|454) [^[\]]{0,200}?(?:\(set_id=(?<user>.*)\))?$/
const ACCEPTED =
  /^\S+ <= \S+ H=(?:[\w.-]{1,255} )?(?:\(\S{0,300}\) )?\[(?<source>[\da-fA-F.:]+)\](?::(?<port>\d{1,5}))? .{0,600}?\bA=(?<method>[\w-]+):(?<user>\S+)/

/**
 * A login where none is offered: who guesses tries it, and a mail program that is set up wrongly. The command is the
 * client's word and stands in front, so the host that counts is the last one.
 */
const OUT_OF_TURN =
  /^SMTP protocol error in "AUTH .* H=(?:[\w.-]{1,255} )?(?:\(\S{0,300}\) )?\[(?<source>[\da-fA-F.:]+)\](?::(?<port>\d{1,5}))?(?: I=\[[^\]]*\](?::\d{1,5})?)? (?:AUTH command used when not advertised|\S{1,40} authentication mechanism not supported)$/

function read(whole: string): TextEvent {
  const text = whole.replace(OWN_STAMP, '')
  const failed = groupsOf(FAILED, text) ?? groupsOf(OUT_OF_TURN, text)
  if (failed !== undefined) {
    const { source, port, user, method } = failed
    return {
      kind: 'mail.auth.failed',
      source,
      port: port === undefined ? undefined : Number(port),
      user: user === '' ? undefined : user,
      method,
    }
  }
  const accepted = groupsOf(ACCEPTED, text)
  if (accepted === undefined) return undefined
  const { source, user, method } = accepted
  return { kind: 'mail.auth.accepted', source, user, method, flags: FLAG.USER_KNOWN }
}

const at = 'Feb 28 08:05:01 mail-1 exim[4711]:'

export default defineProgram({
  id: 'exim',
  title: 'Exim (SMTP logins)',
  programs: ['exim', 'exim4'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} 2026-02-28 08:05:01 dovecot_login authenticator failed for (helo.example) [192.0.2.1]:4242 I=[198.51.100.2]:25: 535 Incorrect authentication data (set_id=bob)`,
      is: [
        {
          kind: 'mail.auth.failed',
          source: '192.0.2.1',
          port: 4242,
          user: 'bob',
          method: 'dovecot_login',
          service: 'exim',
        },
      ],
    },
    {
      line: `${at} plain authenticator failed for client.example (helo) [192.0.2.1]: 535 Incorrect authentication data`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', user: undefined }],
    },
    {
      line: `${at} login authenticator failed for ([203.0.113.9]) [192.0.2.1]: 535 Incorrect authentication data (set_id=x)`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
      note: "a greeting that is an address is the client's word",
    },
    {
      line: `${at} login authenticator failed for (x) [192.0.2.1]: 535 Incorrect authentication data (set_id=y [203.0.113.9]: 535 z)`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: `${at} 1tXyZa-0001 <= bob@mail.example H=client.example [192.0.2.1]:4242 P=esmtpsa X=TLS1.3 A=plain:bob S=900`,
      is: [{ kind: 'mail.auth.accepted', source: '192.0.2.1', user: 'bob', method: 'plain' }],
    },
    {
      line: `${at} SMTP protocol error in "AUTH LOGIN" H=client.example (helo) [192.0.2.1] AUTH command used when not advertised`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: `${at} SMTP protocol error in "AUTH LOGIN" H=x [203.0.113.9] AUTH command used when not advertised" H=(helo) [192.0.2.1]:4242 LOGIN authentication mechanism not supported`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', port: 4242 }],
      note: 'a command cannot choose the address',
    },
    { line: `${at} no host name found for IP address 192.0.2.1`, is: 'irrelevant' },
  ],
})
