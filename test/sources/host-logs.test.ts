import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostLogs } from '../../src/sources/host-logs.ts'
import { asNobody } from '../support/unprivileged.ts'
import { makeFolder } from './folder.ts'

function makeHost(files: Record<string, string>): string {
  const root = makeFolder()
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

describe('where a host keeps its logs', () => {
  it('Debian: auth.log, not syslog again, and the web servers', async () => {
    const root = makeHost({
      '/var/log/auth.log': 'x\n',
      '/var/log/syslog': 'x\n',
      '/var/log/nginx/access.log': 'x\n',
      '/var/log/nginx/shop.access.log': 'x\n',
      '/var/log/nginx/error.log': 'x\n',
      '/var/log/nginx/access.log.1': 'x\n',
      '/var/log/apache2/access.log': '',
    })
    const logs = await hostLogs(root, '')
    expect(logs).toEqual({
      system: [join(root, '/var/log/auth.log')],
      web: ['access.log', 'shop.access.log', 'error.log'].map(name => join(root, '/var/log/nginx', name)),
      problems: [],
    })
  })
  it('RHEL: secure and httpd', async () => {
    const root = makeHost({
      '/var/log/secure': 'x\n',
      '/var/log/messages': 'x\n',
      '/var/log/httpd/access_log': 'x\n',
      '/var/log/httpd/ssl_error_log': 'x\n',
    })
    const logs = await hostLogs(root, '')
    expect(logs.system).toEqual([join(root, '/var/log/secure')])
    expect(logs.web).toEqual([join(root, '/var/log/httpd/access_log'), join(root, '/var/log/httpd/ssl_error_log')])
  })
  it('the journal first, where journalctl is there to read it', async () => {
    const root = makeHost({ '/var/log/journal/0123/system.journal': 'x', '/bin/journalctl': '' })
    chmodSync(join(root, '/bin/journalctl'), 0o755)
    expect((await hostLogs(root, join(root, 'bin'))).journal).toBe(join(root, '/var/log/journal'))
    expect((await hostLogs(root, '')).journal).toBeUndefined()
  })
  it('says what may not be read', async () => {
    const root = makeHost({ '/var/log/auth.log': 'x\n' })
    chmodSync(join(root, '/var/log/auth.log'), 0)
    chmodSync(root, 0o755)
    const { system, problems } = await asNobody(() => hostLogs(root, ''))
    expect(system).toEqual([])
    expect(problems.map(problem => problem.message)).toEqual([`${join(root, '/var/log/auth.log')} may not be read`])
  })
  it('a host without logs has none', async () => {
    expect(await hostLogs(makeFolder(), '')).toEqual({ system: [], web: [], problems: [] })
  })
})
