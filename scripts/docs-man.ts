/** The manual pages, in mdoc(7): vpsguard(1) from the command line, vpsguard.toml(5) from the config's schema. */
import { z } from 'zod'
import { configSchema } from '../src/app/setup.ts'
import {
  commandTree,
  everyCommand,
  type TreeCommand,
  type TreeOption,
  type TreeValue,
} from '../src/commands/completion/tree.ts'
import { createProgram } from '../src/commands/program.ts'
import { shapeOf } from '../src/config/explain.ts'
import { choices, defaultOf, toToml } from '../src/config/print.ts'

/** When the pages' own words were last changed; the rest follows the declarations. */
const DATE = 'November 21, 2026'
const WIDTH = 78

/** Text as roff prints it letter by letter; a line may not begin with a control character. */
function escapeRoff(text: string): string {
  return text.replaceAll('\\', '\\e').replace(/^(?=[.'])/, '\\&')
}

/** A paragraph: a line a sentence, as mdoc wants it, and none too long. */
function prose(text: string): string[] {
  return text
    .trim()
    .split(/(?<=[.!?][)"]?)\s+(?=[A-Z[`"(])/)
    .flatMap(sentence => wrap(sentence))
    .map(escapeRoff)
}

function wrap(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    // A line that ends like a sentence within one would be read as its end.
    if (last !== undefined && (`${last} ${word}`.length <= WIDTH || /[.!?]$/.test(last)))
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Lines as they stand, such as an example. */
function verbatim(lines: readonly string[]): string[] {
  return ['.Bd -literal -offset indent', ...lines.map(escapeRoff), '.Ed']
}

/** One argument of a macro: quoted, so that no word of it is taken for a macro. */
function word(text: string): string {
  const escaped = text.replaceAll('\\', '\\e').replaceAll('"', '\\(dq')
  return /[\s"]|^[A-Z][a-z]\w?$/.test(escaped) ? `"${escaped}"` : escaped
}

const optional = (value: TreeValue): string =>
  `${value.required ? 'Ar' : 'Op Ar'} ${word(value.name)}${value.variadic ? ' ...' : ''}`

function optionItem({ short, long, about, value }: TreeOption): string[] {
  const flags = [
    short === undefined ? [] : [`Fl ${word(short.slice(1))}`],
    long === undefined ? [] : [`Fl ${word(long.slice(1))}`],
  ].flat()
  const behind = value === undefined ? '' : ` Ar ${word(value.name)}${value.variadic ? ' ...' : ''}`
  const words = value === undefined || value.choices.length === 0 ? '' : ` (${value.choices.join(', ')})`
  return [`.It ${flags.join(' , ')}${behind}`, ...prose(`${sentence(about + words)}`)]
}

const sentence = (text: string): string => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}

function optionList(options: readonly TreeOption[]): string[] {
  return options.length === 0 ? [] : ['.Bl -tag -width Ds', ...options.flatMap(optionItem), '.El']
}

/** The blocks behind a command's help: a heading that ends with a colon, and lines. */
function blocks(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const block of text.split(/\n\s*\n/)) {
    const heading = /^([A-Z][\w ]*):\s*/.exec(block)
    if (heading !== null) found.set(heading[1], block.slice(heading[0].length).split('\n'))
  }
  return found
}

function commandSection(command: TreeCommand, common: ReadonlySet<string>): string[] {
  const own = command.options.filter(option => !common.has(option.long ?? ''))
  const examples = blocks(command.more).get('Examples')
  return [
    `.Ss vpsguard ${command.path.map(word).join(' ')}`,
    ...prose(sentence(command.about)),
    ...(command.values.length === 0
      ? []
      : [
          '.Pp',
          ...command.values.flatMap(value => [
            `.Ar ${word(value.name)} :`,
            ...prose(
              value.choices.length === 0
                ? sentence(value.about)
                : sentence(`${value.about} (${value.choices.join(', ')})`),
            ),
          ]),
        ]),
    ...optionList(own),
    ...(examples === undefined ? [] : ['.Pp', 'Examples:', ...verbatim(examples.map(line => line.trim()))]),
  ]
}

/** `0 ok, 1 findings ...`: code and meaning. */
function exitCodes(text: string): string[] {
  const list = blocks(text).get('Exit codes')?.join(' ').replace(/\.$/, '') ?? ''
  return list.split(/,\s+/).flatMap(part => {
    const match = /^(\d+) (.*)$/.exec(part)
    return match === null ? [] : [`.It ${match[1]}`, ...prose(sentence(match[2]))]
  })
}

/** vpsguard(1). */
export function commandPage(): string {
  const { command } = createProgram(new AbortController().signal)
  const tree = commandTree(command)
  const common = new Set(tree.options.map(option => option.long ?? ''))
  const verbs = everyCommand(tree).filter(({ path, commands }) => path.length > 0 && commands.length === 0)
  const lines = [
    '.\\" Written by `npm run docs` from the command line; edit that.',
    `.Dd ${DATE}`,
    '.Dt VPSGUARD 1',
    '.Os',
    '.Sh NAME',
    '.Nm vpsguard',
    '.Nd find attacks on a server in its logs',
    '.Sh SYNOPSIS',
    ...verbs.flatMap(verb => [
      '.Nm',
      `.Cm ${verb.path.map(word).join(' ')}`,
      '.Op Ar options',
      ...verb.values.map(value => `.${optional(value)}`),
    ]),
    '.Sh DESCRIPTION',
    '.Nm',
    'reads the logs of a server, learns what is normal there, and reports the attacks',
    'in them, each with the lines that prove it.',
    'Nothing leaves the machine.',
    '.Pp',
    'These options may stand before the command or behind it:',
    ...optionList(tree.options),
    '.Sh COMMANDS',
    ...verbs.flatMap(verb => commandSection(verb, common)),
    '.Sh ENVIRONMENT',
    '.Bl -tag -width Ds',
    '.It Ev NO_COLOR , Ev FORCE_COLOR',
    'Never, or always, print colours.',
    '.It Ev VPSGUARD_STATE',
    'The folder for what is kept between runs.',
    '.It Ev VPSGUARD_ Ns Ar TABLE Ns _ Ns Ar KEY',
    'Set a key of the config: the key',
    '.Cm format',
    'of the table',
    '.Cm output',
    'is',
    '.Ev VPSGUARD_OUTPUT_FORMAT .',
    '.El',
    '.Sh FILES',
    '.Bl -tag -width Ds',
    '.It Pa ./vpsguard.toml',
    'The config of this folder; the first of these that is there is read.',
    '.It Pa ~/.config/vpsguard/vpsguard.toml',
    "The user's config, with",
    '.Pa conf.d/*.toml',
    'beside it.',
    '.It Pa /etc/vpsguard/vpsguard.toml',
    "The system's config, with",
    '.Pa conf.d/*.toml',
    'beside it.',
    '.It Pa /var/lib/vpsguard , Pa ~/.local/state/vpsguard',
    "What is kept between runs, root's and a user's.",
    '.El',
    '.Sh EXIT STATUS',
    '.Bl -tag -width Ds',
    ...exitCodes(tree.more),
    '.El',
    '.Sh SEE ALSO',
    '.Xr journalctl 1 ,',
    '.Xr vpsguard.toml 5',
  ]
  return `${lines.join('\n')}\n`
}

/** vpsguard.toml(5). */
export function configManual(): string {
  const lines = [
    '.\\" Written by `npm run docs` from the config schema; edit that.',
    `.Dd ${DATE}`,
    '.Dt VPSGUARD.TOML 5',
    '.Os',
    '.Sh NAME',
    '.Nm vpsguard.toml',
    '.Nd config of vpsguard',
    '.Sh DESCRIPTION',
    'The config is TOML: tables of keys.',
    'Every key may be left out; an unknown key is a mistake, and',
    '.Ql vpsguard config validate',
    'says where it stands and which key is nearest.',
    '.Ql vpsguard init',
    'writes a config with every key and its meaning.',
    '.Sh TABLES',
    ...tableSections(configSchema(), []),
    '.Sh EXAMPLES',
    ...verbatim(['[whitelist]', 'ips = ["198.51.100.0/24"]', '', '[rules.brute_force]', 'threshold = 20']),
    '.Sh SEE ALSO',
    '.Xr vpsguard 1',
  ]
  return `${lines.join('\n')}\n`
}

function tableSections(schema: z.ZodType, path: readonly string[]): string[] {
  const entries = Object.entries(shapeOf(schema) ?? {}).flatMap(([key, inner]) =>
    inner instanceof z.ZodType ? [[key, inner] as const] : [],
  )
  const leaves = entries.filter(([, inner]) => shapeOf(inner) === undefined)
  const own =
    leaves.length === 0 || path.length === 0
      ? []
      : [
          `.Ss The table ${path.join('.')}`,
          ...prose(sentence(schema.description ?? '')),
          '.Bl -tag -width Ds',
          ...leaves.flatMap(([key, leaf]) => keyItem(key, leaf)),
          '.El',
        ]
  return [
    ...own,
    ...entries
      .filter(([, inner]) => shapeOf(inner) !== undefined)
      .flatMap(([key, inner]) => tableSections(inner, [...path, key])),
  ]
}

function keyItem(key: string, leaf: z.ZodType): string[] {
  const values = choices(leaf)
  const fallback = defaultOf(leaf)
  return [
    `.It Cm ${word(key)}`,
    ...prose(sentence(leaf.description ?? '')),
    ...(values === undefined ? [] : prose(`One of ${values.join(', ')}.`)),
    ...prose(fallback === undefined ? 'Not set by default.' : `Default: ${toToml(fallback)}`),
  ]
}
