import type { ParserSample } from '../../../kit/define-parser.ts'
import { sshd } from './sample.ts'

/** Connections that ended before a login. */
export const CLOSES: ParserSample[] = [
  sshd('Connection closed by authenticating user root 192.0.2.1 port 54358 [preauth]', [
    { kind: 'ssh.preauth.closed', user: 'root', user_known: true, source: '192.0.2.1', port: 54358 },
  ]),
  sshd('Connection closed by invalid user admin 192.0.2.1 port 54358 [preauth]', [
    { user: 'admin', user_known: false, source: '192.0.2.1' },
  ]),
  sshd(
    'Connection closed by invalid user  192.0.2.1 port 54358 [preauth]',
    [{ user: '', source: '192.0.2.1' }],
    'the empty user',
  ),
  sshd('Connection closed by authenticating user x 203.0.113.9 port 22 192.0.2.1 port 54358 [preauth]', [
    { user: 'x 203.0.113.9 port 22', source: '192.0.2.1' },
  ]),
  sshd('Connection closed by 192.0.2.1 port 54358 [preauth]', [
    { kind: 'ssh.preauth.closed', user: undefined, source: '192.0.2.1' },
  ]),
  sshd('Connection closed by 192.0.2.1 [preauth]', [{ source: '192.0.2.1' }]),
  sshd(
    'Connection closed by 192.0.2.1 port 54358',
    [{ kind: 'ssh.connection.closed', source: '192.0.2.1', port: 54358 }],
    'a scan, or somebody who had logged in',
  ),
  sshd('Connection reset by authenticating user root 192.0.2.1 port 54358 [preauth]', [
    { kind: 'ssh.preauth.closed', user: 'root' },
  ]),
  sshd('Connection reset by 192.0.2.1 port 54358 [preauth]', [{ kind: 'ssh.preauth.closed', source: '192.0.2.1' }]),
  sshd('Disconnected from authenticating user root 192.0.2.1 port 54358 [preauth]', [
    { kind: 'ssh.preauth.closed', user: 'root' },
  ]),
  sshd('Disconnected from invalid user admin 192.0.2.1 port 54358 [preauth]', [{ user: 'admin' }]),
  sshd('Disconnected from 192.0.2.1 port 54358 [preauth]', [{ source: '192.0.2.1' }]),
  sshd('Disconnected from user alice 192.0.2.1 port 54358', 'irrelevant', 'had logged in'),
  sshd('Disconnected from 192.0.2.1 port 54358', 'irrelevant'),
  sshd('Connection from authenticating user root 192.0.2.1 port 54358 timed out [preauth]', [
    { kind: 'ssh.preauth.closed', user: 'root', source: '192.0.2.1' },
  ]),
  sshd('Received disconnect from 192.0.2.1 port 48571:11:  [preauth]', [
    { kind: 'ssh.preauth.closed', source: '192.0.2.1', port: 48571, detail: '' },
  ]),
  sshd('Received disconnect from 192.0.2.1 port 48571:11: Bye Bye [preauth]', [{ detail: 'Bye Bye' }]),
  sshd('Received disconnect from 192.0.2.1: 11: Bye Bye [preauth]', [
    { source: '192.0.2.1', detail: 'Bye Bye', port: undefined },
  ]),
  sshd('Received disconnect from 2001:db8::7: 11: Bye Bye [preauth]', [{ source: '2001:db8::7' }]),
  sshd('error: Received disconnect from 192.0.2.1 port 7736:3: com.jcraft.jsch.JSchException: Auth fail [preauth]', [
    { kind: 'ssh.preauth.closed', detail: 'com.jcraft.jsch.JSchException: Auth fail' },
  ]),
  sshd(
    'Received disconnect from 192.0.2.1: 3: com.jcraft.jsch.JSchException: Auth fail',
    [{ kind: 'ssh.preauth.closed' }],
    'before 5.9 nothing was marked',
  ),
  sshd('error: Received disconnect from 192.0.2.1: 14: No supported authentication methods available [preauth]', [
    { kind: 'ssh.preauth.closed' },
  ]),
  sshd('Received disconnect from 192.0.2.1 port 48571:11: disconnected by user', 'irrelevant'),
  sshd('error: maximum authentication attempts exceeded for root from 192.0.2.1 port 49940 ssh2 [preauth]', [
    {
      kind: 'ssh.preauth.closed',
      user: 'root',
      source: '192.0.2.1',
      detail: 'maximum authentication attempts exceeded',
    },
  ]),
  sshd(
    'error: maximum authentication attempts exceeded for invalid user admin from 192.0.2.1 port 49940 ssh2 [preauth]',
    [{ user: 'admin', user_known: false }],
  ),
  sshd('Disconnecting: Too many authentication failures for root [preauth]', [
    { kind: 'ssh.preauth.closed', user: 'root', source: undefined },
  ]),
  sshd('Disconnecting: Too many authentication failures [preauth]', [
    { kind: 'ssh.preauth.closed', source: undefined },
  ]),
  sshd('Disconnecting authenticating user root 192.0.2.1 port 4242: Too many authentication failures [preauth]', [
    { user: 'root', source: '192.0.2.1', detail: 'Too many authentication failures' },
  ]),
  sshd(
    'Disconnecting invalid user x 203.0.113.9 port 1: y 192.0.2.1 port 4242: Too many authentication failures [preauth]',
    [{ source: '192.0.2.1' }],
  ),
  sshd(
    'Disconnecting invalid user admin 192.0.2.1 port 4242: Change of username or service not allowed: (admin,ssh-connection) -> (root,ssh-connection) [preauth]',
    [{ user: 'admin', source: '192.0.2.1' }],
  ),
  sshd(
    'Disconnecting invalid user admin 192.0.2.1 port 4242: Change of username or service not allowed: (admin,ssh-connection) -> (x 203.0.113.9 port 1: ,y) [preauth]',
    [{ user: 'admin', source: '192.0.2.1' }],
    'a name behind the address',
  ),
  sshd('Disconnecting: bad client public DH value [preauth]', 'irrelevant', 'names no source'),
]

