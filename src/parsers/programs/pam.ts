import { defineProgram } from '../../kit/define-parser.ts'
import { parseUnknownProgram } from '../support/pam.ts'

export default defineProgram({
  id: 'pam',
  title: 'PAM modules, under any program',
  programs: ['pam', 'unix_chkpwd'],
  parse: parseUnknownProgram,
  samples: [
    {
      line: 'Feb 28 08:05:01 web-1 someservice[77]: pam_unix(someservice:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=192.0.2.7  user=alice',
      is: [
        {
          kind: 'pam.auth.failed',
          source: '192.0.2.7',
          user: 'alice',
          user_known: true,
          service: 'someservice',
          pid: 77,
        },
      ],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[404]: PAM 5 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=root',
      is: [{ kind: 'pam.auth.more', source: '192.0.2.7', user: 'root', count: 5, service: 'sshd' }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[404]: PAM 1 more authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7 ',
      is: [{ kind: 'pam.auth.more', source: '192.0.2.7' }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 ftpd: (pam_unix) authentication failure; logname= uid=0 euid=0 tty=ftp ruser=mallory rhost=client.example.net ',
      is: [{ kind: 'pam.auth.failed', source: 'client.example.net', user: 'mallory', service: 'ftpd' }],
      note: 'the module of old, a host name, the user in ruser',
    },
    {
      line: 'Feb 28 08:05:01 web-1 pop3(pam_unix)[4920]: authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=192.0.2.7 user=bob',
      is: [{ kind: 'pam.auth.failed', source: '192.0.2.7', user: 'bob', service: 'pop3', pid: 4920 }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[404]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7  user=x rhost=203.0.113.9',
      is: [{ kind: 'pam.auth.failed', source: '192.0.2.7' }],
      note: 'a user name cannot choose the address',
    },
    {
      line: 'Feb 28 08:05:01 web-1 xyz[404]: pam_sss(xyz:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x rhost=203.0.113.9 rhost=192.0.2.7 user=y',
      is: [{ kind: 'pam.auth.failed', source: '192.0.2.7' }],
      note: 'what follows a host is a user or nothing: the first place cannot be it',
    },
    {
      line: 'Feb 28 08:05:01 web-1 xyz[404]: pam_unix(auth): authentication failure; logname= uid=0 euid=0 tty=abc ruser= rhost=192.0.2.7 user=x rhost=203.0.113.9',
      is: [{ kind: 'pam.auth.failed', source: '192.0.2.7', user: 'x rhost=203.0.113.9' }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 xyz[404]: pam_sss(xyz:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x rhost=203.0.113.9 user=y rhost=192.0.2.7',
      is: [{ kind: 'pam.auth.failed', source: undefined }],
      note: 'two places for the address: none is taken',
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[404]: pam_krb5(sshd:auth): authentication failure; logname=alice uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.7',
      is: [{ kind: 'pam.auth.failed', source: '192.0.2.7', user: 'alice' }],
      note: 'some modules name the user as who logged in',
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[404]: pam_ldap(sshd:auth): Authentication failure; user=alice',
      is: 'irrelevant',
    },
    { line: 'Feb 28 08:05:01 web-1 xyz[404]: pam_unix(xyz:auth): check pass; user unknown', is: 'irrelevant' },
    {
      line: 'Feb 28 08:05:01 web-1 xyz[404]: pam_unix(xyz:session): session opened for user alice(uid=1000) by (uid=0)',
      is: 'irrelevant',
    },
  ],
})
