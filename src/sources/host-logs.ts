/** Where a host keeps its logs. */
import { constants } from 'node:fs'
import { access, glob, open, readdir, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Problem } from '../core/errors.ts'
import { pathProblem } from './problems.ts'

export interface HostLogs {
  /** Folder of the systemd journal, where there is one that can be read. */
  journal?: string
  /** Logs of logins; the journal has the same lines where there is one. */
  system: string[]
  web: string[]
  /** What is there and may not be read. */
  problems: Problem[]
}

const JOURNALS = ['/var/log/journal', '/run/log/journal']
/** The first of a line that a host has: syslog holds again what auth.log has. */
const SYSTEM: readonly (readonly string[])[] = [
  ['/var/log/auth.log', '/var/log/secure', '/var/log/authlog', '/var/log/syslog', '/var/log/messages'],
  ['/var/log/vsftpd.log'],
  ['/var/log/proftpd/proftpd.log'],
  ['/var/log/mail.log', '/var/log/maillog'],
]
const WEB = [
  '/var/log/nginx/*access*log',
  '/var/log/nginx/*error*log',
  '/var/log/apache2/*access*log',
  '/var/log/apache2/*error*log',
  '/var/log/httpd/*access*log',
  '/var/log/httpd/*error*log',
  '/var/log/caddy/*.log',
  '/var/log/traefik/*.log',
  '/var/log/haproxy.log',
  '/var/log/lighttpd/*.log',
]

/** Finds the logs of the host whose file system is at `root`. Throws nothing. */
export async function hostLogs(root = '/', search = process.env.PATH ?? ''): Promise<HostLogs> {
  const logs: HostLogs = { system: [], web: [], problems: [] }
  const journal = await findJournal(root, search, logs.problems)
  if (journal !== undefined) logs.journal = journal
  for (const choices of SYSTEM) {
    for (const choice of choices) {
      if (!(await addReadable(join(root, choice), logs.system, logs.problems))) continue
      break
    }
  }
  for (const pattern of WEB) {
    const matches: string[] = []
    for await (const match of glob(join(root, pattern))) matches.push(match)
    for (const match of matches.sort()) await addReadable(match, logs.web, logs.problems)
  }
  return logs
}

/** Adds a file that has something in it and can be read; true where it exists, readable or not. */
async function addReadable(path: string, paths: string[], problems: Problem[]): Promise<boolean> {
  const info = await stat(path).catch(() => undefined)
  if (info?.isFile() !== true) return false
  if (info.size === 0) return false
  try {
    await (await open(path)).close()
    paths.push(path)
  } catch (cause) {
    problems.push(pathProblem(path, cause))
  }
  return true
}

async function findJournal(root: string, search: string, problems: Problem[]): Promise<string | undefined> {
  if (!(await hasProgram('journalctl', search))) return undefined
  for (const place of JOURNALS) {
    const folder = join(root, place)
    const machines = await readdir(folder).catch(() => [])
    for (const machine of machines) {
      const path = join(folder, machine)
      const files = await readdir(path).catch((cause: unknown) => {
        problems.push(pathProblem(path, cause))
        return []
      })
      const system = files.find(name => name.startsWith('system') && name.endsWith('.journal'))
      if (system === undefined) continue
      try {
        await (await open(join(path, system))).close()
        return folder
      } catch (cause) {
        problems.push(pathProblem(join(path, system), cause))
      }
    }
  }
  return undefined
}

async function hasProgram(name: string, search: string): Promise<boolean> {
  for (const folder of search.split(delimiter)) {
    if (folder === '') continue
    const found = await access(join(folder, name), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}
