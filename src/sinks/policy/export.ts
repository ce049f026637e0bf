/**
 * Blocks in the languages of other programs. Prefixes are read and written anew; reasons stand only in comments (one
 * line, nothing unseen, never ending in a backslash, which continues lines in several of these languages) and CSV cells.
 */
import type { Block } from '../../core/decision.ts'
import { csvCell, escapeTerminal } from '../../core/text.ts'
import { formatTime } from '../../core/time.ts'
import { formatTarget, maskText, type Target, targetOf } from '../responders/target.ts'

export const EXPORT_FORMATS = [
  'nft',
  'iptables',
  'nginx',
  'apache',
  'htaccess',
  'hosts-deny',
  'fail2ban',
  'csv',
] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

const REASON = 160

interface Row {
  block: Block
  target: Target
  prefix: string
}

/** A comment's text: quoted, so that whatever a log says, the line does not end in it. */
function remark({ reason, expires }: Block): string {
  const text = escapeTerminal(reason.slice(0, REASON)).replaceAll('\\', '/').replaceAll('"', "'")
  return `"${text}"${expires === null ? '' : ` until ${formatTime(expires)}`}.`
}

function rowsOf(blocks: Iterable<Block>): Row[] {
  const rows = new Map<string, Row>()
  for (const block of blocks) {
    const target = targetOf(block.prefix)
    const prefix = formatTarget(target)
    if (!rows.has(prefix)) rows.set(prefix, { block, target, prefix })
  }
  return [...rows.values()]
}

/** Writes the blocks, line by line without line ends. @throws Problem where a block's prefix is none */
export function* exportBlocks(blocks: Iterable<Block>, format: ExportFormat): Generator<string> {
  const rows = rowsOf(blocks)
  switch (format) {
    case 'nft':
      return yield* nft(rows)
    case 'iptables':
      return yield* iptables(rows)
    case 'nginx':
      yield '# For nginx: include it in an http, server or location block.'
      for (const { block, prefix } of rows) yield `deny ${prefix}; # ${remark(block)}`
      return
    case 'apache':
      yield '# For Apache 2.4: include it in a <Directory> or <Location> section.'
      return yield* apache(rows)
    case 'htaccess':
      yield '# For .htaccess of Apache 2.4; the folder needs AllowOverride AuthConfig.'
      return yield* apache(rows)
    case 'hosts-deny':
      yield '# For /etc/hosts.deny (hosts_access(5)).'
      for (const { block, target } of rows) {
        yield `# ${remark(block)}`
        yield `ALL: ${hostsPattern(target)}`
      }
      return
    case 'fail2ban':
      yield '#!/bin/sh'
      yield '# For fail2ban: the jail is the first argument, sshd without one.'
      yield 'jail=${1:-sshd}'
      for (const { block, prefix } of rows) {
        yield `# ${remark(block)}`
        yield `fail2ban-client set "$jail" banip ${prefix}`
      }
      return
    case 'csv':
      yield ['prefix', 'state', 'created', 'expires', 'rule', 'origin', 'level', 'reason'].map(csvCell).join(',')
      for (const { block, prefix } of rows) {
        const { state, created, expires, rule = '', origin, level, reason } = block
        const end = expires === null ? '' : formatTime(expires)
        yield [prefix, state, formatTime(created), end, rule, origin, String(level), reason].map(csvCell).join(',')
      }
  }
}

/** A table of its own that can be loaded on another host again and again: what it held is replaced. */
function* nft(rows: readonly Row[]): Generator<string> {
  const table = 'inet vpsguard_export'
  yield '#!/usr/sbin/nft -f'
  yield `add table ${table}`
  yield `delete table ${table}`
  yield `table ${table} {`
  for (const v4 of [true, false]) {
    const family = rows.filter(({ target }) => target.v4 === v4)
    yield `  set ${v4 ? 'v4' : 'v6'} {`
    yield `    type ${v4 ? 'ipv4_addr' : 'ipv6_addr'}`
    yield '    flags interval'
    yield '    auto-merge'
    if (family.length > 0) {
      yield '    elements = {'
      for (const { block, prefix } of family) yield `      ${prefix}, # ${remark(block)}`
      yield '    }'
    }
    yield '  }'
  }
  yield '  chain prerouting {'
  yield '    type filter hook prerouting priority -310; policy accept;'
  yield '    ip saddr @v4 drop'
  yield '    ip6 saddr @v6 drop'
  yield '  }'
  yield '}'
}

/** A shell script; a chain of its own, so that it can be run again. */
function* iptables(rows: readonly Row[]): Generator<string> {
  yield '#!/bin/sh'
  yield '# Run as root. To undo it: run it with the argument "remove".'
  yield 'set -eu'
  for (const program of ['iptables', 'ip6tables']) {
    yield `${program} -w -t raw -N vpsguard-export 2>/dev/null || ${program} -w -t raw -F vpsguard-export`
    yield `while ${program} -w -t raw -D PREROUTING -j vpsguard-export 2>/dev/null; do :; done`
  }
  yield 'if [ "${1:-}" = remove ]; then'
  yield '  iptables -w -t raw -X vpsguard-export'
  yield '  ip6tables -w -t raw -X vpsguard-export'
  yield '  exit 0'
  yield 'fi'
  for (const { block, target, prefix } of rows) {
    yield `# ${remark(block)}`
    yield `${target.v4 ? 'iptables' : 'ip6tables'} -w -t raw -A vpsguard-export -s ${prefix} -j DROP`
  }
  yield 'iptables -w -t raw -I PREROUTING -j vpsguard-export'
  yield 'ip6tables -w -t raw -I PREROUTING -j vpsguard-export'
}

/** Apache takes comments on lines of their own only. */
function* apache(rows: readonly Row[]): Generator<string> {
  yield '<RequireAll>'
  yield '  Require all granted'
  for (const { block, prefix } of rows) {
    yield `  # ${remark(block)}`
    yield `  Require not ip ${prefix}`
  }
  yield '</RequireAll>'
}

/** hosts_access(5): IPv4 networks by mask, IPv6 in brackets. */
function hostsPattern({ address, v4, bits }: Target): string {
  if (v4) return bits === 32 ? address : `${address}/${maskText(true, bits)}`
  return `[${address}]/${bits}`
}
