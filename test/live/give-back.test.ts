import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { expect, it } from 'vitest'
import { openGiveBack, pristine } from '../../src/app/live/give-back.ts'

const mapping = (range: string, permissions: string, path: string, anonymous: number): string =>
  [
    `${range} ${permissions} 00000000 fe:00 4711                       ${path}`,
    'Size:               1024 kB',
    'Rss:                 512 kB',
    `Anonymous:          ${String(anonymous).padStart(5)} kB`,
    'VmFlags: rd mr mw me sd',
  ].join('\n')

it('what is given back is the program alone, as its file has it', () => {
  const smaps = [
    mapping('00400000-0082e000', 'r--p', '/opt/my node/bin/node', 0),
    mapping('0082e000-03489000', 'r-xp', '/opt/my node/bin/node', 0),
    // Addresses were written into it at the start.
    mapping('072a7000-072dc000', 'r--p', '/opt/my node/bin/node', 212),
    mapping('072dc000-07308000', 'rw-p', '/opt/my node/bin/node', 0),
    mapping('2c7eb000-2cd43000', 'rw-p', '[heap]', 0),
    mapping('7f6a00000000-7f6a00200000', 'r-xp', '/usr/lib/libc.so.6', 0),
    mapping('7f6a01000000-7f6a01200000', 'r-xp', '/opt/my node/bin/node', 0),
    mapping('7f6a02000000-7f6a02200000', 'r--p', '/opt/my node/bin/node2', 0),
  ].join('\n')
  expect(pristine(smaps, '/opt/my node/bin/node')).toEqual([
    { address: 0x400000n, length: 0x42e000n },
    { address: 0x82e000n, length: 0x2c5b000n },
    { address: 0x7f6a01000000n, length: 0x200000n },
  ])
})

const canGiveBack = process.platform === 'linux' && builtinModules.includes('node:ffi')

it.runIf(canGiveBack)('pages of the program leave the process, which goes on', async () => {
  const kilobytes = (): number =>
    Number(/^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? Number.NaN)
  const giveBack = await openGiveBack()
  const before = kilobytes()
  giveBack?.()
  expect(kilobytes()).toBeLessThan(before / 2)
  giveBack?.()
  expect(JSON.parse('{"a":[1,2,{"b":"c"}]}')).toEqual({ a: [1, 2, { b: 'c' }] })
})
