/** Completions in real shells: what stands on the line, and what is offered. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { SEVERITIES } from '../../src/core/finding.ts'
import { RULES } from '../../src/rules/index.ts'
import { run } from '../support/cli.ts'

const COMPLETIONS = resolve(import.meta.dirname, '../../packaging/completions')
const has = (program: string): boolean => spawnSync(program, ['-c', 'true']).error === undefined
const folder = mkdtempSync(join(tmpdir(), 'vpsguard-completion-'))
mkdirSync(join(folder, 'a folder'))
writeFileSync(join(folder, 'auth.log'), '')
writeFileSync(join(folder, 'an other.log'), '')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What bash offers for a line; its last word is the one that is typed. */
function bash(...words: string[]): string[] {
  const script = `
    source "$1/vpsguard.bash" || exit 1
    shift
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=\${#COMP_LINE}
    _vpsguard
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script, 'bash', COMPLETIONS, 'vpsguard', ...words], {
    encoding: 'utf8',
    cwd: folder,
  })
  expect(stderr).toBe('')
  return stdout.split('\n').filter(line => line !== '')
}

describe.skipIf(!has('bash'))(`bash${has('bash') ? '' : ' (skipped: not installed)'}`, () => {
  it('knows whom it completes', () => {
    const script = 'source "$1/vpsguard.bash"; complete -p vpsguard vpg'
    const { stdout } = spawnSync('bash', ['--norc', '-c', script, 'bash', COMPLETIONS], { encoding: 'utf8' })
    expect(stdout).toBe('complete -F _vpsguard vpsguard\ncomplete -F _vpsguard vpg\n')
  })

  it('offers verbs, and verbs of verbs', () => {
    expect(bash('')).toEqual(expect.arrayContaining(['analyze', 'parse', 'rules', 'completion']))
    expect(bash('ana')).toEqual(['analyze'])
    expect(bash('rules', '')).toEqual(['list', 'show', 'test'])
    expect(bash('-q', '--config', 'analyze', 'ru')).toEqual(['rules'])
  })

  it('offers the flags of the verb, long and short', () => {
    expect(bash('analyze', '--min')).toEqual(['--min-severity'])
    expect(bash('parse', '--min')).toEqual([])
    expect(bash('-')).toEqual(expect.arrayContaining(['-c', '--config', '--version', '--help']))
  })

  it('offers the words that a flag or an argument may be', () => {
    expect(bash('analyze', '--fail-on', '')).toEqual([...SEVERITIES])
    expect(bash('analyze', '--fail-on', '=', 'cr')).toEqual(['critical'])
    expect(bash('analyze', '-f', 'ht')).toEqual(['html'])
    expect(bash('rules', 'show', '')).toEqual(RULES.map(rule => rule.id))
    expect(bash('completion', '')).toEqual(['bash', 'zsh', 'fish'])
  })

  it('offers files where a log or a file is meant, blanks in their names and all', () => {
    expect(bash('analyze', 'a').sort()).toEqual(['a folder', 'an other.log', 'auth.log'])
    expect(bash('analyze', '--output', 'auth')).toEqual(['auth.log'])
    expect(bash('analyze', '--since', 'a')).toEqual([])
    expect(bash('analyze', '--', 'an')).toEqual(['an other.log'])
  })
})

describe.skipIf(!has('fish'))(`fish${has('fish') ? '' : ' (skipped: not installed)'}`, () => {
  const fish = (line: string): string[] => {
    const script = 'source $argv[1]/vpsguard.fish; complete -C $argv[2]'
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', script, COMPLETIONS, line], {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, HOME: folder },
    })
    expect(stderr).toBe('')
    return stdout.split('\n').flatMap(offer => (offer === '' ? [] : [offer.split('\t')[0]]))
  }

  it('offers verbs, flags, words and files', () => {
    expect(fish('vpsguard ana')).toEqual(['analyze'])
    expect(fish('vpsguard rules ')).toEqual(expect.arrayContaining(['list', 'show', 'test']))
    expect(fish('vpsguard analyze --min')).toEqual(['--min-severity'])
    expect(fish('vpsguard analyze --fail-on cr')).toEqual(['critical'])
    expect(fish('vpsguard rules show brute')).toContain('brute-force')
    expect(fish('vpsguard analyze auth')).toEqual(['auth.log'])
    expect(fish('vpsguard config ')).not.toContain('analyze')
  })
})

describe.skipIf(!has('zsh'))(`zsh${has('zsh') ? '' : ' (skipped: not installed)'}`, () => {
  it('loads the function and completes a line in a terminal of its own', () => {
    // zsh completes only where somebody types, so a second zsh is driven through a pseudo-terminal.
    const script = `
      zmodload zsh/zpty
      zpty shell zsh -f
      zpty -w shell "PS1=; fpath=($1 \\$fpath); autoload -U compinit; compinit -u -D; cd $2; print READY"
      zpty -r -m shell line '*READY*READY*'
      zpty -w -n shell $'vpsguard rules show brut\\t'
      zpty -r -m shell line '*brute-force*' && print COMPLETED
      zpty -d shell`
    const { stdout } = spawnSync('zsh', ['-f', '-c', script, 'zsh', COMPLETIONS, folder], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(stdout).toContain('COMPLETED')
  })
})

describe('vpsguard completion', () => {
  it('prints what is packed', async () => {
    for (const [shell, file] of [
      ['bash', 'vpsguard.bash'],
      ['zsh', '_vpsguard'],
      ['fish', 'vpsguard.fish'],
    ]) {
      const { stdout, code } = await run(['completion', shell])
      expect(code).toBe(0)
      expect(stdout).toBe(readFileSync(join(COMPLETIONS, file), 'utf8'))
    }
  })

  it('of another shell says which there are', async () => {
    const { code, stderr } = await run(['completion', 'tcsh'])
    expect(code).toBe(2)
    expect(stderr).toContain('bash, zsh, fish')
  })
})
