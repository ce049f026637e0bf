import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** Run without syslog, dropbear writes `[pid] Mmm dd hh:mm:ss ` itself; a journal then has it in the message. */
const OWN_STAMP = /^\[\d{1,10}\] [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} /
/** The peer ends the message, so a quoted name before it cannot stand in for it. */
const PEER_AT_END = / from <?\[?(?<address>[\da-fA-F.:%\w-]+)\]?:(?<port>\d{1,5})>?$/
const FAILED =
  /^bad (?<method>password|PAM password|pam password|pubkey)? ?(?:attempt|auth attempt) for (?:user )?'(?<user>.*)' from \S+$/i
const BAD_SIGNATURE = /^pubkey auth bad signature for '(?<user>.*)' with key .* from \S+$/i
const UNKNOWN = /^login attempt for nonexistent user(?: '(?<user>.*)')? from \S+$/i
const REFUSED =
  /^login attempt (?:for|with) (?:wrong|an? invalid|non-root|disallowed|root) ?user (?<user>.*) from \S+$/i
const ACCEPTED =
  /^(?<method>password|PAM password|pam password|pubkey) auth succeeded for '(?<user>.*?)'(?: with (?:key )?(?<key>.*?))? from \S+$/i
/** A router as it comes out of its box: root has no password yet. */
const BLANK = /^auth succeeded with blank password for '(?<user>.*)' from \S+$/i
const EXIT_FROM =
  /^exit before auth from <(?<address>[^<>]+):(?<port>\d{1,5})>: (?:\(user '(?<user>.*)', \d+ fails\): )?(?<detail>.*)$/i
const EXIT_USER = /^exit before auth \(user '(?<user>.*)', \d+ fails\): (?<detail>.*)$/i
const MAX_TRIES = /^max auth tries reached - user '(?<user>.*)' from \S+$/i
const EXIT_SESSION = /^exit \((?<user>[^()]*)\)/i
const NO_NAME = '<invalid username>'

const METHODS: Readonly<Record<string, string>> = {
  password: 'password',
  'pam password': 'keyboard-interactive/pam',
  pubkey: 'publickey',
}
const methodOf = (word: string | undefined): string => METHODS[word?.toLowerCase() ?? 'password'] ?? 'password'

function read(whole: string): TextEvent {
  const text = whole.replace(OWN_STAMP, '')
  const peer = groupsOf(PEER_AT_END, text)
  const from = { source: peer?.address, port: peer?.port === undefined ? undefined : Number(peer.port) }
  switch (text[0]?.toLowerCase()) {
    case 'a': {
      const blank = groupsOf(BLANK, text)
      return blank === undefined
        ? undefined
        : { kind: 'ssh.auth.accepted', user: blank.user, method: 'password', flags: FLAG.USER_KNOWN, ...from }
    }
    case 'b': {
      const failed = groupsOf(FAILED, text)
      return failed === undefined ? undefined : failure(failed.user, methodOf(failed.method), from)
    }
    case 'l': {
      const unknown = groupsOf(UNKNOWN, text)
      if (unknown !== undefined)
        return { kind: 'ssh.user.invalid', user: unknown.user, flags: FLAG.USER_UNKNOWN, ...from }
      const refused = groupsOf(REFUSED, text)
      return refused === undefined
        ? undefined
        : { kind: 'ssh.user.invalid', user: refused.user, flags: FLAG.USER_KNOWN, detail: 'not allowed', ...from }
    }
    case 'p': {
      const accepted = groupsOf(ACCEPTED, text)
      if (accepted !== undefined) {
        return {
          kind: 'ssh.auth.accepted',
          user: accepted.user,
          method: methodOf(accepted.method),
          detail: accepted.key,
          flags: FLAG.USER_KNOWN,
          ...from,
        }
      }
      const bad = groupsOf(BAD_SIGNATURE, text)
      return bad === undefined ? undefined : failure(bad.user, 'publickey', from)
    }
    case 'm': {
      const most = groupsOf(MAX_TRIES, text)
      return most === undefined
        ? undefined
        : { kind: 'ssh.preauth.closed', user: most.user, detail: 'Max auth tries reached', ...from }
    }
    case 'e':
      return readExit(text, from)
    default:
      return undefined
  }
}

interface Peer {
  source: string | undefined
  port: number | undefined
}

function failure(user: string | undefined, method: string, from: Peer): TextEvent {
  if (user === NO_NAME) return { kind: 'ssh.auth.failed', method, flags: FLAG.USER_UNKNOWN, ...from }
  return { kind: 'ssh.auth.failed', user, method, flags: FLAG.USER_KNOWN, ...from }
}

function readExit(text: string, from: Peer): TextEvent {
  const exit = groupsOf(EXIT_FROM, text)
  if (exit !== undefined) {
    return {
      kind: 'ssh.preauth.closed',
      user: exit.user,
      detail: exit.detail,
      source: exit.address,
      port: Number(exit.port),
      flags: FLAG.PREAUTH,
    }
  }
  // Older versions name the peer at the end, and only where the tries were used up.
  const old = groupsOf(EXIT_USER, text)
  if (old !== undefined) {
    if (from.source === undefined) return undefined
    return { kind: 'ssh.preauth.closed', user: old.user, detail: old.detail, flags: FLAG.PREAUTH, ...from }
  }
  const session = groupsOf(EXIT_SESSION, text)
  return session === undefined ? undefined : { kind: 'ssh.session.closed', user: session.user }
}

