/** The whitelist and the blacklist: from the config and from files. */
import fs from 'node:fs'
import { type Classify, SOURCE_CLASS } from '../core/addresses.ts'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { PrefixSet, parsePrefix } from '../core/ip.ts'
import { readWholeText, UnfitFile } from '../kit/whole-file.ts'

/** Room for more addresses than anybody lists. */
const MOST_MEGABYTES = 64

export interface ListSource {
  /** Addresses and networks as the config has them. */
  ips?: readonly string[]
  /** Host names, as some logs name sources by them; compared without regard to case. */
  hosts?: readonly string[]
  /** Files of addresses and networks, one a line; what follows `#` or `;` is a comment. */
  files?: readonly string[]
}

export interface SourceList {
  readonly prefixes: PrefixSet
  readonly hosts: ReadonlySet<string>
}

const EXPECTED = 'an address or a network such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32'

/** Reads a list. @throws Problem that names the entry, or the file and line. */
export function readList({ ips = [], hosts = [], files = [] }: ListSource): SourceList {
  const prefixes = new PrefixSet()
  const add = (text: string, where: string | undefined): void => {
    const prefix = parsePrefix(text)
    if (prefix === undefined) {
      throw new Problem(EXIT.config, `not an address or network: ${text.slice(0, 80)}`, {
        expected: EXPECTED,
        ...(where === undefined ? {} : { where }),
      })
    }
    prefixes.add(prefix)
  }
  for (const text of ips) add(text.trim(), undefined)
  for (const { text, where } of entriesIn(files)) add(text, where)
  return { prefixes, hosts: new Set(hosts.map(host => host.toLowerCase())) }
}

/** What stands in files of addresses and networks, as it is written there. @throws Problem where one cannot be read */
export function* entriesIn(files: readonly string[]): Generator<{ text: string; where: string }> {
  for (const file of files) {
    for (const [index, line] of readLines(file).entries()) {
      const text = line.replace(/[#;].*$/, '').trim()
      if (text !== '') yield { text, where: `${file}:${index + 1}` }
    }
  }
}

function readLines(file: string): string[] {
  try {
    return readWholeText(fs, file, MOST_MEGABYTES).split(/\r?\n/)
  } catch (cause) {
    const denied = hasCode(cause, 'EACCES', 'EPERM')
    throw new Problem(
      denied ? EXIT.permission : EXIT.input,
      denied
        ? 'the list of addresses may not be read'
        : `the list of addresses cannot be read${cause instanceof UnfitFile ? `: ${cause.message}` : ''}`,
      {
        where: file,
        expected: 'a text file with one address or network a line',
        cause,
      },
    )
  }
}

/** How the run's table of sources classes each source once, when it is first met. An entry on both lists is whitelisted: the owner's own lines come first. */
export function classifier(whitelist: SourceList, blacklist: SourceList): Classify {
  const isOn = (list: SourceList, words: ArrayLike<number>, name: string | undefined): boolean =>
    name === undefined ? list.prefixes.has(words) : list.hosts.has(name.toLowerCase())
  return (words, name) => {
    if (isOn(whitelist, words, name)) return SOURCE_CLASS.whitelisted
    return isOn(blacklist, words, name) ? SOURCE_CLASS.blacklisted : 0
  }
}
