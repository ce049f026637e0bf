/** The command line as data, read from what commander was told: completions and man pages are written from it. */
import type { Argument, Command, Option } from 'commander'

export interface TreeValue {
  /** As the help writes it, without its brackets: `file`, `log`. */
  name: string
  required: boolean
  /** May be given several times. */
  variadic: boolean
  /** The words it may be; empty where anything goes. */
  choices: readonly string[]
  about: string
}

export interface TreeOption {
  /** `-c`, where there is one. */
  short: string | undefined
  /** `--config`. */
  long: string | undefined
  about: string
  /** What stands behind it; undefined for a switch. */
  value: TreeValue | undefined
}

export interface TreeCommand {
  /** The words behind the program's name; none for the program itself. */
  path: readonly string[]
  about: string
  values: readonly TreeValue[]
  options: readonly TreeOption[]
  commands: readonly TreeCommand[]
  /** What stands behind its help: examples, exit codes. */
  more: string
}

/** Words that commander does not know because a verb checks them itself: by `--flag`, `verb --flag` or `verb <value>`. */
export type KnownWords = Readonly<Record<string, readonly string[]>>

const HELP: TreeOption = { short: '-h', long: '--help', about: 'show help', value: undefined }

/** Reads a command and all below it; hidden ones are left out. */
export function commandTree(command: Command, known: KnownWords = {}, path: readonly string[] = []): TreeCommand {
  const help = command.createHelp()
  const place = path.join(' ')
  const options = command.options.filter(option => !option.hidden).map(option => optionOf(option, known, place))
  return {
    path,
    about: command.description(),
    values: command.registeredArguments.map(argument =>
      argumentValue(argument, known[`${place} <${argument.name()}>`]),
    ),
    options: [...options, HELP],
    commands: help
      .visibleCommands(command)
      .filter(sub => sub.name() !== 'help')
      .map(sub => commandTree(sub, known, [...path, sub.name()])),
    more: textBehindHelp(command),
  }
}

function optionOf(option: Option, known: KnownWords, place: string): TreeOption {
  const value = /[<[](.+?)(\.\.\.)?[>\]]/.exec(option.flags)
  return {
    short: option.short,
    long: option.long,
    about: option.description,
    value:
      value === null
        ? undefined
        : {
            name: value[1],
            required: option.required,
            variadic: option.variadic,
            choices: option.argChoices ?? known[`${place} ${option.long}`] ?? known[option.long ?? ''] ?? [],
            about: option.description,
          },
  }
}

function argumentValue(argument: Argument, known: readonly string[] = []): TreeValue {
  return {
    name: argument.name(),
    required: argument.required,
    variadic: argument.variadic,
    choices: argument.argChoices ?? known,
    about: argument.description,
  }
}

function textBehindHelp(command: Command): string {
  let text = ''
  const output = command.configureOutput()
  command.configureOutput({ ...output, writeOut: part => (text += part) })
  command.outputHelp()
  command.configureOutput(output)
  const bare = command.helpInformation()
  return text.startsWith(bare) ? text.slice(bare.length).trim() : ''
}

/** A command and all below it, in order. */
export function everyCommand(tree: TreeCommand): TreeCommand[] {
  return [tree, ...tree.commands.flatMap(everyCommand)]
}

/** Whether a value is the name of a file, by what the help calls it. */
export function isFile(value: TreeValue): boolean {
  return /^(?:file|log|report|folder|path|config)s?$/.test(value.name)
}

/** A name for a shell function: `_vpsguard_config_show`. */
export function functionName(path: readonly string[]): string {
  return ['_vpsguard', ...path].join('_').replace(/\W/g, '_')
}