/** Peers that never got as far, and lines that accuse nobody. */
export const SCANS: ParserSample[] = [
  sshd('Did not receive identification string from 192.0.2.1 port 35836', [
    { kind: 'ssh.scan', source: '192.0.2.1', port: 35836, detail: 'no identification string' },
  ]),
  sshd('Did not receive identification string from 192.0.2.1', [{ kind: 'ssh.scan', source: '192.0.2.1' }]),
  sshd('Did not receive identification string from UNKNOWN', 'irrelevant'),
  sshd("Bad protocol version identification 'GET / HTTP/1.1' from 192.0.2.1 port 31778", [
    { kind: 'ssh.scan', source: '192.0.2.1', detail: 'bad protocol version' },
  ]),
  sshd("Bad protocol version identification 'x' from 203.0.113.9' from 192.0.2.1 port 31778", [
    { kind: 'ssh.scan', source: '192.0.2.1' },
  ]),
  sshd('banner exchange: Connection from 192.0.2.1 port 1: invalid format', [
    { kind: 'ssh.scan', source: '192.0.2.1', port: 1, detail: 'banner exchange' },
  ]),
  sshd('error: kex_exchange_identification: Connection closed by remote host', [
    { kind: 'ssh.scan', source: undefined, detail: 'banner exchange' },
  ]),
  sshd(
    'error: kex_exchange_identification: client sent invalid protocol identifier "MGLNDD_198.51.100.1_22"',
    [{ kind: 'ssh.scan', source: undefined }],
    "the server's own address",
  ),
  sshd(
    'Unable to negotiate with 192.0.2.1 port 55419: no matching key exchange method found. Their offer: x from 203.0.113.9 [preauth]',
    [{ kind: 'ssh.scan', source: '192.0.2.1', port: 55419, detail: 'no matching key exchange method found' }],
  ),
  sshd('fatal: Unable to negotiate with 192.0.2.1: no matching cipher found. Their offer: 3des-cbc [preauth]', [
    { kind: 'ssh.scan', source: '192.0.2.1' },
  ]),
  sshd('fatal: Unable to negotiate a key exchange method [preauth]', [{ kind: 'ssh.scan', source: undefined }]),
  sshd('fatal: no matching mac found: client hmac-x,hmac-y server hmac-z [preauth]', [
    { kind: 'ssh.scan', source: undefined, detail: 'key exchange' },
  ]),
  sshd('Bad packet length 1349676916. [preauth]', [{ kind: 'ssh.scan', source: undefined, detail: 'packet corrupt' }]),
  sshd('Bad packet length 1349676916.', 'irrelevant', 'may be somebody who had logged in'),
  sshd('error: Protocol major versions differ: 2 vs. 1', [{ kind: 'ssh.scan', source: undefined }]),
  sshd('Protocol major versions differ for 192.0.2.1 port 4242: SSH-2.0-OpenSSH_7.4 vs. SSH-9.9-x', [
    { kind: 'ssh.scan', source: '192.0.2.1', port: 4242, detail: 'bad protocol version' },
  ]),
  sshd("scanned from 192.0.2.1 with SSH-1.0-SSH_Version_Mapper.  Don't panic.", [
    { kind: 'ssh.scan', source: '192.0.2.1', detail: 'bad protocol version' },
  ]),
  sshd('Could not write ident string to 192.0.2.1 port 4242', [{ kind: 'ssh.scan', source: '192.0.2.1', port: 4242 }]),
  sshd('fatal: Read from socket failed: Connection reset by peer [preauth]', [
    { kind: 'ssh.preauth.closed', source: undefined },
  ]),
  sshd('ssh_dispatch_run_fatal: Connection from 192.0.2.1 port 54392: Broken pipe [preauth]', [
    { kind: 'ssh.scan', source: '192.0.2.1' },
  ]),
  sshd(
    'fatal: ssh_dispatch_run_fatal: Connection from authenticating user root 192.0.2.1 port 54392: message authentication code incorrect [preauth]',
    [{ kind: 'ssh.scan', source: '192.0.2.1', user: 'root' }],
  ),
  sshd(
    'ssh_dispatch_run_fatal: Connection from user alice 192.0.2.1 port 54392: Broken pipe',
    'irrelevant',
    'had logged in',
  ),
  sshd('fatal: Timeout before authentication for 192.0.2.1 port 4242', [
    { kind: 'ssh.scan', source: '192.0.2.1', detail: 'timeout before authentication' },
  ]),
  sshd(
    'Timeout before authentication for connection from 192.0.2.1 to 198.51.100.1, pid = 77',
    [{ kind: 'ssh.scan', source: '192.0.2.1' }],
    '9.8 and later',
  ),
  sshd('drop connection #10 from [192.0.2.1]:4242 on [198.51.100.1]:22 past MaxStartups', [
    { kind: 'ssh.scan', source: '192.0.2.1', port: 4242, detail: 'past MaxStartups' },
  ]),
  sshd('drop connection #0 from [2001:db8::7]:4242 on [2001:db8::1]:22 penalty: failed authentication', [
    { kind: 'ssh.scan', source: '2001:db8::7', detail: 'penalty: failed authentication' },
  ]),
  sshd(
    'srclimit_penalise: ipv4: new 192.0.2.1/32 deferred penalty of 1 seconds for penalty: connections without attempting authentication',
    [{ kind: 'ssh.scan', source: '192.0.2.1', detail: 'penalty' }],
  ),
  sshd(
    'srclimit_penalise: ipv4: new 192.0.2.0/24 active penalty of 30 seconds for penalty: failed authentication',
    'irrelevant',
    'a network is no peer',
  ),
  sshd('refused connect from client.example (::ffff:192.0.2.1)', [
    { kind: 'ssh.scan', source: '192.0.2.1', detail: 'refused connect' },
  ]),
  sshd('refused connect from _abc=_@::ffff:192.0.2.1 (::ffff:192.0.2.1)', [{ kind: 'ssh.scan', source: '192.0.2.1' }]),
  sshd('refused connect from 192.0.2.1', [{ kind: 'ssh.scan', source: '192.0.2.1' }]),
  sshd(
    'reverse mapping checking getaddrinfo for 192-0-2-1.example [192.0.2.1] failed - POSSIBLE BREAK-IN ATTEMPT!',
    'irrelevant',
  ),
  sshd(
    'Address 192.0.2.1 maps to client.example, but this does not map back to the address - POSSIBLE BREAK-IN ATTEMPT!',
    'irrelevant',
  ),
  sshd('Connection from 192.0.2.1 port 4242 on 198.51.100.1 port 22', [
    { kind: 'ssh.connection', source: '192.0.2.1', port: 4242 },
  ]),
  sshd('Connection from 192.0.2.1 port 4242 on 198.51.100.1 port 22 rdomain ""', [{ kind: 'ssh.connection' }]),
  sshd(
    'SSH: Server;Ltype: Version;Remote: 192.0.2.1-4242;Protocol: 2.0;Client: x;Remote: 203.0.113.9-1;',
    [{ kind: 'ssh.connection', source: '192.0.2.1', port: 4242 }],
    'the HPN patches',
  ),
  sshd('Server listening on 0.0.0.0 port 22.', 'irrelevant'),
  sshd('Read error from remote host 192.0.2.1: Connection reset by peer', 'irrelevant'),
  {
    line: '2026-02-21T03:37:31Z web-1 sshd-session[614]: Invalid user admin from 192.0.2.1 port 4242',
    is: [{ kind: 'ssh.user.invalid', service: 'sshd-session' }],
    note: '9.8 and later',
  },
  {
    line: '2026-02-21T03:37:31Z web-1 sshd-auth[614]: Connection closed by invalid user admin 192.0.2.1 port 4242 [preauth]',
    is: [{ kind: 'ssh.preauth.closed' }],
    note: '10.0 and later',
  },
  {
    line: 'Feb 28 08:05:01 web-1 evil-sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
    is: 'unknown',
    note: 'another program',
  },
]
