/** The generated pages of docs/, from the declarations. */
import { z } from 'zod'
import { DETECTORS } from '../src/app/detectors.ts'
import { configSchema } from '../src/app/setup.ts'
import { shapeOf } from '../src/config/explain.ts'
import { choices, defaultOf, toToml } from '../src/config/print.ts'
import { EVENT_KINDS } from '../src/core/event.ts'
import { FORMATS, PROGRAMS } from '../src/parsers/index.ts'
import { RULES } from '../src/rules/index.ts'

const GENERATED = '<!-- Written by `npm run docs` from the declarations; edit those. -->'

const fence = (lines: readonly string[], language = 'text'): string[] => [`\`\`\`${language}`, ...lines, '```']

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** The keys of a table with meaning and default, as a Markdown table. */
function optionTable(schema: z.ZodType): string[] {
  const rows = Object.entries(shapeOf(schema) ?? {}).flatMap(([key, leaf]) => {
    if (!(leaf instanceof z.ZodType) || shapeOf(leaf) !== undefined) return []
    const fallback = defaultOf(leaf)
    const values = choices(leaf)
    const about = [leaf.description ?? '', values === undefined ? '' : `One of ${values.join(', ')}.`]
      .filter(text => text !== '')
      .join(' ')
    return [`| \`${key}\` | ${fallback === undefined ? 'not set' : `\`${cell(toToml(fallback))}\``} | ${cell(about)} |`]
  })
  return ['| key | default | meaning |', '| --- | --- | --- |', ...rows]
}

/** One page a rule, and the list of all. */
export function rulePages(): [string, string][] {
  const pages = RULES.map((rule): [string, string] => {
    const table = rule.id.replaceAll('-', '_')
    const lines = [
      GENERATED,
      `# ${rule.id}`,
      '',
      `${rule.title}. Severity ${rule.severity}; ATT&CK ${rule.techniques.join(', ') || 'none'}${rule.optIn ? '; off unless enabled' : ''}.`,
      '',
      rule.description,
      '',
      `## Options: \`[rules.${table}]\``,
      '',
      ...optionTable(rule.schema),
      '',
      '## It can be wrong about',
      '',
      ...rule.falsePositives.map(text => `- ${text}`),
      '',
      '## Fires on',
      '',
      ...rule
        .examples()
        .fires.flatMap(({ name, lines: sample }) => [`${capital(name)}:`, '', ...fence(excerpt(sample)), '']),
      '## Stays quiet on',
      '',
      ...rule
        .examples()
        .quiet.flatMap(({ name, lines: sample }) => [`${capital(name)}:`, '', ...fence(excerpt(sample)), '']),
    ]
    return [`rules/${rule.id}.md`, `${lines.join('\n').trimEnd()}\n`]
  })
  const index = [
    GENERATED,
    '# Rules',
    '',
    '| rule | severity | what it catches |',
    '| --- | --- | --- |',
    ...RULES.map(
      rule =>
        `| [${rule.id}](${rule.id}.md) | ${rule.severity} | ${cell(rule.title)}${rule.optIn ? ' (off unless enabled)' : ''} |`,
    ),
  ]
  return [...pages, ['rules/README.md', `${index.join('\n')}\n`]]
}

/** The detectors' options, in one page. */
export function detectorPages(): [string, string][] {
  const lines = [
    GENERATED,
    '# Detectors',
    '',
    'What each rests on is told in [detection.md](detection.md) and [anomalies.md](anomalies.md).',
    '',
  ]
  for (const unit of DETECTORS) {
    lines.push(
      `## ${unit.id}`,
      '',
      `${unit.title}.`,
      '',
      `Options: \`[detectors.${unit.id.replaceAll('-', '_')}]\``,
      '',
      ...optionTable(unit.schema),
      '',
    )
  }
  return [['detectors.md', `${lines.join('\n').trimEnd()}\n`]]
}

/** Every key of the config but the units' own. */
export function configPage(): string {
  const lines = [
    GENERATED,
    '# Config',
    '',
    '`vpsguard init` writes a commented config, `vpsguard config validate` checks one. Every key may also be given as a',
    'variable: `[output] format` is `VPSGUARD_OUTPUT_FORMAT`.',
    '',
  ]
  for (const [name, table] of Object.entries(shapeOf(configSchema()) ?? {})) {
    if (!(table instanceof z.ZodType)) continue
    lines.push(`## \`[${name}]\``, '', table.description ?? '', '')
    if (name === 'rules') lines.push('One table a rule, its id with underscores: see [rules](rules/README.md).', '')
    else if (name === 'detectors') lines.push('One table a detector: see [detectors](detectors.md).', '')
    else lines.push(...optionTable(table), '')
  }
  return `${lines.join('\n').trimEnd()}\n`
}

/** The formats and programs that are understood, with a sample each. */
export function formatPage(): string {
  const lines = [
    GENERATED,
    '# Formats',
    '',
    "A line's format is chosen by looking at the line; `--input-format ID` forces one.",
    '',
  ]
  for (const format of FORMATS) {
    lines.push(
      `## ${format.id}`,
      '',
      `${format.title}.`,
      '',
      ...fence(excerpt(format.samples.slice(0, 3).map(sample => sample.line))),
      '',
    )
  }
  lines.push('# Programs', '', 'Inside syslog, journald and container lines these programs are understood.', '')
  lines.push('| program | names in the log | shapes tested |', '| --- | --- | --- |')
  for (const program of PROGRAMS)
    lines.push(`| ${cell(program.title)} | ${program.programs.join(', ')} | ${program.samples.length} |`)
  return `${lines.join('\n').trimEnd()}\n`
}

/** The kinds of events. */
export function eventPage(): string {
  const internal = new Set(['log.repeat', 'pam.auth.failed', 'pam.auth.more'])
  const lines = [
    GENERATED,
    '# Events',
    '',
    '`vpsguard parse LOG` prints one JSON object a line, in log order. Absent fields are left out; `time` is RFC 3339 in UTC;',
    '`origin` is path, line (from 1) and byte offset. `attempts` says how many login attempts an event stands for: sshd',
    'writes up to five lines for one guess, and only one of them counts.',
    '',
    '| kind |',
    '| --- |',
    ...EVENT_KINDS.filter(kind => !internal.has(kind)).map(kind => `| \`${kind}\` |`),
  ]
  return `${lines.join('\n')}\n`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** Sample lines as a page shows them: the first few, over-long ones cut. */
function excerpt(lines: readonly string[]): string[] {
  const shown = lines.slice(0, 6).map(line => visible(line.length > 220 ? `${line.slice(0, 220)}...` : line))
  return lines.length > 6 ? [...shown, `... ${lines.length - 6} more lines`] : shown
}

/** Unseen characters as \xNN, so that a sample of a hostile line is harmless in the docs too. */
const visible = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    char => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
