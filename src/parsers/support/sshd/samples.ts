import type { ParserSample } from '../../../kit/define-parser.ts'
import { sshd } from './sample.ts'
import { CLOSES, SCANS } from './samples-connections.ts'

const KEY = 'ED25519 SHA256:Yq0Zr1'
/** A name that is a look-up for careless loggers. */
const JNDI = '$'.concat('{jndi:ldap://x}')
const CERTIFICATE = 'ED25519-CERT SHA256:Yq0Zr1 ID'

const AUTHENTICATION: ParserSample[] = [
  sshd('Failed password for root from 192.0.2.1 port 4242 ssh2', [
    {
      kind: 'ssh.auth.failed',
      source: '192.0.2.1',
      port: 4242,
      user: 'root',
      user_known: true,
      method: 'password',
      pid: 403,
      service: 'sshd',
    },
  ]),
  sshd('Failed password for invalid user admin from 2001:db8::7 port 4242 ssh2', [
    { kind: 'ssh.auth.failed', source: '2001:db8::7', user: 'admin', user_known: false },
  ]),
  sshd(
    'Failed password for illegal user admin from ::ffff:192.0.2.1 port 4242 ssh2',
    [{ source: '192.0.2.1', user: 'admin', user_known: false }],
    'old word, mapped address',
  ),
  sshd('Failed password for root from fe80::1%eth0 port 4242 ssh2', [{ source: 'fe80::1' }], 'zone id'),
  sshd(
    'Failed password for root from client.example port 4242 ssh2',
    [{ source: 'client.example' }],
    'UseDNS yes in old versions',
  ),
  sshd('Failed password for root from 192.0.2.1 port 4242', [{ source: '192.0.2.1', port: 4242 }]),
  sshd('Failed password for root from 2001:db8::7', [{ source: '2001:db8::7', port: undefined }], 'no port'),
  sshd('Failed password for root from 192.0.2.1 port 4242 on 198.51.100.1 port 22 ssh2', [
    { source: '192.0.2.1', port: 4242 },
  ]),
  sshd('Failed none for invalid user admin from 192.0.2.1 port 4242 ssh2', [
    { kind: 'ssh.auth.failed', method: 'none' },
  ]),
  sshd('Failed keyboard-interactive/pam for invalid user admin from 192.0.2.1 port 4242 ssh2', [
    { method: 'keyboard-interactive/pam' },
  ]),
  sshd('Failed keyboard-interactive for <invalid username> from 192.0.2.1 port 4242 ssh2', [
    { user: undefined, user_known: false, source: '192.0.2.1' },
  ]),
  sshd('Failed gssapi-with-mic for alice from 192.0.2.1 port 4242 ssh2', [{ method: 'gssapi-with-mic' }]),
  sshd(`Failed publickey for alice from 192.0.2.1 port 4242 ssh2: ${KEY}`, [{ method: 'publickey', detail: KEY }]),
  sshd('Failed publickey for alice from 192.0.2.1 port 4242 ssh2: RSA 8c:e3:aa:0f:64:51', [
    { detail: 'RSA 8c:e3:aa:0f:64:51' },
  ]),
  sshd(
    'Failed hostbased for dan from 192.0.2.1 port 4242 ssh2: RSA 8c:e3:aa, client user "dan", client host "x from 203.0.113.9"',
    [{ method: 'hostbased', source: '192.0.2.1' }],
  ),
  sshd(
    'Failed password for alice from 192.0.2.1 port 4242 ssh1: ruser from 203.0.113.9',
    [{ source: '192.0.2.1', user: 'alice' }],
    'protocol 1',
  ),
  sshd(
    'Failed password for invalid user  from 192.0.2.1 port 4242 ssh2',
    [{ source: '192.0.2.1', user: '' }],
    'the empty user',
  ),
  sshd('Failed password for invalid user a b from 192.0.2.1 port 4242 ssh2', [{ source: '192.0.2.1', user: 'a b' }]),
  sshd('Failed password for invalid user administrat\\303\\266r from 192.0.2.1 port 4242 ssh2', [
    { user: 'administrat\\303\\266r' },
  ]),
  sshd('Failed password for invalid user minerstat\\tmsos\\n from 192.0.2.1 port 4242 ssh2', [
    { user: 'minerstat\\tmsos\\n' },
  ]),
  sshd(
    'Failed password for invalid user a#011b#012 from 192.0.2.1 port 4242 ssh2',
    [{ user: 'a#011b#012' }],
    "rsyslog's escapes",
  ),
  sshd(`Failed password for invalid user ${JNDI} from 192.0.2.1 port 4242 ssh2`, [{ user: JNDI }]),
  sshd(
    'Failed password for invalid user x from 203.0.113.9 port 22 from 192.0.2.1 port 4242 ssh2',
    [{ source: '192.0.2.1', port: 4242, user: 'x from 203.0.113.9 port 22' }],
    'a name cannot choose the address',
  ),
  sshd('Failed password for invalid user x from 203.0.113.9 port 22 ssh2 from 192.0.2.1 port 4242 ssh2', [
    { source: '192.0.2.1', user: 'x from 203.0.113.9 port 22 ssh2' },
  ]),
  sshd('Failed password for invalid user from 203.0.113.9 from 192.0.2.1 port 4242 ssh2', [{ source: '192.0.2.1' }]),
  sshd(
    'Failed password for invalid user x from 203.0.113.9 port 22 ssh2: from 192.0.2.1 port 4242 ssh2',
    [{ kind: 'ssh.auth.failed', source: undefined }],
    'two readings: nobody is accused',
  ),
  sshd(`Failed publickey for invalid user x from 203.0.113.9 port 22 ssh2: RSA from 192.0.2.1 port 4242 ssh2: ${KEY}`, [
    { source: '192.0.2.1' },
  ]),
  sshd(
    `Failed publickey for alice from 192.0.2.1 port 4242 ssh2: ${CERTIFICATE} y from 203.0.113.9 port 22 ssh2 (serial 0) CA ${KEY}`,
    [{ source: '192.0.2.1' }],
    "a certificate's id is the client's text too",
  ),
  sshd(
    `Failed publickey for alice from 192.0.2.1 port 4242 ssh2: ${CERTIFICATE} y from 203.0.113.9 port 22 ssh2: (serial 0) CA ${KEY}`,
    [{ source: undefined }],
  ),
  sshd('Failed password for root from 192.0.2.1 po', 'malformed', 'cut'),
  sshd('Failed password for ro', 'malformed', 'cut'),
  sshd('Failed to release session: Interrupted system call', 'irrelevant'),
  sshd('message repeated 4 times: [ Failed password for root from 192.0.2.1 port 2007 ssh2]', [
    { kind: 'ssh.auth.failed', count: 4, port: 2007 },
  ]),
  sshd('message repeated 2 times: [ Failed password for root from 192.0.2.1 port 20', 'malformed', 'cut'),
  sshd('error: PAM: Authentication failure for root from 192.0.2.1', [
    {
      kind: 'ssh.auth.failed',
      method: 'keyboard-interactive/pam',
      user: 'root',
      user_known: true,
      source: '192.0.2.1',
    },
  ]),
  sshd('error: PAM: Authentication failure for root from client.example', [
    { kind: 'ssh.auth.failed', source: 'client.example' },
  ]),
  sshd(
    'error: PAM: authentication error for illegal user bob from 192.0.2.1 via 198.51.100.7',
    [{ user: 'bob', user_known: false, source: '192.0.2.1' }],
    'macOS',
  ),
  sshd('error: PAM: User not known to the underlying authentication module for illegal user bob from 192.0.2.1 ', [
    { kind: 'ssh.auth.failed', user: 'bob', source: '192.0.2.1' },
  ]),
  sshd('error: PAM: unknown user for illegal user bob from 192.0.2.1', [{ kind: 'ssh.auth.failed', user: 'bob' }]),
  sshd('Authentication failure for root from 192.0.2.1', [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }]),
  sshd('ROOT LOGIN REFUSED FROM 192.0.2.1 port 4242 [preauth]', [
    { kind: 'ssh.auth.failed', user: 'root', source: '192.0.2.1', port: 4242 },
  ]),
  sshd('ROOT LOGIN REFUSED FROM ::ffff:192.0.2.1', [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }]),
  sshd('Accepted password for alice from 192.0.2.1 port 4242 ssh2', [
    { kind: 'ssh.auth.accepted', user: 'alice', method: 'password', source: '192.0.2.1', port: 4242 },
  ]),
  sshd(`Accepted publickey for alice from 192.0.2.1 port 4242 ssh2: ${KEY}`, [
    { kind: 'ssh.auth.accepted', method: 'publickey', detail: KEY },
  ]),
  sshd('Accepted keyboard-interactive/pam for alice from 192.0.2.1 port 4242 ssh2', [{ kind: 'ssh.auth.accepted' }]),
  sshd('Accepted gssapi-with-mic for alice from 192.0.2.1 port 4242 ssh2: alice@EXAMPLE', [
    { kind: 'ssh.auth.accepted', detail: 'alice@EXAMPLE' },
  ]),
  sshd('Postponed publickey for alice from 192.0.2.1 port 4242 ssh2 [preauth]', 'irrelevant'),
  sshd('Postponed keyboard-interactive for invalid user admin from 192.0.2.1 port 4242 ssh2 [preauth]', [
    { kind: 'ssh.user.invalid', user: 'admin', user_known: false, source: '192.0.2.1', port: 4242 },
  ]),
  sshd('Partial publickey for alice from 192.0.2.1 port 4242 ssh2: ED25519 SHA256:abc', 'irrelevant'),
  sshd(
    'Authentication tried for alice with correct key but not from a permitted host (host=client.example, ip=192.0.2.1, required=10.0.0.*).',
    [{ kind: 'ssh.auth.failed', user: 'alice', source: '192.0.2.1', method: 'publickey' }],
  ),
  sshd('Authentication refused: bad ownership or modes for file /home/alice/.ssh/authorized_keys', 'irrelevant'),
]

