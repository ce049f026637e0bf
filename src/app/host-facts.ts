/** What advice must know of the host: its firewall, whether sshd takes passwords. Looks, and changes nothing. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { HostFacts } from '../kit/services.ts'

/** The firewall front that is in use: ufw and firewalld only where they are switched on, else the tool that is installed. */
function firewallOf(root: string, search: string): HostFacts['firewall'] {
  const read = (path: string): string => {
    try {
      return readFileSync(join(root, path), 'utf8')
    } catch {
      return ''
    }
  }
  const has = (program: string): boolean =>
    search.split(delimiter).some(folder => folder !== '' && existsSync(join(folder, program)))
  if (/^\s*ENABLED\s*=\s*yes/im.test(read('etc/ufw/ufw.conf')) && has('ufw')) return 'ufw'
  if (existsSync(join(root, 'run/firewalld.pid')) || existsSync(join(root, 'var/run/firewalld.pid'))) return 'firewalld'
  if (has('nft')) return 'nftables'
  return has('iptables') ? 'iptables' : undefined
}

/** sshd's PasswordAuthentication as its files have it (the first setting wins; sshd_config(5)); undefined where none can be read. */
function passwordsAllowed(root: string): boolean | undefined {
  const folder = join(root, 'etc/ssh')
  let files: string[]
  try {
    const parts = existsSync(join(folder, 'sshd_config.d')) ? readdirSync(join(folder, 'sshd_config.d')).sort() : []
    files = [
      ...parts.filter(name => name.endsWith('.conf')).map(name => join(folder, 'sshd_config.d', name)),
      join(folder, 'sshd_config'),
    ]
    for (const file of files) {
      // A Match block's settings hold for some only; what stands before it holds for all.
      const common = readFileSync(file, 'utf8').split(/^\s*Match\s/im)[0]
      const setting = /^\s*PasswordAuthentication\s+(yes|no)\b/im.exec(common)
      if (setting !== null) return setting[1].toLowerCase() === 'yes'
    }
    return true
  } catch {
    return undefined
  }
}

/** The facts of the host whose file system is at `root`. Advice about logs of another host would be wrong: see `isOwnLog`. */
export function hostFacts(root: string, search: string): HostFacts {
  const firewall = firewallOf(root, search)
  const passwordAuthentication = passwordsAllowed(root)
  return {
    ...(firewall === undefined ? {} : { firewall }),
    ...(passwordAuthentication === undefined ? {} : { passwordAuthentication }),
  }
}

/** Whether a path is where this host writes its own logs. */
export const isOwnLog = (path: string): boolean => path.startsWith('/var/log/') || path.startsWith('journalctl')
