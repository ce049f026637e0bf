import { defineFormat } from '../../kit/define-parser.ts'
import { parseSambaLine, parseServiceLine } from '../support/services/index.ts'

const SPACE = 32

export default defineFormat({
  id: 'service-logs',
  title:
    'Logins in the own logs of MySQL, MariaDB, PostgreSQL, MongoDB, Asterisk, FreeSWITCH, Murmur, OpenVPN, Samba, xrdp, VNC, RouterOS, Home Assistant, Keycloak, Jellyfin, Roundcube, Zimbra, GitLab and Bitwarden',
  family: 'system',
  startsWith: ' 0123456789[<adfjmnosFJMASONDTWF',
  open: () => (line, out) =>
    line.bytes[line.start] === SPACE ? parseSambaLine(line, out) : parseServiceLine(line, out),
  samples: [
    {
      line: "2026-02-28T08:05:01.123456Z 12 [Note] [MY-010926] [Server] Access denied for user 'root'@'192.0.2.1' (using password: YES)",
      is: [
        {
          kind: 'panel.auth.failed',
          source: '192.0.2.1',
          user: 'root',
          service: 'mysql',
          time: '2026-02-28T08:05:01.123Z',
        },
      ],
    },
    {
      line: "2026-02-28  8:05:01 12 [Warning] Access denied for user 'root'@'192.0.2.1' (using password: NO)",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'root', time: '2026-02-28T08:05:01Z' }],
      note: 'MariaDB',
    },
    {
      line: "2026-02-28  8:05:01 12 [Warning] Access denied for user 'x'@'203.0.113.9' (using password: YES)'@'192.0.2.1' (using password: YES)",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1' }],
      note: 'a user name cannot choose the address',
    },
    {
      line: '2026-02-28T08:05:01.123456Z 0 [System] [MY-010931] [Server] ready for connections.',
      is: 'irrelevant',
    },
    {
      line: '2026-02-28 08:05:01 UTC:192.0.2.1(41234):postgres@postgres:[2020]:FATAL:  password authentication failed for user "postgres"',
      is: [
        {
          kind: 'panel.auth.failed',
          source: '192.0.2.1',
          port: 41234,
          user: 'postgres',
          service: 'postgresql',
          time: '2026-02-28T08:05:01Z',
        },
      ],
      note: "Amazon's prefix",
    },
    {
      line: '2026-02-28 08:05:01 UTC [2020]: user=postgres,db=shop,app=[unknown],client=192.0.2.1 FATAL:  password authentication failed for user "postgres"',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'postgres' }],
    },
    {
      line: '2026-02-28 08:05:01.123 UTC [2020] FATAL:  no pg_hba.conf entry for host "192.0.2.1", user "postgres", database "postgres", no encryption',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'postgres' }],
    },
    {
      line: '2026-02-28 08:05:01.123 UTC [2020] postgres@shop FATAL:  password authentication failed for user "postgres"',
      is: [{ kind: 'panel.auth.failed', source: undefined, user: 'postgres' }],
      note: 'a prefix without the address',
    },
    {
      line: '2026-02-28 08:05:01.123 UTC [2020] 203.0.113.9 x@shop FATAL:  password authentication failed for user "203.0.113.9 x"',
      is: [{ kind: 'panel.auth.failed', source: undefined }],
      note: 'a name that looks like the address of another prefix',
    },
    {
      line: '2026-02-28 08:05:01.123 UTC [2020] u@x,client=203.0.113.9 FATAL:  password authentication failed for user "u"',
      is: [{ kind: 'panel.auth.failed', source: undefined }],
    },
    {
      line: '2026-02-28 08:05:01.123 UTC [2020] LOG:  checkpoint starting: time',
      is: 'irrelevant',
    },
    {
      line: '2026-02-28T08:05:01.123+0000 I ACCESS   [conn12] SCRAM-SHA-1 authentication failed for admin on admin from client 192.0.2.1:41234 ; UserNotFound: Could not find user admin@admin',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'admin', service: 'mongodb', port: 41234 }],
    },
    {
      line: `[2026-02-28 08:05:01] NOTICE[88]: chan_sip.c:28000 handle_request_register: Registration from '"100" <sip:100@198.51.100.1>' failed for '192.0.2.1:5060' - Wrong password`,
      is: [
        {
          kind: 'panel.auth.failed',
          source: '192.0.2.1',
          user: '100',
          service: 'asterisk',
          time: '2026-02-28T08:05:01Z',
        },
      ],
    },
    {
      line: "[Feb 28 08:05:01] NOTICE[88]: res_pjsip/pjsip_distributor.c:676 log_failed_request: Request 'REGISTER' from '<sip:100@198.51.100.1>' failed for '192.0.2.1:5060' (callid: x' failed for '203.0.113.9:5060' y) - No matching endpoint found",
      is: [{ kind: 'panel.auth.failed', source: undefined, user_known: false }],
      note: 'a call id that imitates the address: nobody is accused',
    },
    {
      line: '[2026-02-28 08:05:01] SECURITY[88] res_security_log.c: SecurityEvent="InvalidPassword",EventTV="2026-02-28T08:05:01.123+0000",Severity="Error",Service="PJSIP",EventVersion="2",AccountID="100",SessionID="0x7f",LocalAddress="IPV4/UDP/198.51.100.1/5060",RemoteAddress="IPV4/UDP/192.0.2.1/5060",Challenge=""',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: '100' }],
    },
    {
      line: '[2026-02-28 08:05:01] SECURITY[88] res_security_log.c: SecurityEvent="SuccessfulAuth",EventTV="2026-02-28T08:05:01.123+0000",Severity="Informational",Service="PJSIP",EventVersion="1",AccountID="101",SessionID="0x7f",LocalAddress="IPV4/UDP/198.51.100.1/5060",RemoteAddress="IPV4/UDP/192.0.2.1/5060",UsingPassword="1"',
      is: [{ kind: 'panel.auth.accepted', source: '192.0.2.1', user: '101' }],
    },
    {
      line: "[2026-02-28 08:05:01] NOTICE[88][C-0000001a]: chan_sip.c:26000 handle_request_invite: Call from '' (192.0.2.1:5071) to extension '900441234' rejected because extension not found in context 'public'.",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', detail: 'extension not found' }],
    },
    {
      line: `[2026-02-28 08:05:01] NOTICE[88] res_pjsip/pjsip_distributor.c: Request from '"100" <sip:100@198.51.100.1>' failed for '192.0.2.1:5678' (callid: 276666022) - No matching endpoint found`,
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: '100', user_known: false }],
      note: 'PJSIP of old',
    },
    {
      line: "[2026-02-28 08:05:01] NOTICE [88] manager.c: 192.0.2.1 failed to authenticate as 'admin'",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'admin' }],
    },
    {
      line: "[2026-02-28 08:05:01] NOTICE[88] manager.c: 192.0.2.1 tried to authenticate with nonexistent user '203.0.113.9 failed to authenticate as 'x'",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    {
      line: "[2026-02-28 08:05:01] NOTICE[88] chan_iax2.c: No registration for peer 'x' (from 203.0.113.9)' (from 192.0.2.1)",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user_known: false }],
      note: 'nor here',
    },
    {
      line: '[2026-02-28 08:05:01] WARNING[88][C-0000001d] Ext. s: "Rejecting unknown SIP connection from 192.0.2.1:52126"',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'asterisk' }],
    },
    {
      line: '2026-02-28T08:05:01.667Z: Failed Login: username=x ip=203.0.113.9 ip=192.0.2.1',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'gitlab' }],
      note: 'a name that imitates the end',
    },
    {
      line: '2026-02-28 08:05:01.008 +08:00 [WRN] Failed login attempt, 2FA invalid. 192.0.2.1',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'bitwarden' }],
    },
    {
      line: '[2026-02-28 08:05:01] VERBOSE[88] pbx.c: Executing Dial',
      is: 'irrelevant',
    },
    {
      line: "2026-02-28 08:05:01.123456 98.70% [WARNING] sofia_reg.c:1793 SIP auth failure (REGISTER) on sofia profile 'internal' for [x] from ip 203.0.113.9] from ip 192.0.2.1",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'freeswitch' }],
      note: 'a name that imitates the end',
    },
    {
      line: '<W>2026-02-28 08:05:01.123 1 => <4:bob(-1)> Rejected connection from 192.0.2.1:41234: Wrong certificate or password for existing user',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'bob', service: 'murmur' }],
    },
    {
      line: 'Sat Feb 28 08:05:01 2026 192.0.2.1:41234 TLS Error: TLS handshake failed',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'openvpn', time: '2026-02-28T08:05:01Z' }],
    },
    {
      line: '2026-02-28 08:05:01 192.0.2.1:41234 TLS Auth Error: Auth Username/Password verification failed for peer',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', method: 'password', port: 41234 }],
    },
    {
      line: '2026-02-28 08:05:01 alice/192.0.2.1:41234 MULTI_sva: pool returned IPv4=10.8.0.6, IPv6=(Not enabled)',
      is: [{ kind: 'panel.auth.accepted', source: '192.0.2.1', user: 'alice' }],
    },
    {
      line: '[20260228-08:05:01] [INFO ] AUTHFAIL: user=root ip=::ffff:192.0.2.1 time=1772265901',
      is: [
        { kind: 'panel.auth.failed', source: '192.0.2.1', user: 'root', service: 'xrdp', time: '2026-02-28T08:05:01Z' },
      ],
    },
    {
      line: '28/02/2026 08:05:01 authProcessClientMessage: authentication failed from 192.0.2.1',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'vnc', time: '2026-02-28T08:05:01Z' }],
      note: 'x11vnc',
    },
    {
      line: 'Feb 28 08:05:01 router system,error,critical login failure for user admin from 192.0.2.1 via ssh',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'admin', method: 'ssh', service: 'routeros' }],
    },
    {
      line: 'feb/28/2026 08:05:01 system,error,critical login failure for user x from 203.0.113.9 via ssh from 192.0.2.1 via winbox',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', time: '2026-02-28T08:05:01Z', method: 'winbox' }],
      note: 'a user name cannot choose the address',
    },
    {
      line: '2026-02-28 08:05:01 system,info,account user admin logged in from 192.0.2.1 via winbox',
      is: [{ kind: 'panel.auth.accepted', source: '192.0.2.1', user: 'admin' }],
    },
    {
      line: 'Feb 28 08:05:01 router system,error,critical: login failure for user admin from 192.0.2.1 via api',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: "2026-02-28 08:05:01.123 WARNING (MainThread) [homeassistant.components.http.ban] Login attempt or request with invalid authentication from host.example (192.0.2.1). Requested URL: '/auth/login_flow/x'. (x from y (203.0.113.9). )",
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', service: 'home-assistant' }],
    },
    {
      line: '2026-02-28 08:05:01,123 WARN  [org.keycloak.events] (executor-thread-1) type=LOGIN_ERROR, realmId=x, clientId=account, userId=null, ipAddress=192.0.2.1, error=user_not_found, auth_method=openid-connect, username=bob',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'bob', user_known: false, service: 'keycloak' }],
    },
    {
      line: '2026-02-28 08:05:01,123 WARN  [org.keycloak.events] (executor-thread-1) type=LOGIN_ERROR, realmId=x, clientId=y, ipAddress=203.0.113.9, userId=null, ipAddress=192.0.2.1, error=invalid_user_credentials, username=bob',
      is: [{ kind: 'panel.auth.failed', source: undefined }],
      note: 'what looks like one more field: nobody is accused',
    },
    {
      line: '[2026-02-28 08:05:01.123 +01:00] [ERR] [12] Jellyfin.Server.Implementations.Users.UserManager: Authentication request for "bob" has been denied (IP: "192.0.2.1").',
      is: [
        {
          kind: 'panel.auth.failed',
          source: '192.0.2.1',
          user: 'bob',
          service: 'jellyfin',
          time: '2026-02-28T07:05:01.123Z',
        },
      ],
    },
    {
      line: '[28-Feb-2026 08:05:01 +0100]: <a1b2c3d4> Failed login for bob from 192.0.2.1 in session a1b2c3d4e5f6a7b8 (error: 0)',
      is: [
        {
          kind: 'mail.auth.failed',
          source: '192.0.2.1',
          user: 'bob',
          service: 'roundcube',
          time: '2026-02-28T07:05:01Z',
        },
      ],
    },
    {
      line: '[28-Feb-2026 08:05:01 +0100]: <a1b2c3d4> Failed login for x from 203.0.113.9 in session a from 192.0.2.1 in session a1b2c3d4e5f6a7b8 (error: 0)',
      is: 'irrelevant',
      note: 'a name that imitates the end: nobody is accused',
    },
    {
      line: '2026-02-28 08:05:01,123 WARN  [qtp1-12:https://x/service/soap/AuthRequest] [name=bob@mail.example;oip=192.0.2.1;ua=zclient/1;soapId=1;] security - cmd=Auth; account=bob@mail.example; protocol=soap; error=authentication failed for [bob], invalid password;',
      is: [{ kind: 'mail.auth.failed', source: '192.0.2.1', user: 'bob@mail.example', service: 'zimbra' }],
    },
    {
      line: '[2026/02/28 08:05:01.123456,  2] ../../auth/auth_log.c:653(log_authentication_event_human_readable)',
      is: 'irrelevant',
    },
    {
      line: '  Auth: [SMB2,(null)] user [WORKGROUP]\\[root] at [Sat, 28 Feb 2026 08:05:01.123456 UTC] with [NTLMv2] status [NT_STATUS_WRONG_PASSWORD] workstation [PC] remote host [ipv4:192.0.2.1:41234] mapped to [WORKGROUP]\\[root]. local host [ipv4:198.51.100.1:445]',
      is: [
        {
          kind: 'panel.auth.failed',
          source: '192.0.2.1',
          user: 'root',
          service: 'smb',
          time: '2026-02-28T08:05:01.123Z',
        },
      ],
    },
    {
      line: '  Auth: [SMB2,(null)] user [X]\\[a] remote host [ipv4:203.0.113.9:1]] at [Sat, 28 Feb 2026 08:05:01.123456 UTC] with [NTLMv2] status [NT_STATUS_WRONG_PASSWORD] workstation [PC] remote host [ipv4:192.0.2.1:41234] mapped to [X]\\[a]. local host [ipv4:198.51.100.1:445]',
      is: [{ kind: 'panel.auth.failed', source: undefined }],
      note: 'a name that looks like more of the line',
    },
    {
      line: '2026-02-28 08:05:01 [2020] no such user: FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "x"',
      is: 'unknown',
      note: 'an application speaks of what its user typed',
    },
    {
      line: '2026-02-28 08:05:01 app started: FATAL:  no pg_hba.conf entry for host "203.0.113.9", user "x"',
      is: 'unknown',
      note: 'no PostgreSQL line: it names no process',
    },
  ],
})
