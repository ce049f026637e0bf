/**
 * Recommendations: shell text a person can paste as it is. Each is a comment that says why, and below it the command,
 * where there is one; every word taken from a log is one quoted shell word.
 */
import { isInternal, isV4, type Prefix, parsePrefix } from '../core/ip.ts'
import { escapeTerminal, shellWord } from '../core/text.ts'
import { proxyNameOf } from './cdn-ranges.ts'
import type { HostFacts } from './services.ts'

/** More sources than this are a matter for a set, not for rules. */
const FEW = 3

/** An advice without a command. */
export function advise(text: string): string {
  return `# ${escapeTerminal(text)}`
}

/** An advice with the commands that carry it out. */
export function command(why: string, ...lines: string[]): string {
  return [advise(why), ...lines].join('\n')
}

interface Target {
  text: string
  v4: boolean
  /** The network of proxies that it belongs to: to block it shuts out all who come through it. */
  proxy: string | undefined
}

function targetOf(source: string): Target | undefined {
  const prefix: Prefix | undefined = parsePrefix(source)
  // A host name is no target (its owner chooses what it points to), and blocking one's own network locks one out.
  if (prefix === undefined || isInternal(prefix.words)) return undefined
  return { text: shellWord(source), v4: isV4(prefix.words), proxy: proxyNameOf(prefix) }
}

/* In words that a page of 80 columns can break between: nft and echo join them with blanks. */
const NFT_CHAIN = "'{ type filter hook input priority -10 ; policy accept ; }'"
const NFT_SET = "'{ type ipv4_addr ; flags interval ; auto-merge ; }'"

function blockCommand({ text, v4 }: Target, firewall: HostFacts['firewall']): string {
  switch (firewall) {
    case 'ufw':
      return `sudo ufw prepend deny from ${text}`
    case 'firewalld':
      return `sudo firewall-cmd --permanent --add-rich-rule='rule family="${v4 ? 'ipv4' : 'ipv6'}" source address="${text}" drop' && sudo firewall-cmd --reload`
    case 'nftables':
      return (
        `sudo nft 'add table inet vpsguard;' 'add chain inet vpsguard input' ${NFT_CHAIN} ';' ` +
        `'add rule inet vpsguard input ${v4 ? 'ip' : 'ip6'} saddr ${text} drop'`
      )
    case 'iptables':
      return `sudo ${v4 ? 'iptables' : 'ip6tables'} -I INPUT -s ${text} -j DROP`
    default:
      return `sudo ip ${v4 ? '' : '-6 '}route add blackhole ${text}`
  }
}

const FILE = 'blocklist.txt'

function blockFile(count: number, firewall: HostFacts['firewall']): string {
  const why = `${count} sources are one set, not ${count} rules: write them to ${FILE} (the report lists them), one a line, then load it.`
  switch (firewall) {
    case 'firewalld':
      return command(
        why,
        'sudo firewall-cmd --permanent --new-ipset=vpsguard --type=hash:net',
        `sudo firewall-cmd --permanent --ipset=vpsguard --add-entries-from-file=${FILE}`,
        'sudo firewall-cmd --permanent --zone=drop --add-source=ipset:vpsguard && sudo firewall-cmd --reload',
      )
    case 'ufw':
    case 'iptables':
      return command(
        why,
        `{ echo 'create vpsguard hash:net -exist'; grep -v : ${FILE} | sed 's/^/add vpsguard /'; } | sudo ipset restore -exist`,
        'sudo iptables -I INPUT -m set --match-set vpsguard src -j DROP',
      )
    default:
      return command(
        why,
        `{ echo add table inet vpsguard; echo add chain inet vpsguard input ${NFT_CHAIN}; ` +
          `echo add set inet vpsguard block ${NFT_SET}; ` +
          `grep -v : ${FILE} | sed 's/.*/add element inet vpsguard block { & }/'; ` +
          `echo 'add rule inet vpsguard input ip saddr @block drop'; } | sudo nft -f -`,
      )
  }
}

/**
 * How to shut the sources out on this host. Nothing where none can be or should be: internal addresses, host names; for
 * proxies, those of others and perhaps one's own, a word on how to see who stands behind them.
 */
