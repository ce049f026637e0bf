import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/core/errors.ts'
import { openSource } from '../../src/sources/discover.ts'
import { makeFolder, readText } from './folder.ts'

const TEXT = Array.from({ length: 40_000 }, (_, index) => `line ${index} ${Math.imul(index, 2654435761) >>> 0}\n`).join(
  '',
)

function store(name: string, bytes: Uint8Array): string {
  const path = join(makeFolder(), name)
  writeFileSync(path, bytes)
  return path
}

/** What comes out of a source before it breaks off, and why. */
async function readDamaged(path: string): Promise<{ text: string; problem: unknown }> {
  let text = ''
  try {
    for await (const chunk of (await openSource(path)).read()) text += new TextDecoder().decode(chunk)
  } catch (problem) {
    return { text, problem }
  }
  return { text, problem: undefined }
}

function hasTool(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe.each([
  ['gz', (text: string) => gzipSync(text)],
  ['zst', (text: string) => zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })],
])('.%s', (extension, pack) => {
  it('is unpacked', async () => {
    const source = await openSource(store(`auth.log.${extension}`, pack(TEXT)))
    expect(source).toMatchObject({ kind: 'file', seekable: false })
    expect(new TextDecoder().decode(source.head)).toBe(TEXT.slice(0, 65_536))
    expect(await readText(source)).toBe(TEXT)
    expect(await readText(source)).toBe(TEXT)
  })
  it('is known by its bytes, not by its name', async () => {
    expect(await readText(await openSource(store('auth.log', pack(TEXT))))).toBe(TEXT)
  })
  it('may have several members', async () => {
    expect(await readText(await openSource(store('auth.log', Buffer.concat([pack('one\n'), pack('two\n')]))))).toBe(
      'one\ntwo\n',
    )
  })
  it('gives what can be read where it is cut', async () => {
    const packed = pack(TEXT)
    const { text, problem } = await readDamaged(
      store(`auth.log.${extension}`, packed.subarray(0, Math.floor(packed.length * 0.7))),
    )
    expect(text.length).toBeGreaterThan(100_000)
    expect(TEXT.startsWith(text)).toBe(true)
    expect(problem).toBeInstanceOf(Problem)
    expect(String(problem)).toMatch(/is damaged or cut: it ends in the middle/)
  })
  it.each([TEXT, 'one line\n'])('gives all of it where something else follows', async whole => {
    for (const tail of ['junk\n', `${'\0'.repeat(40_000)}junk`]) {
      const { text, problem } = await readDamaged(
        store('auth.log', Buffer.concat([pack(whole), pack('more\n'), Buffer.from(tail)])),
      )
      expect(text === `${whole}more\n`).toBe(true)
      expect(String(problem)).toContain('what follows the packed data is none; what could be read of it was used')
    }
  })
  it.each([TEXT, 'one line\n'])('gives all of it where its checksum is wrong', async whole => {
    const packed = Buffer.from(pack(whole))
    packed[packed.length - (extension === 'gz' ? 7 : 1)] ^= 1
    const { text, problem } = await readDamaged(store('auth.log', packed))
    expect(text === whole).toBe(true)
    expect(String(problem)).toContain('its checksum does not match')
  })
  it('may be padded with zeros', async () => {
    for (const length of [1, 100, 70_000]) {
      const padded = Buffer.concat([pack('one\n'), new Uint8Array(length)])
      expect(await readText(await openSource(store('auth.log', padded)))).toBe('one\n')
    }
  })
  it('gives up on garbage with a Problem', async () => {
    const packed = pack(TEXT)
    const { problem } = await readDamaged(
      store(`auth.log.${extension}`, new Uint8Array([...packed.subarray(0, 20), ...new Uint8Array(500).fill(7)])),
    )
    expect(problem).toBeInstanceOf(Problem)
  })
  it('unpacks no further than it is read', async () => {
    const path = store(`bomb.${extension}`, pack('a'.repeat(200 << 20)))
    let read = 0
    for await (const chunk of (await openSource(path)).read()) {
      read += chunk.length
      if (read > 1 << 20) break
    }
    expect(process.memoryUsage().external).toBeLessThan(1 << 30)
  }, 30_000)
})

describe.each([
  ['xz', 'xz'],
  ['bz2', 'bzip2'],
])('.%s', (extension, tool) => {
  it.skipIf(!hasTool(tool))("is unpacked by the system's tool", async () => {
    const path = store('auth.log', new TextEncoder().encode(TEXT))
    execFileSync(tool, ['-k', path])
    expect(await readText(await openSource(`${path}.${extension}`))).toBe(TEXT)
    const cut = store(`cut.${extension}`, readFileSync(`${path}.${extension}`).subarray(0, -100))
    const { problem } = await readDamaged(cut)
    expect(String(problem)).toMatch(/is damaged or cut/)
  })
  it('says which tool is missing', async () => {
    const path = store(
      `auth.log.${extension}`,
      new Uint8Array(extension === 'xz' ? [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1] : [0x42, 0x5a, 0x68, 1]),
    )
    const search = process.env.PATH
    process.env.PATH = makeFolder()
    try {
      expect(String((await readDamaged(path)).problem)).toContain(`needs the program ${tool}, which is not installed`)
    } finally {
      process.env.PATH = search
    }
  })
})
