/** What the kernel's and the system's files tell of a host's surroundings (proc(5), resolv.conf(5), logind). */
import { readFileSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { formatAddress, isV4, parseAddress, type Words } from '../../core/ip.ts'

/** Files of /proc that are read at all are read up to here: a busy server has many sockets. */
const MOST_LINES = 200_000
const ESTABLISHED = '01'
/** A session's process after the login: `sshd: ana@pts/0`, `sshd-session: ana@notty`. Before it there is no `@`. */
const SESSION = /^(?:sshd|sshd-session): [^@\0]+@/

async function linesOf(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).split('\n', MOST_LINES)
  } catch {
    // Not there, or not ours to read: then it tells nothing.
    return []
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch {
    return []
  }
}

const byteSwapped = (hex: string): number => {
  const value = Number.parseInt(hex, 16)
  return (((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
}

/** An address as /proc/net/tcp writes it: 32-bit words of the machine's (little-endian) order. */
function addressOf(hex: string): string | undefined {
  if (hex.length === 8) return formatAddress([0, 0, 0xffff, byteSwapped(hex)])
  if (hex.length !== 32) return undefined
  const words: Words = [
    byteSwapped(hex.slice(0, 8)),
    byteSwapped(hex.slice(8, 16)),
    byteSwapped(hex.slice(16, 24)),
    byteSwapped(hex.slice(24)),
  ]
  return formatAddress(words)
}

/**
 * Peers of SSH sessions that have logged in. A connection to sshd alone proves nothing: whoever guesses has one too, and
 * would protect itself. So it takes a session's own process, which holds the socket, or logind's word.
 */
export async function sshPeersOf(root: string): Promise<string[]> {
  const peers = new Set<string>()
  const inodes = await sessionSockets(root)
  if (inodes.size > 0) {
    for (const table of ['tcp', 'tcp6']) {
      for (const line of await linesOf(join(root, 'proc/net', table))) {
        const fields = line.trim().split(/\s+/)
        if (fields[3] !== ESTABLISHED || !inodes.has(fields[9])) continue
        const address = addressOf(fields[2].split(':')[0])
        if (address !== undefined) peers.add(address)
      }
    }
  }
  for (const session of await entriesOf(join(root, 'run/systemd/sessions'))) {
    if (session.endsWith('.ref')) continue
    const values = new Map((await linesOf(join(root, 'run/systemd/sessions', session))).map(splitPair))
    const host = values.get('REMOTE_HOST')
    if (values.get('STATE') === 'closing' || host === undefined) continue
    const words = parseAddress(host)
    if (words !== undefined) peers.add(formatAddress(words))
  }
  return [...peers]
}

function splitPair(line: string): [string, string] {
  const at = line.indexOf('=')
  return [line.slice(0, Math.max(0, at)), line.slice(at + 1).trim()]
}

/**
 * By the name of its program, whether a process can be a session's. The kernel has it at hand, where a command line is
 * read from the process's own memory: of all processes of a host, again and again, that counts.
 */
function mayBeSession(process: string): boolean {
  try {
    return /^sshd(-session)?\n?$/.test(readFileSync(join(process, 'comm'), 'latin1'))
  } catch {
    // It has ended, or is somebody's who hides it: its command line tells.
    return true
  }
}

/** Inodes of the sockets that sessions' processes hold. */
async function sessionSockets(root: string): Promise<Set<string>> {
  const inodes = new Set<string>()
  for (const pid of await entriesOf(join(root, 'proc'))) {
    if (!/^\d+$/.test(pid) || !mayBeSession(join(root, 'proc', pid))) continue
    const [title] = await linesOf(join(root, 'proc', pid, 'cmdline'))
    if (title === undefined || !SESSION.test(title)) continue
    const folder = join(root, 'proc', pid, 'fd')
    for (const descriptor of await entriesOf(folder)) {
      const target = await readlink(join(folder, descriptor)).catch(() => '')
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
      if (inode !== undefined) inodes.add(inode)
    }
  }
  return inodes
}

/** Next hops of this host's routes. */
export async function gatewaysOf(root: string): Promise<string[]> {
  const gateways = new Set<string>()
  for (const line of (await linesOf(join(root, 'proc/net/route'))).slice(1)) {
    const hex = line.split('\t')[2]
    const address = hex === undefined || hex === '00000000' ? undefined : addressOf(hex)
    if (address !== undefined) gateways.add(address)
  }
  for (const line of await linesOf(join(root, 'proc/net/ipv6_route'))) {
    // Network order here: destination, length, source, length, next hop ...
    const hex = line.split(/\s+/)[4]
    if (hex === undefined || !/^[0-9a-f]{32}$/.test(hex) || /^0+$/.test(hex)) continue
    const words = [0, 8, 16, 24].map(at => Number.parseInt(hex.slice(at, at + 8), 16))
    gateways.add(formatAddress(words))
  }
  return [...gateways]
}

/** Name servers: of resolv.conf, and those behind a local stub. */
export async function resolversOf(root: string): Promise<string[]> {
  const resolvers = new Set<string>()
  for (const file of ['etc/resolv.conf', 'run/systemd/resolve/resolv.conf', 'run/NetworkManager/no-stub-resolv.conf']) {
    for (const line of await linesOf(join(root, file))) {
      const server = /^\s*nameserver\s+(\S+)/.exec(line)?.[1]
      const words = server === undefined ? undefined : parseAddress(server)
      if (words !== undefined && !(isV4(words) && words[3] === 0)) resolvers.add(formatAddress(words))
    }
  }
  return [...resolvers]
}
