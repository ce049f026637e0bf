import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type PamSession, type TextEvent, textProgram } from '../support/text-program.ts'

const FAILED = /^(?:cockpit-session: )?(?:user )?(?<user>\S+): (?:authentication failed|user login failed)/i

function read(text: string): TextEvent {
  const found = groupsOf(FAILED, text)
  return found === undefined ? undefined : { kind: 'panel.auth.failed', user: found.user }
}

const opened = ({ service, user }: PamSession): TextEvent =>
  service === 'cockpit' ? { kind: 'panel.auth.accepted', user } : undefined

const at = (program: string): string => `Feb 28 08:05:01 web-1 ${program}[3301]:`

export default defineProgram({
  id: 'cockpit',
  title: 'Cockpit',
  programs: ['cockpit-session', 'cockpit-ws', 'cockpit-tls', 'cockpit-bridge', 'cockpit'],
  parse: textProgram({ read, opened }),
  samples: [
    {
      line: `${at('cockpit-session')} pam_unix(cockpit:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=::ffff:192.0.2.1  user=admin`,
      is: [{ kind: 'pam.auth.failed', service: 'cockpit', user: 'admin', source: '192.0.2.1' }],
    },
    {
      line: `${at('cockpit-session')} pam_unix(cockpit:session): session opened for user alice(uid=1000) by (uid=0)`,
      is: [{ kind: 'panel.auth.accepted', user: 'alice', service: 'cockpit-session' }],
    },
    {
      line: `${at('cockpit-ws')} cockpit-session: alice: authentication failed`,
      is: [{ kind: 'panel.auth.failed', user: 'alice' }],
    },
    { line: `${at('cockpit-ws')} logged in user session`, is: 'irrelevant' },
  ],
})
