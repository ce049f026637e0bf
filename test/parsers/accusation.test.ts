/** Whatever a client writes into a log, nobody but the client itself is ever accused by it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseText } from './support.ts'

const PEER = '192.0.2.1'
const BAIT = '203.0.113.9'

/** Texts of the client's: pieces of the very grammar that the parsers read, with another's address in them. */
const hostile = fc
  .array(
    fc.constantFrom(
      `from ${BAIT}`,
      ` from ${BAIT}`,
      ` port 22`,
      ` ssh2`,
      ` ssh2: `,
      `: `,
      ` [preauth]`,
      ` ${BAIT} port 22`,
      ` ${BAIT}`,
      'x',
      ' ',
      '  ',
      `'`,
      `"`,
      `' from ${BAIT}:22`,
      `RSA SHA256:abc`,
      ` ssh2: RSA SHA256:abc`,
      ` rhost=${BAIT}`,
      ` user=root`,
      ` not allowed because `,
      ` (serial 0) CA RSA SHA256:abc`,
      `[${BAIT}]`,
      ` (${BAIT})`,
      `, rip=${BAIT}, lip=1`,
      `>, `,
      `] FAIL LOGIN: Client "${BAIT}"`,
      ` on ${BAIT} port 22`,
      ` via ${BAIT}`,
      `: Connection from ${BAIT} port 1: `,
      `<${BAIT}:22>`,
      `)`,
      `\\n`,
      `'@'${BAIT}' (using password: YES)`,
      ` FATAL:  password authentication failed for user "x"`,
      ` FATAL:  no pg_hba.conf entry for host "${BAIT}", user "x"`,
      `,client=${BAIT}`,
      ` ${BAIT}(41234) `,
      `user=x,db=y,app=z`,
      `@`,
      ` failed for '${BAIT}:5060' - Wrong password`,
      ` from client ${BAIT}:1 ;`,
      `] from ip ${BAIT}`,
      `",RemoteAddress="IPV4/UDP/${BAIT}/5060"`,
      `] remote host [ipv4:${BAIT}:445]`,
      `] at [Sat, 28 Feb 2026 08:05:01 UTC] with [NTLMv2] status [NT_STATUS_WRONG_PASSWORD]`,
      ` via ssh`,
      ` ip=${BAIT}`,
      `, ipAddress=${BAIT}, error=x`,
      ` has been denied (IP: "${BAIT}").`,
      ` from ${BAIT} in session x (error: 0)`,
      `;oip=${BAIT};`,
      ` remote_addr=${BAIT} `,
      ` src=${BAIT}`,
      `|src=${BAIT}`,
      `\tsrc=${BAIT}`,
      ` ssh:notty ${BAIT} Sat Feb 28 08:05 - 08:05  (00:00)`,
      `> Rejected connection from ${BAIT}:1: Wrong certificate or password`,
      `\t`,
      `/${BAIT}:1 TLS Error: TLS handshake failed`,
      `Failed password for root from ${BAIT} port 22 ssh2`,
      `Too many authentication failures`,
      `: Change of username or service not allowed: (x,ssh-connection) -> (`,
      `,`,
      `]`,
    ),
    { maxLength: 7 },
  )
  .map(parts => parts.join(''))

const KEY = 'ED25519 SHA256:Yq0Zr1'

