import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SOURCE_CLASS } from '../../src/core/addresses.ts'
import { EXIT, Problem } from '../../src/core/errors.ts'
import { parseAddress } from '../../src/core/ip.ts'
import { classifier, readList } from '../../src/intel/lists.ts'

const file = join(mkdtempSync(join(tmpdir(), 'vpsguard-lists-')), 'list.txt')
const words = (text: string): readonly number[] => parseAddress(text) ?? []

describe('lists', () => {
  it('reads the config and files, with comments, blank lines and either line end', () => {
    writeFileSync(
      file,
      '\uFEFF# neighbours\r\n198.51.100.0/24 ; all of them\r\n\r\n  2001:db8:7::/48\n203.0.113.9 # one\n',
    )
    const { prefixes } = readList({ ips: ['192.0.2.1'], files: [file] })
    expect(prefixes.size).toBe(4)
    for (const address of ['192.0.2.1', '198.51.100.77', '2001:db8:7:1::5', '203.0.113.9'])
      expect(prefixes.has(words(address))).toBe(true)
    for (const address of ['192.0.2.2', '198.51.101.1', '2001:db8:8::5'])
      expect(prefixes.has(words(address))).toBe(false)
  })

  it('names the line that is no address', () => {
    writeFileSync(file, '192.0.2.1\n192.0.2.300\n')
    expect(() => readList({ files: [file] })).toThrow(Problem)
    try {
      readList({ files: [file] })
    } catch (error) {
      expect(error).toMatchObject({ exitCode: EXIT.config, where: `${file}:2` })
    }
  })

  it('says that a file is not there', () => {
    try {
      readList({ files: [`${file}.absent`] })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ exitCode: EXIT.input, where: `${file}.absent` })
    }
  })

  it('classes sources; the whitelist comes first', () => {
    const classify = classifier(
      readList({ ips: ['10.0.0.0/8'], hosts: ['Office.example.net'] }),
      readList({ ips: ['10.0.0.5', '198.51.100.0/24'], hosts: ['bad.example.net'] }),
    )
    expect(classify(words('10.0.0.5'), undefined)).toBe(SOURCE_CLASS.whitelisted)
    expect(classify(words('198.51.100.5'), undefined)).toBe(SOURCE_CLASS.blacklisted)
    expect(classify(words('::ffff:198.51.100.5'), undefined)).toBe(SOURCE_CLASS.blacklisted)
    expect(classify(words('192.0.2.1'), undefined)).toBe(0)
    expect(classify([0, 0, 0, 0], 'office.example.net')).toBe(SOURCE_CLASS.whitelisted)
    expect(classify([0, 0, 0, 0], 'bad.EXAMPLE.net')).toBe(SOURCE_CLASS.blacklisted)
  })
})
