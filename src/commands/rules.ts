/** `vpsguard rules list | show | test`. */
import { z } from 'zod'
import { testRule } from '../app/rule-samples.ts'
import { choices, defaultOf, toToml } from '../config/print.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal, wrap } from '../core/text.ts'
import type { Rule } from '../kit/define-rule.ts'
import { nearest } from '../kit/nearest.ts'
import { RULES } from '../rules/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { writeStream } from './output.ts'

/**
 * `show` and `test` take one rule's id or, without, all. Answers 0, or EXIT.findings where a sample of `test` fails.
 * @throws Problem where no rule has the id
 */
export async function rulesCommand(
  verb: 'list' | 'show' | 'test',
  id: string | undefined,
  flags: CommonFlags & { json?: boolean },
  env: CommandEnvironment,
): Promise<number> {
  if (verb === 'list') {
    await writeStream(
      env.stdout,
      [flags.json === true ? `${JSON.stringify(RULES.map(describe), null, 2)}\n` : table()],
      env.signal,
    )
    return EXIT.ok
  }
  const chosen = id === undefined ? RULES : [findRule(id)]
  if (verb === 'show') {
    await writeStream(
      env.stdout,
      chosen.map(rule => (flags.json === true ? `${JSON.stringify(describe(rule), null, 2)}\n` : page(rule))),
      env.signal,
    )
    return EXIT.ok
  }
  const results = chosen.flatMap(rule => testRule(rule, { host: {} }))
  const failed = results.filter(result => !result.passed)
  const lines =
    flags.json === true
      ? [`${JSON.stringify(results, null, 2)}\n`]
      : [
          ...results.map(
            ({ rule, name, expected, passed, detail }) =>
              `${passed ? 'ok  ' : 'FAIL'}  ${rule}: ${expected === 'fires' ? 'fires on' : 'quiet on'} ${name}${detail === undefined ? '' : ` - ${detail}`}\n`,
          ),
          `${results.length - failed.length} of ${results.length} samples as declared\n`,
        ]
  await writeStream(env.stdout, lines, env.signal)
  return failed.length === 0 ? EXIT.ok : EXIT.findings
}

function findRule(id: string): Rule {
  const rule = RULES.find(one => one.id === id || one.id.replaceAll('-', '_') === id)
  if (rule !== undefined) return rule
  const close = nearest(
    id,
    RULES.map(one => one.id),
  )
  throw new Problem(EXIT.usage, `there is no rule "${id}"`, {
    hint: close === undefined ? 'vpsguard rules list shows them' : `vpsguard rules show ${close}`,
  })
}

function table(): string {
  const width = Math.max(...RULES.map(rule => rule.id.length))
  const lines = RULES.map(
    rule =>
      `${rule.id.padEnd(width)}  ${rule.severity.padEnd(8)}  ${rule.title}${rule.optIn ? ' (off unless enabled)' : ''}`,
  )
  return `${lines.join('\n')}\n`
}

function describe(rule: Rule): Record<string, unknown> {
  const { id, title, severity, techniques, description, on, optIn, falsePositives, examples } = rule
  return {
    id,
    title,
    severity,
    techniques,
    description,
    on,
    opt_in: optIn,
    options: options(rule),
    false_positives: falsePositives,
    examples: examples(),
  }
}

interface OptionAbout {
  key: string
  default: string | undefined
  about: string
}

/** The keys of a rule's TOML table. */
export function options(rule: Rule): OptionAbout[] {
  return Object.entries(rule.schema.shape).flatMap(([key, leaf]) => {
    if (!(leaf instanceof z.ZodType)) return []
    const fallback = defaultOf(leaf)
    const values = choices(leaf)
    const about = [leaf.description ?? '', values === undefined ? '' : `One of ${values.join(', ')}.`]
      .filter(text => text !== '')
      .join(' ')
    return [{ key, default: fallback === undefined ? undefined : toToml(fallback), about }]
  })
}

function page(rule: Rule): string {
  const lines = [
    rule.id,
    '='.repeat(rule.id.length),
    `${rule.title} (${rule.severity}; ${rule.techniques.join(', ')})`,
    '',
  ]
  lines.push(...wrap(rule.description, 78), '', `[rules.${rule.id.replaceAll('-', '_')}]`)
  for (const { key, default: fallback, about } of options(rule)) {
    lines.push(`${key} = ${fallback ?? '(not set)'}`, ...wrap(about, 72).map(line => `    ${line}`))
  }
  lines.push(
    '',
    'Can be wrong about:',
    ...rule.falsePositives.flatMap(text =>
      wrap(text, 74).map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`),
    ),
  )
  const [sample] = rule.examples().fires
  lines.push(
    '',
    `Fires on ${sample.name}, such as:`,
    ...sample.lines.slice(0, 5).map(line => `  ${escapeTerminal(line)}`),
  )
  if (sample.lines.length > 5) lines.push(`  ... ${sample.lines.length - 5} more lines`)
  return `${lines.join('\n')}\n\n`
}