type Template = (a: string, b: string) => string
const SSHD: Record<string, Template> = {
  'failed password': user => `Failed password for invalid user ${user} from ${PEER} port 4242 ssh2`,
  'failed publickey': user => `Failed publickey for invalid user ${user} from ${PEER} port 4242 ssh2: ${KEY}`,
  'failed certificate': (user, id) =>
    `Failed publickey for invalid user ${user} from ${PEER} port 4242 ssh2: RSA-CERT SHA256:abc ID ${id} (serial 0) CA ${KEY}`,
  'failed hostbased': (user, other) =>
    `Failed hostbased for ${user} from ${PEER} port 4242 ssh2: ${KEY}, client user "${other.replaceAll('"', '')}", client host "x"`,
  repeated: user => `message repeated 3 times: [ Failed password for invalid user ${user} from ${PEER} port 4242 ssh2]`,
  'PAM error': user => `error: PAM: Authentication failure for illegal user ${user} from ${PEER}`,
  'PAM error via': user => `error: PAM: Authentication failure for illegal user ${user} from ${PEER} via 198.51.100.1`,
  'invalid user': user => `Invalid user ${user} from ${PEER} port 4242`,
  'invalid user, old': user => `Invalid user ${user} from ${PEER}`,
  'not allowed': user => `User ${user} from ${PEER} not allowed because not listed in AllowUsers`,
  exceeded: user =>
    `error: maximum authentication attempts exceeded for invalid user ${user} from ${PEER} port 4242 ssh2 [preauth]`,
  closed: user => `Connection closed by invalid user ${user} ${PEER} port 4242 [preauth]`,
  disconnected: user => `Disconnected from authenticating user ${user} ${PEER} port 4242 [preauth]`,
  'too many': user =>
    `Disconnecting invalid user ${user} ${PEER} port 4242: Too many authentication failures [preauth]`,
  'change of user': (user, other) =>
    `Disconnecting invalid user ${user} ${PEER} port 4242: Change of username or service not allowed: (${user},ssh-connection) -> (${other},ssh-connection) [preauth]`,
  'disconnect text': reason => `Received disconnect from ${PEER} port 4242:11: ${reason} [preauth]`,
  'bad protocol': banner => `Bad protocol version identification '${banner}' from ${PEER} port 4242`,
  'invalid banner': banner => `error: kex_exchange_identification: client sent invalid protocol identifier "${banner}"`,
  negotiate: offer =>
    `Unable to negotiate with ${PEER} port 4242: no matching cipher found. Their offer: ${offer} [preauth]`,
  dispatch: user =>
    `ssh_dispatch_run_fatal: Connection from invalid user ${user} ${PEER} port 4242: Broken pipe [preauth]`,
  'input request': user => `input_userauth_request: invalid user ${user} [preauth]`,
  pam: user =>
    `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${PEER}  user=${user}`,
  'pam, more': user =>
    `PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=${PEER}  user=${user}`,
}
const OTHERS: Record<string, Template> = {
  dropbear: user => `dropbear[1]: Bad password attempt for '${user}' from ${PEER}:4242`,
  'dropbear exit': user =>
    `dropbear[1]: Exit before auth from <${PEER}:4242>: (user '${user}', 2 fails): Exited normally`,
  'dropbear tries': user =>
    `dropbear[1]: Exit before auth (user '${user}', 2 fails): Max auth tries reached - user '${user}' from ${PEER}:4242`,
  vsftpd: user => `vsftpd[1]: [${user}] FAIL LOGIN: Client "${PEER}"`,
  'vsftpd pam': user =>
    `vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=${user} rhost=${PEER}`,
  'vsftpd pam, known': user =>
    `vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=${user} rhost=${PEER}  user=${user}`,
  proftpd: user =>
    `proftpd[1]: ftp (c.example[${PEER}]) - USER ${user}: no such user found from c.example [${PEER}] to 198.51.100.1:21`,
  'pure-ftpd': user => `pure-ftpd: (?@${PEER}) [WARNING] Authentication failed for user [${user}]`,
  dovecot: user =>
    `dovecot: imap-login: Disconnected (auth failed, 1 attempts): user=<${user}>, method=PLAIN, rip=${PEER}, lip=198.51.100.1, session=<a>`,
  postfix: reason => `postfix/smtpd[1]: warning: unknown[${PEER}]: SASL LOGIN authentication failed: ${reason}`,
  webmin: user => `webmin[1]: Non-existent login as ${user} from ${PEER}`,
  login: user => `login[1]: FAILED LOGIN 1 FROM ${PEER} FOR ${user}, Authentication failure`,
  'vsftpd, anonymous': password => `vsftpd[1]: [ftp] OK LOGIN: Client "${PEER}", anon password "${password}"`,
  'vsftpd, denied': user => `vsftpd[1]: [${user}] FTP response: Client "${PEER}", "530 Permission denied."`,
  'pure-ftpd, no brackets': user => `pure-ftpd: (?@${PEER}) [WARNING] Authentication failed for user ${user}`,
  exim: user =>
    `exim[1]: login authenticator failed for (helo) [${PEER}]:4242: 535 Incorrect authentication data (set_id=${user})`,
  'exim, out of turn': command =>
    `exim[1]: SMTP protocol error in "AUTH ${command}" H=(helo) [${PEER}]:4242 AUTH command used when not advertised`,
  cyrus: user => `cyrus/imap[1]: badlogin: c.example [${PEER}] plaintext ${user} SASL(-13): authentication failure`,
  'cyrus, the reason': reason => `imap[1]: badlogin: c.example [${PEER}] PLAIN [SASL(-13): ${reason}]`,
  uw: user => `imapd[1]: Login failed user=${user} auth=${user} host=c.example [${PEER}]`,
  sendmail: user =>
    `sendmail[1]: 41S851aB004711: AUTH failure (LOGIN): user not found (-20), user=${user}, relay=c.example [${PEER}]`,
  opensmtpd: command =>
    `smtpd[1]: 38dd06274cde1fd7 smtp event=failed-command address=${PEER} host=c.example command="AUTH ${command}" result="535 Authentication failed"`,
  'opensmtpd, accepted': user =>
    `smtpd[1]: 38dd06274cde1fd7 smtp event=authentication user=${user} address=${PEER} host=c.example result=ok`,
  wordpress: user => `wordpress(www.example)[1]: Authentication attempt for unknown user ${user} from ${PEER}`,
  phpmyadmin: user => `phpMyAdmin[1]: user denied: ${user} (mysql-denied) from ${PEER}`,
  'mysql in syslog': user =>
    `mysqld[1]: 2026-02-28  8:05:01 12 [Warning] Access denied for user '${user}'@'${PEER}' (using password: YES)`,
  'postgresql in syslog': user =>
    `postgres[1]: [3-1] ${user}@shop FATAL:  password authentication failed for user "${user}"`,
  'postgresql in syslog, address first': (user, db) =>
    `postgres[1]: [3-1] ${PEER}(41234) ${user}@${db} FATAL:  password authentication failed for user "${user}"`,
  'asterisk in syslog': user =>
    `asterisk[1]: NOTICE[88]: chan_sip.c:1 in x: Registration from '"${user}" <sip:${user}@x>' failed for '${PEER}:5060' - Wrong password`,
  'freeswitch in syslog': user => `freeswitch[1]: Can't find user [${user}@x] from ${PEER}`,
  'samba in syslog': (user, workstation) =>
    `smbd[1]: Auth: [SMB2,(null)] user [X]\\[${user}] at [Sat, 28 Feb 2026 08:05:01 UTC] with [NTLMv2] status [NT_STATUS_WRONG_PASSWORD] workstation [${workstation}] remote host [ipv4:${PEER}:41234] mapped to [X]\\[${user}]. local host [ipv4:198.51.100.1:445]`,
  xrdp: user => `xrdp-sesman[1]: [INFO ] AUTHFAIL: user=${user} ip=${PEER} time=1772265901`,
  pfsense: user => `php-fpm[1]: /index.php: webConfigurator authentication error for user '${user}' from: ${PEER}`,
  'roundcube in syslog': user =>
    `roundcube: <a1b2c3d4> IMAP Error: Login failed for ${user} against localhost from ${PEER}. AUTHENTICATE PLAIN: x`,
  routeros: user => `system,error,critical login failure for user ${user} from ${PEER} via ssh`,
  'routeros, with a colon': user => `system,error,critical: login failure for user ${user} from ${PEER} via ssh`,
  'cef in syslog': (user, agent) =>
    `CEF:0|Vendor|Gateway|1|100|Login failed|5|suser=${user} src=${PEER} requestClientApplication=${agent} outcome=failure`,
  unknown: text => `someapp[1]: ${text}`,
}