const USERS: ParserSample[] = [
  sshd('Invalid user admin from 192.0.2.1 port 4242', [
    { kind: 'ssh.user.invalid', user: 'admin', user_known: false, source: '192.0.2.1', port: 4242 },
  ]),
  sshd('Invalid user admin from 192.0.2.1', [{ kind: 'ssh.user.invalid', source: '192.0.2.1', port: undefined }]),
  sshd('Illegal user admin from 192.0.2.1', [{ kind: 'ssh.user.invalid', user: 'admin' }]),
  sshd('Invalid user  from 192.0.2.1 port 4242', [{ user: '', source: '192.0.2.1' }], 'the empty user'),
  sshd(
    'Invalid user from 192.0.2.1 port 4242',
    [{ user: '', source: '192.0.2.1' }],
    'the empty user, its spaces squeezed',
  ),
  sshd('Invalid user x from 203.0.113.9 port 22 from 192.0.2.1 port 4242', [
    { user: 'x from 203.0.113.9 port 22', source: '192.0.2.1' },
  ]),
  sshd('Invalid user admin fr', 'malformed', 'cut'),
  sshd('input_userauth_request: invalid user admin [preauth]', 'irrelevant', 'names no source'),
  sshd('User root from 192.0.2.1 not allowed because listed in DenyUsers', [
    { kind: 'ssh.user.invalid', user: 'root', user_known: true, source: '192.0.2.1', detail: 'listed in DenyUsers' },
  ]),
  sshd('User root from client.example not allowed because not listed in AllowUsers', [
    { source: 'client.example', detail: 'not listed in AllowUsers' },
  ]),
  sshd("User bob from 192.0.2.1 not allowed because none of user's groups are listed in AllowGroups", [
    { user: 'bob', source: '192.0.2.1' },
  ]),
  sshd('User root not allowed because account is locked', 'irrelevant', 'names no source'),
  sshd('pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root', [
    { kind: 'pam.auth.failed', service: 'sshd', user: 'root', source: '192.0.2.1', pid: 403 },
  ]),
  sshd('pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=client.example ', [
    { kind: 'pam.auth.failed', source: 'client.example', user: undefined },
  ]),
  sshd('pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=', [
    { kind: 'pam.auth.failed', source: undefined },
  ]),
  sshd('(pam_unix) authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root', [
    { kind: 'pam.auth.failed', source: '192.0.2.1' },
  ]),
  sshd('pam_sss(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1 user=root', [
    { kind: 'pam.auth.failed', user_known: undefined },
  ]),
  sshd('pam_unix(sshd:auth): authentication failure; logname= uid=0 eu', 'malformed', 'cut'),
  sshd('pam_unix(sshd:auth): check pass; user unknown', 'irrelevant'),
  sshd('PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root', [
    { kind: 'pam.auth.more', count: 5, source: '192.0.2.1' },
  ]),
  sshd('PAM service(sshd) ignoring max retries; 6 > 3', 'irrelevant'),
  {
    line: 'Feb 28 08:05:01 web-1 sshd(pam_unix)[24138]: authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root',
    is: [{ kind: 'pam.auth.failed', service: 'sshd', pid: 24138 }],
  },
  {
    line: 'Feb 28 08:05:01 web-1 sshd(pam_unix)[24138]: 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root',
    is: [{ kind: 'pam.auth.more', count: 2, service: 'sshd' }],
  },
  sshd('pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)', [
    { kind: 'ssh.session.opened', user: 'alice' },
  ]),
  sshd('pam_unix(sshd:session): session opened for user alice by (uid=0)', [
    { kind: 'ssh.session.opened', user: 'alice' },
  ]),
  sshd('pam_unix(sshd:session): session closed for user alice', [{ kind: 'ssh.session.closed', user: 'alice' }]),
]

/** Every shape of sshd's lines that is known, with documentation addresses. */
export const SSHD_SAMPLES: ParserSample[] = [...AUTHENTICATION, ...USERS, ...CLOSES, ...SCANS]