const at = 'Feb 28 08:05:01 router dropbear[403]:'

export default defineProgram({
  id: 'dropbear',
  title: 'Dropbear SSH server',
  programs: ['dropbear'],
  parse: textProgram({ read }),
  samples: [
    {
      line: `${at} Auth succeeded with blank password for 'root' from 192.0.2.1:5310`,
      is: [{ kind: 'ssh.auth.accepted', user: 'root', source: '192.0.2.1', port: 5310, method: 'password' }],
    },
    {
      line: `${at} Bad password attempt for 'root' from 192.0.2.1:5310`,
      is: [
        {
          kind: 'ssh.auth.failed',
          source: '192.0.2.1',
          port: 5310,
          user: 'root',
          method: 'password',
          user_known: true,
          service: 'dropbear',
        },
      ],
    },
    {
      line: `${at} bad password attempt for 'root' from 192.0.2.1:5310`,
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
      note: 'older versions',
    },
    {
      line: `${at} Bad password attempt for 'root' from 2001:db8::7:5310`,
      is: [{ kind: 'ssh.auth.failed', source: '2001:db8::7', port: 5310 }],
    },
    {
      line: `${at} Bad password attempt for 'root' from [2001:db8::7]:5310`,
      is: [{ kind: 'ssh.auth.failed', source: '2001:db8::7', port: 5310 }],
    },
    {
      line: `${at} Bad password attempt for 'x' from 203.0.113.9:22' from 192.0.2.1:5310`,
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', user: "x' from 203.0.113.9:22" }],
      note: 'a name cannot choose the address',
    },
    {
      line: `${at} Bad PAM password attempt for '<invalid username>' from ::ffff:192.0.2.1:5310`,
      is: [
        {
          kind: 'ssh.auth.failed',
          source: '192.0.2.1',
          method: 'keyboard-interactive/pam',
          user: undefined,
          user_known: false,
        },
      ],
    },
    {
      line: `${at} Bad PAM password attempt for user 'root' from 192.0.2.1:5310`,
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', user: 'root', method: 'keyboard-interactive/pam' }],
    },
    {
      line: `${at} [403] Feb 28 08:05:01 Bad password attempt for 'root' from 192.0.2.1:5310`,
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
      note: 'its own stamp in the message',
    },
    {
      line: `${at} Login attempt for nonexistent user from ::ffff:192.0.2.1:60495`,
      is: [{ kind: 'ssh.user.invalid', source: '192.0.2.1', port: 60495, user: undefined, user_known: false }],
    },
    {
      line: `${at} login attempt for nonexistent user from 192.0.2.1:60495`,
      is: [{ kind: 'ssh.user.invalid', source: '192.0.2.1' }],
    },
    {
      line: `${at} Login attempt with wrong user root from 192.0.2.1:60495`,
      is: [{ kind: 'ssh.user.invalid', source: '192.0.2.1', user: 'root' }],
    },
    {
      line: `${at} Password auth succeeded for 'root' from 192.0.2.1:5310`,
      is: [{ kind: 'ssh.auth.accepted', source: '192.0.2.1', user: 'root', method: 'password' }],
    },
    {
      line: `${at} Pubkey auth succeeded for 'root' with ssh-ed25519 key SHA256:abc from 192.0.2.1:5310`,
      is: [
        {
          kind: 'ssh.auth.accepted',
          source: '192.0.2.1',
          user: 'root',
          method: 'publickey',
          detail: 'ssh-ed25519 key SHA256:abc',
        },
      ],
    },
    {
      line: `${at} Pubkey auth succeeded for 'root' with key md5 78:d6:41 from 192.0.2.1:5310`,
      is: [{ kind: 'ssh.auth.accepted', detail: 'md5 78:d6:41' }],
    },
    {
      line: `${at} Exit before auth (user 'root', 10 fails): Max auth tries reached - user 'root' from 192.0.2.1:60588`,
      is: [{ kind: 'ssh.preauth.closed', source: '192.0.2.1', user: 'root' }],
    },
    {
      line: `${at} Exit before auth from <192.0.2.1:34654>: (user 'root', 2 fails): Exited normally`,
      is: [{ kind: 'ssh.preauth.closed', source: '192.0.2.1', port: 34654, user: 'root', detail: 'Exited normally' }],
    },
    {
      line: `${at} Exit before auth from <2001:db8::7:34654>: Exited normally`,
      is: [{ kind: 'ssh.preauth.closed', source: '2001:db8::7', user: undefined }],
    },
    { line: `${at} Exit before auth (user 'root', 1 fails): Exited normally`, is: 'irrelevant' },
    {
      line: `${at} Exit (root) from <192.0.2.1:34654>: Disconnect received`,
      is: [{ kind: 'ssh.session.closed', user: 'root' }],
    },
    { line: `${at} Child connection from 192.0.2.1:5310`, is: 'irrelevant' },
    {
      line: 'Feb 28 08:05:01 dropbear[403]: login attempt for nonexistent user from 192.0.2.1:5310',
      is: [{ kind: 'ssh.user.invalid' }],
      note: 'no host',
    },
  ],
})
