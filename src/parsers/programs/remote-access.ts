import { defineProgram } from '../../kit/define-parser.ts'
import { readOpenvpn, readVnc, readXrdp } from '../support/services/remote.ts'
import { textProgram } from '../support/text-program.ts'

/** xrdp's level. */
const HEAD = /^\[(?:INFO |WARN |ERROR|DEBUG|CORE |TRACE)\] ?/

const at = 'Feb 28 08:05:01 vpn-1 openvpn[77]:'

export default defineProgram({
  id: 'remote-access',
  title: 'OpenVPN, xrdp and VNC servers in syslog',
  programs: [
    'openvpn',
    // Debian names the daemon after its configuration.
    'ovpn-server',
    'ovpn-server-tcp',
    'ovpn-server-udp',
    'ovpn-tcp',
    'ovpn-udp',
    'openvpn-server',
    'xrdp',
    'xrdp-sesman',
    'x11vnc',
    'xvnc',
    'vncserver-x11',
    'vncserver-virtual',
  ],
  parse: textProgram({
    read: text => readOpenvpn(text) ?? readVnc(text) ?? readXrdp(text.replace(HEAD, '')),
  }),
  samples: [
    {
      line: `${at} 192.0.2.1:41234 TLS Auth Error: Auth Username/Password verification failed for peer`,
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', port: 41234, service: 'openvpn', method: 'password' }],
    },
    {
      line: `${at} 192.0.2.1:41234 TLS Error: TLS handshake failed`,
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', detail: 'TLS handshake failed' }],
    },
    {
      line: `${at} alice/192.0.2.1:41234 MULTI_sva: pool returned IPv4=10.8.0.6, IPv6=(Not enabled)`,
      is: [{ kind: 'panel.auth.accepted', source: '192.0.2.1', user: 'alice', user_known: true }],
    },
    {
      line: `${at} 203.0.113.9:1/192.0.2.1:41234 TLS Auth Error: Auth Username/Password verification failed for peer`,
      is: 'irrelevant',
      note: 'a name that looks like a client: nobody is accused',
    },
    {
      line: `${at} 192.0.2.1:41234 [alice] Peer Connection Initiated with [AF_INET]192.0.2.1:41234`,
      is: 'irrelevant',
      note: 'stands in attempts with a wrong password, too',
    },
    {
      line: 'Feb 28 08:05:01 web-1 xrdp-sesman[77]: [INFO ] AUTHFAIL: user=x ip=203.0.113.9 time=1 ip=::ffff:192.0.2.1 time=1772265901',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'xrdp-sesman' }],
    },
    { line: 'Feb 28 08:05:01 web-1 xrdp[77]: [INFO ] Socket 12: connection accepted', is: 'irrelevant' },
    {
      line: 'Feb 28 08:05:01 web-1 vncserver-x11[77]: Connections: authentication failed: 192.0.2.1::41234 (TCP)',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1' }],
    },
  ],
})
