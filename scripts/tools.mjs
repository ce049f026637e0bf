// The real parts that tests need and Node does not bring, from Debian's packages: installed where this is root on a
// machine with apt; elsewhere the suites that need them report that they were skipped, and why.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Program, by its name or place, -> package. */
const NEEDED = {
  xz: 'xz-utils',
  bzip2: 'bzip2',
  setpriv: 'util-linux',
  ip: 'iproute2',
  nft: 'nftables',
  iptables: 'iptables',
  ipset: 'ipset',
  conntrack: 'conntrack',
  mandoc: 'mandoc',
  fish: 'fish',
  zsh: 'zsh',
  openssl: 'openssl',
  '/lib/systemd/systemd-journal-remote': 'systemd-journal-remote',
}

function has(program) {
  const folders = program.startsWith('/') ? [''] : (process.env.PATH ?? '').split(delimiter)
  return folders.some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export function installTools() {
  const missing = Object.keys(NEEDED).filter(program => !has(program))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(program => NEEDED[program]))]
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    process.stderr.write(
      `Not here: ${missing.join(', ')} (packages ${packages.join(', ')}); what needs them is skipped.\n`,
    )
    return
  }
  process.stderr.write(`Installing ${packages.join(', ')} for the tests ...\n`)
  const options = { stdio: ['ignore', 'ignore', 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  spawnSync('apt-get', ['update', '-qq'], options)
  const result = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options)
  if (result.status !== 0) process.stderr.write('They could not be installed; what needs them is skipped.\n')
}
