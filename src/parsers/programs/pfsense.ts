import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** The address ends the message, but for where a user was found; a name before it cannot stand in for it. */
const LOGIN =
  /^\/[\w./-]{1,100}: (?:(?:webConfigurator|Web GUI) authentication error for (?:user )?'(?<failed>.*)' from:? (?<source>[\da-fA-F.:]{3,45})|(?:webConfigurator )?Successful login for (?:user )?'(?<accepted>.*)' from:? (?<from>[\da-fA-F.:]{3,45})(?: \([\w ]{1,40}\))?)\s*$/s

function read(text: string): TextEvent {
  const { failed, source, accepted, from } = groupsOf(LOGIN, text) ?? {}
  if (source !== undefined) return { kind: 'panel.auth.failed', user: failed, source, service: 'webConfigurator' }
  return from === undefined
    ? undefined
    : { kind: 'panel.auth.accepted', user: accepted, source: from, service: 'webConfigurator', flags: FLAG.USER_KNOWN }
}

const at = 'Feb 28 08:05:01 fw-1 php-fpm[77]:'

export default defineProgram({
  id: 'pfsense',
  title: 'The web interfaces of pfSense and OPNsense',
  programs: ['php-fpm', 'php', 'audit', 'configd.py', 'filterlog', 'check_reload_status'],
  parse: textProgram({ read, begins: ['/'] }),
  samples: [
    {
      line: `${at} /index.php: webConfigurator authentication error for user 'admin' from: 192.0.2.1`,
      is: [{ kind: 'panel.auth.failed', user: 'admin', source: '192.0.2.1', service: 'webConfigurator' }],
    },
    {
      line: "Feb 28 08:05:01 fw-1 audit[77]: /index.php: Web GUI authentication error for 'x' from 203.0.113.9' from 192.0.2.1",
      is: [{ kind: 'panel.auth.failed', user: "x' from 203.0.113.9", source: '192.0.2.1' }],
      note: 'OPNsense',
    },
    {
      line: `${at} /index.php: Successful login for user 'admin' from: 192.0.2.1 (Local Database)`,
      is: [{ kind: 'panel.auth.accepted', user: 'admin', source: '192.0.2.1', user_known: true }],
    },
    {
      line: 'Feb 28 08:05:01 fw-1 filterlog[77]: 5,,,1000000103,igb0,match,block,in,4,0x0,,240,54321,0,none,6,tcp,40,192.0.2.1,198.51.100.1,41234,22,0,S,123,,1024,,',
      is: 'irrelevant',
      note: 'what the firewall shut out',
    },
    { line: `${at} /rc.start_packages: Restarting/Starting all packages.`, is: 'irrelevant' },
  ],
})