export function blockSources(sources: readonly string[], host: HostFacts): string[] {
  const all = sources.map(targetOf).filter(target => target !== undefined)
  const targets = all.filter(({ proxy }) => proxy === undefined)
  const proxies = [...new Set(all.map(({ proxy }) => proxy))].filter(proxy => proxy !== undefined).sort()
  const advices = proxies.length === 0 ? [] : [aboutProxies(proxies, targets.length)]
  if (sources.some(isOwn)) advices.push(OWN_NETWORK)
  if (targets.length === 0) return advices
  if (targets.length > FEW) return [...advices, blockFile(targets.length, host.firewall)]
  const why =
    host.firewall === undefined
      ? 'Shut the source out (a route; where the host has a firewall, its own rule is better). Make sure first that it is not you.'
      : 'Shut the source out. Make sure first that it is not you.'
  return [...advices, command(why, ...targets.map(target => blockCommand(target, host.firewall)))]
}

/** An address of the own network says little about who it was where a proxy, a container or a NAT stands between. */
const OWN_NETWORK = advise(
  'A source is inside your own network: look at that machine. If it is a proxy or the gateway of a container, everybody ' +
    'comes through it: have it hand on the address of the client, and the client is told instead.',
)

function isOwn(source: string): boolean {
  const prefix = parsePrefix(source)
  return prefix !== undefined && isInternal(prefix.words)
}

/** @param others sources that are to be shut out besides. */
function aboutProxies(proxies: readonly string[], others: number): string {
  const names = proxies.map(name => `"${name}"`).join(', ')
  const them = others > FEW ? 'leave its addresses out of the file' : 'do not block its addresses'
  return advise(
    `${others > 0 ? 'Some sources' : 'Sources'} are proxies of ${proxies.join(' and ')}, which bring everybody: ${them}. ` +
      `If they stand before this web server: log the address that they forward, and set [web] trusted_proxies = [${names}].`,
  )
}

/** Ends password guessing for good; empty where the host is known to offer no passwords. */
export function disablePasswords(host: HostFacts): string[] {
  if (host.passwordAuthentication === false) return []
  return [
    command(
      'Passwords can be guessed, keys cannot: when every user has a key, switch passwords off.',
      "printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication no\\n' | sudo tee /etc/ssh/sshd_config.d/00-no-passwords.conf",
      // Debian calls the service ssh, others sshd.
      'sudo sshd -t && { sudo systemctl reload-or-restart ssh || sudo systemctl reload-or-restart sshd; }',
    ),
  ]
}

/** Ends guessing at a service that only a few need to reach. */
export function hideService(name: string): string {
  return advise(
    `The internet need not reach ${name}: let it listen on 127.0.0.1 or a private network, or let the firewall pass only those who use it.`,
  )
}

/** Root logs in under a name of its own user instead. */
export function restrictRoot(): string {
  return command(
    'Log in as a user of your own and use sudo: then the log says who it was. Root keeps at most its key.',
    "printf 'PermitRootLogin prohibit-password\\n' | sudo tee /etc/ssh/sshd_config.d/00-root.conf && sudo sshd -t",
  )
}

/** Stops an account that somebody else may hold: no new login, and the sessions end. */
export function lockAccount(user: string): string {
  const name = shellWord(user)
  // Locking root, or ending its sessions, may be the last thing the owner does on the host.
  if (user === 'root') {
    return command(
      'Ask whether that was you. If not: give root a new password, remove its unknown keys, and see who is logged in.',
      'sudo passwd root',
      'who -u',
    )
  }
  return command(
    `Ask ${user.slice(0, 64)} whether that was them. If not: lock the account (password and keys) and end its sessions.`,
    `sudo usermod --lock --expiredate 1 -- ${name}`,
    `sudo loginctl terminate-user ${name}`,
  )
}

/** Stops an account of a service that keeps its own, which the host's tools do not know. */
export function lockServiceAccount(user: string, service: string): string {
  return advise(
    `Ask ${user.slice(0, 64)} whether that was them. If not: lock the account in ${service}, end its sessions, and give it a new password.`,
  )
}

/** Shows what an account did and what it can be reached with. */
export function inspectAccount(user: string): string {
  const name = shellWord(user)
  return command(
    'See what the account did, and which keys open it.',
    `last -w -i -- ${name} | head -20`,
    `sudo cat -- "$(getent passwd -- ${name} | cut -d: -f6)/.ssh/authorized_keys"`,
  )
}

/** A new secret, for accounts whose password is likely known to others. */
export function renewPassword(user: string): string {
  return command('Give the account a new password.', `sudo passwd -- ${shellWord(user)}`)
}