/** Lines with a stamp of their own. */
const BARE: Record<string, Template> = {
  mysql: user =>
    `2026-02-28T08:05:01.123456Z 12 [Note] [MY-010926] [Server] Access denied for user '${user}'@'${PEER}' (using password: YES)`,
  'postgresql, no address': (user, db) =>
    `2026-02-28 08:05:01.123 UTC [2020] ${user}@${db} FATAL:  password authentication failed for user "${user}"`,
  'postgresql, address last': (user, db) =>
    `2026-02-28 08:05:01 UTC [2020]: user=${user},db=${db},app=[unknown],client=${PEER} FATAL:  password authentication failed for user "${user}"`,
  'postgresql, address first': (user, db) =>
    `2026-02-28 08:05:01 UTC:${PEER}(41234):${user}@${db}:[2020]:FATAL:  password authentication failed for user "${user}"`,
  'postgresql, no entry': (user, db) =>
    `2026-02-28 08:05:01 UTC [2020] ${user}@${db} FATAL:  no pg_hba.conf entry for host "${PEER}", user "${user}", database "${db}", no encryption`,
  'mongodb of old': user =>
    `2026-02-28T08:05:01.123+0000 I ACCESS   [conn12] SCRAM-SHA-1 authentication failed for ${user} on admin from client ${PEER}:41234 ; UserNotFound: Could not find user ${user}@admin`,
  mongodb: user =>
    JSON.stringify({
      t: { $date: '2026-02-28T08:05:01.123+00:00' },
      c: 'ACCESS',
      msg: 'Authentication failed',
      attr: { principalName: user, remote: `${PEER}:41234` },
    }),
  gitlab: user =>
    JSON.stringify({ time: '2026-02-28T08:05:01Z', message: `Failed Login: username=${user} ip=${PEER}` }),
  asterisk: (user, call) =>
    `[2026-02-28 08:05:01] NOTICE[88]: res_pjsip/pjsip_distributor.c:676 log_failed_request: Request 'REGISTER' from '"${user}" <sip:${user}@x>' failed for '${PEER}:5060' (callid: ${call}) - No matching endpoint found`,
  'asterisk, security': user =>
    `[2026-02-28 08:05:01] SECURITY[88] res_security_log.c: SecurityEvent="InvalidPassword",AccountID="${user}",SessionID="1",LocalAddress="IPV4/UDP/198.51.100.1/5060",RemoteAddress="IPV4/UDP/${PEER}/5060",Challenge=""`,
  'asterisk, call': (user, extension) =>
    `[2026-02-28 08:05:01] NOTICE[88]: chan_sip.c:1 x: Call from '${user}' (${PEER}:5071) to extension '${extension}' rejected because extension not found in context 'public'.`,
  freeswitch: user =>
    `2026-02-28 08:05:01.123456 [WARNING] sofia_reg.c:1793 SIP auth failure (REGISTER) on sofia profile 'internal' for [${user}@x] from ip ${PEER}`,
  murmur: user =>
    `<W>2026-02-28 08:05:01.123 1 => <4:${user}(-1)> Rejected connection from ${PEER}:41234: Wrong certificate or password for existing user`,
  'home assistant': agent =>
    `2026-02-28 08:05:01.123 WARNING (MainThread) [homeassistant.components.http.ban] Login attempt or request with invalid authentication from ${PEER} (${PEER}). Requested URL: '/x'. (${agent})`,
  keycloak: (user, client) =>
    `2026-02-28 08:05:01,123 WARN  [org.keycloak.events] (executor-thread-1) type=LOGIN_ERROR, realmId=x, clientId=${client}, userId=null, ipAddress=${PEER}, error=user_not_found, username=${user}`,
  jellyfin: user =>
    `[2026-02-28 08:05:01.123 +00:00] [ERR] [12] Jellyfin.Server.UserManager: Authentication request for "${user}" has been denied (IP: "${PEER}").`,
  roundcube: user =>
    `[28-Feb-2026 08:05:01 +0000]: <a1b2c3d4> Failed login for ${user} from ${PEER} in session a1b2c3d4e5f6a7b8 (error: 0)`,
  zimbra: (user, agent) =>
    `2026-02-28 08:05:01,123 WARN  [qtp1-12] [name=${user};oip=${PEER};ua=${agent};soapId=1;] security - cmd=Auth; account=${user}; protocol=soap; error=authentication failed for [${user}], invalid password;`,
  samba: (user, workstation) =>
    `  Auth: [SMB2,(null)] user [X]\\[${user}] at [Sat, 28 Feb 2026 08:05:01 UTC] with [NTLMv2] status [NT_STATUS_WRONG_PASSWORD] workstation [${workstation}] remote host [ipv4:${PEER}:41234] mapped to [X]\\[${user}]. local host [ipv4:198.51.100.1:445]`,
  'openvpn, a name': user =>
    `2026-02-28 08:05:01 ${user.replaceAll(' ', '_')}/${PEER}:41234 TLS Auth Error: Auth Username/Password verification failed for peer`,
  grafana: (user, referrer) =>
    `logger=context t=2026-02-28T08:05:01Z level=info msg="Request Completed" uname=${JSON.stringify(user)} method=POST path=/login status=401 remote_addr=${PEER} referer=${JSON.stringify(referrer)}`,
  cef: (user, agent) =>
    `CEF:0|Vendor|Gateway|1|100|Login failed|5|rt=1772265901000 suser=${user} src=${PEER} requestClientApplication=${agent} outcome=failure`,
  leef: user => `LEEF:2.0|Vendor|Gateway|1|Login failed|^|devTime=2026-02-28T08:05:01Z^usrName=${user}^src=${PEER}`,
  lastb: user => `${user.slice(0, 32)} ssh:notty    ${PEER}        Sat Feb 28 08:05 - 08:05  (00:00)`,
  'lastb -F': user =>
    `${user.slice(0, 32)} ssh:notty    ${PEER}  Sat Feb 28 08:05:01 2026 - Sat Feb 28 08:05:01 2026  (00:00)`,
  'squid, the user': user =>
    `1772265901.123      1 ${PEER} TCP_DENIED/407 3916 CONNECT x:443 ${encodeURIComponent(user) || '-'} HIER_NONE/- text/html`,
  'squid, combined': (target, agent) =>
    `${PEER} - - [28/Feb/2026:08:05:01 +0000] "CONNECT ${encodeURIComponent(target)} HTTP/1.1" 403 3916 "-" "${agent.replaceAll('"', '%22')}" TCP_DENIED:HIER_NONE`,
  envoy: (forwarded, agent) =>
    `[2026-02-28T08:05:01.123Z] "GET / HTTP/1.1" 404 NR 0 57 2 - "${forwarded.replaceAll('"', '')}" "${agent.replaceAll('"', '')}" "5f3c" "www.example" "-"`,
  'envoy, forwarded by the client': () =>
    `[2026-02-28T08:05:01.123Z] "GET / HTTP/1.1" 404 NR 0 57 2 - "${BAIT}" "x" "5f3c" "www.example" "-"`,
  'parted by tabs': user => `Feb 28 08:05:01\tweb-1\tsshd[403]:\tInvalid user ${user} from ${PEER} port 4242`,
  'in columns': user => `2026-02-28T08:05:01Z\tweb-1\tsshd\t403\tInvalid user ${user} from ${PEER} port 4242`,
  'a clock of twelve hours': user =>
    `Feb 28, 2026 8:05:01 AM web-1 sshd[403]: Invalid user ${user} from ${PEER} port 4242`,
  'an application with a level': text => `2026-02-28 08:05:01 INFO ${text}`,
  'an application with a thread': text => `2026-02-28 08:05:01,123 [12] INFO app.Login: ${text}`,
  'an application in columns': text => `2026-02-28T08:05:01Z\tINFO\tlogin\t${text}`,
  'an application with a date': text => `02/28/2026 8:05:01 AM login failed for ${text}`,
  exim: user =>
    `2026-02-28 08:05:01 login authenticator failed for (helo) [${PEER}]: 535 Incorrect authentication data (set_id=${user})`,
  litespeed: user => `2026-02-28 08:05:01.353044 [INFO] [7] [${PEER}:4242-5#x] User '${user}' failed to authenticate.`,
  'litespeed console': user =>
    `2026-02-28 08:05:01.353044 [NOTICE] [7] [${PEER}:4242:HTTP2-4#x] [STDERR] [WebAdmin Console] Failed Login Attempt - username:${user} ip:${PEER} url:`,
  'nginx proxy manager': (agent, referrer) =>
    `[28/Feb/2026:08:05:01 +0000] - 404 404 - GET https x "/a" [Client ${PEER}] [Length 1] [Gzip -] [Sent-to y] "${agent.replaceAll('"', '\\x22')}" "${referrer.replaceAll('"', '\\x22')}"`,
  'nginx proxy manager, target': target =>
    `[28/Feb/2026:08:05:01 +0000] - 404 404 - GET https x "/${target.replaceAll('"', '\\x22')}" [Client ${PEER}] [Length 1] [Gzip -] [Sent-to y] "a" "b"`,
  vaultwarden: user =>
    `[2026-02-28 08:05:01.123][vaultwarden::api::identity][ERROR] Username or password is incorrect. Try again. IP: ${PEER}. Username: ${user}.`,
  gitea: user =>
    `2026/02/28 08:05:01 auth.go:230:SignInPost() [W] Failed authentication attempt for ${user} from ${PEER}:4242: user does not exist [uid: 0, name: ${user}]`,
  authelia: user =>
    `time="2026-02-28T08:05:01Z" level=error msg=${JSON.stringify(`Unsuccessful 1FA authentication attempt by user '${user}'`)} path=/api/firstfactor remote_ip=${PEER}`,
  nextcloud: user =>
    JSON.stringify({
      time: '2026-02-28T08:05:01+00:00',
      remoteAddr: PEER,
      message: `Login failed: ${user} (Remote IP: ${PEER})`,
    }),
  gin: target =>
    `[GIN] 2026/02/28 - 08:05:01 | 404 |      12.3µs |       ${PEER} | GET      ${JSON.stringify(`/${target}`)}`,
  rails: target => `Started GET "/${target.replaceAll(' ', '%20')}" for ${PEER} at 2026-02-28 08:05:01 +0000`,
  'openssh for windows': user => `4242 2026-02-28 08:05:01.123 Invalid user ${user} from ${PEER} port 4242`,
  'macos log': user =>
    `2026-02-28 08:05:01.123456-0800 0x1b2c     Info        0x0                  403    0    sshd: Invalid user ${user} from ${PEER} port 4242`,
  relayed: user => `2026-02-28T08:05:02Z Feb 28 08:05:01 web-1 sshd[4]: Invalid user ${user} from ${PEER} port 4242`,
  'a table': user =>
    `"2026-02-28T08:05:02Z","web-1","sshd[4]: Invalid user ${user.replaceAll('"', '""')} from ${PEER} port 4242"`,
  'a program behind a relay': text => `2026-02-28T08:05:02Z web-1 someapp[1]: ${text}`,
  coloured: user => `\u001b[32mFeb 28 08:05:01 web-1 sshd[4]: Invalid user ${user} from ${PEER} port 4242\u001b[0m`,
}

const inSyslog = (name: string, message: Template): [string, Template] => [
  name,
  (a, b) => `Feb 28 08:05:01 web-1 ${message(a, b)}`,
]
const templates: [string, Template][] = [
  ...Object.entries(SSHD).map(([name, message]) => inSyslog(name, (a, b) => `sshd[403]: ${message(a, b)}`)),
  ...Object.entries(OTHERS).map(([name, message]) => inSyslog(name, message)),
  ...Object.entries(BARE).map(([name, line]): [string, Template] => [`${name}, on its own`, line]),
]

describe.each(templates)('%s', (_name, template) => {
  it('accuses the peer or nobody', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        for (const { source } of parseText(`${template(a, b)}\n`)) {
          if (source !== undefined) expect(source).toBe(PEER)
        }
      }),
      { numRuns: 1500 },
    )
  })
})
