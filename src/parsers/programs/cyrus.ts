import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** `badlogin: HOST [ADDRESS] METHOD USER REASON`: host and address stand in front, where nothing of the client's reaches. */
const FAILED =
  /^badlogin: (?:[\w.-]{1,255} )?\[(?<source>[\da-fA-F.:]+)\] (?<method>[\w-]{1,40})(?: (?!\[?SASL)(?<user>\S+))? (?:\[?SASL\(-\d+\): .*|invalid user.*|checkpass failed.*|.*authentication failure.*)$/s
/** `login: HOST [ADDRESS] USER METHOD[+TLS] User logged in`. */
const ACCEPTED =
  /^login: (?:[\w.-]{1,255} )?\[(?<source>[\da-fA-F.:]+)\] (?<user>\S+) (?<method>[\w-]{1,40})(?:\+TLS)? User logged in\b/
/** UW's imapd and ipop3d. A name stands before the host, so the last address counts. */
const WASHINGTON = /^Login failed user=(?<user>.*) auth=\S* host=(?:\S+ )?\[(?<source>[\da-fA-F.:]+)\]$/s

/** Reads a message of Cyrus or of the University of Washington's servers, which share the names of their processes with others. */
export function readCyrus(text: string): TextEvent {
  const failed = groupsOf(FAILED, text) ?? groupsOf(WASHINGTON, text)
  if (failed !== undefined) {
    const { source, user, method } = failed
    return { kind: 'mail.auth.failed', source, user, method }
  }
  const accepted = groupsOf(ACCEPTED, text)
  if (accepted === undefined) return undefined
  const { source, user, method } = accepted
  return { kind: 'mail.auth.accepted', source, user, method, flags: FLAG.USER_KNOWN }
}

const at = 'Feb 28 08:05:01 mail-1 cyrus/imaps[4711]:'

export default defineProgram({
  id: 'cyrus',
  title: 'Cyrus IMAP and POP3, and those of the University of Washington',
  programs: ['cyrus', 'imaps', 'pop3s', 'ipop3d', 'ipop3sd'],
  parse: textProgram({ read: readCyrus }),
  samples: [
    {
      line: `${at} badlogin: client.example [192.0.2.1] plaintext alice SASL(-13): authentication failure: checkpass failed`,
      is: [
        {
          kind: 'mail.auth.failed',
          source: '192.0.2.1',
          user: 'alice',
          method: 'plaintext',
          service: 'cyrus/imaps',
        },
      ],
    },
    {
      line: `${at} badlogin: [2001:db8::7] CRAM-MD5 [SASL(-13): authentication failure: incorrect digest response]`,
      is: [{ kind: 'mail.auth.failed', source: '2001:db8::7', user: undefined, method: 'CRAM-MD5' }],
    },
    {
      line: `${at} badlogin: client.example [192.0.2.1] plain x [203.0.113.9] SASL(-13): authentication failure`,
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: 'Feb 28 08:05:01 mail-1 imap[4711]: badlogin: client.example [192.0.2.1] PLAIN [SASL(-13): user not found]',
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: `${at} login: client.example [192.0.2.1] alice plaintext+TLS User logged in SESSIONID=<x>`,
      is: [{ kind: 'mail.auth.accepted', source: '192.0.2.1', user: 'alice' }],
    },
    {
      line: 'Feb 28 08:05:01 mail-1 ipop3d[77]: Login failed user=alice auth=alice host=client.example [192.0.2.1]',
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', user: 'alice' }],
    },
    {
      line: 'Feb 28 08:05:01 mail-1 imapd[77]: Login failed user=x host=y [203.0.113.9] auth=x host=[192.0.2.1]',
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1' }],
    },
    { line: `${at} STARTTLS negotiation failed: [192.0.2.1]`, is: 'irrelevant' },
  ],
})
