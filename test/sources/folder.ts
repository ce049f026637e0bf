/** A folder of its own for each test that needs files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Source } from '../../src/sources/source.ts'

const made: string[] = []
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vpsguard-sources-'))
  made.push(folder)
  return folder
}

export async function readText(source: Source): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of source.read()) text += decoder.decode(chunk, { stream: true })
  return text
}
