import { FLAG } from '../../core/event.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { groupsOf, type TextEvent, textProgram } from '../support/text-program.ts'

/** Nothing stands behind the address, so a name before it cannot stand in for it. */
const LOGIN = /^(?:\[info\] luci: )?(?<result>accepted|failed) login on \S* for (?<user>.*) from (?<source>\S+)$/

function read(text: string): TextEvent {
  const { result, user, source } = groupsOf(LOGIN, text) ?? {}
  if (result === undefined) return undefined
  return result === 'accepted'
    ? { kind: 'panel.auth.accepted', user, source, service: 'luci', flags: FLAG.USER_KNOWN }
    : { kind: 'panel.auth.failed', user, source, service: 'luci' }
}

const at = 'Sat Feb 28 08:05:01 2026 daemon.info'

export default defineProgram({
  id: 'luci',
  title: 'LuCI (OpenWrt)',
  programs: ['luci', 'uhttpd'],
  parse: textProgram({ read, begins: ['accepted login on ', 'failed login on ', '[info] luci: '] }),
  samples: [
    {
      line: `${at} uhttpd[2345]: [info] luci: failed login on / for root from 192.0.2.1`,
      is: [{ kind: 'panel.auth.failed', user: 'root', source: '192.0.2.1', service: 'luci', pid: 2345 }],
    },
    {
      line: `${at} luci: failed login on /admin/status for root from 2001:db8::7`,
      is: [{ kind: 'panel.auth.failed', user: 'root', source: '2001:db8::7' }],
      note: 'older versions',
    },
    {
      line: `${at} uhttpd[2345]: [info] luci: accepted login on / for root from 192.0.2.1`,
      is: [{ kind: 'panel.auth.accepted', user: 'root', source: '192.0.2.1', user_known: true }],
    },
    {
      line: `${at} luci: failed login on / for x from 203.0.113.9 from 192.0.2.1`,
      is: [{ user: 'x from 203.0.113.9', source: '192.0.2.1' }],
    },
    { line: `${at} uhttpd[2345]: [info] luci: session closed`, is: 'irrelevant' },
    { line: `${at} uhttpd[2345]: path not found`, is: 'irrelevant' },
  ],
})
