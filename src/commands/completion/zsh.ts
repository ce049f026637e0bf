import { everyCommand, functionName, isFile, type TreeCommand, type TreeOption, type TreeValue } from './tree.ts'

const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
/** Text inside the brackets of an _arguments specification. */
const about = (text: string): string => text.replace(/[\\[\]:]/g, sign => `\\${sign}`)

/** A completion function for zsh, for a folder of $fpath. */
export function zshCompletion(tree: TreeCommand, names: readonly string[]): string {
  return `#compdef ${names.join(' ')}
# Completions of vpsguard for zsh, written by \`npm run docs\`; \`vpsguard completion zsh\` prints the same.

${everyCommand(tree).map(commandFunction).join('\n\n')}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _vpsguard "$@"
else
  compdef _vpsguard ${names.join(' ')}
fi
`
}

function commandFunction(command: TreeCommand): string {
  const options = command.options.map(option => `    ${optionSpec(option)}`)
  if (command.commands.length === 0) {
    const values = command.values.map((value, index) => `    ${valueSpec(value, index)}`)
    return [
      `${functionName(command.path)}() {`,
      '  _arguments -s -S \\',
      [...options, ...values].join(' \\\n'),
      '}',
    ].join('\n')
  }
  return [
    `${functionName(command.path)}() {`,
    '  local context curcontext="$curcontext" state line',
    '  typeset -A opt_args',
    '  _arguments -C -s \\',
    [...options, "    '1: :->verb'", "    '*:: :->rest'"].join(' \\\n'),
    '  case $state in',
    '    verb)',
    '      local -a verbs=(',
    ...command.commands.map(sub => `        ${single(`${sub.path.at(-1)}:${sub.about.replaceAll(':', '\\:')}`)}`),
    '      )',
    "      _describe -t commands 'command' verbs ;;",
    '    rest)',
    '      case $words[1] in',
    ...command.commands.map(sub => `        ${sub.path.at(-1)}) ${functionName(sub.path)} ;;`),
    '      esac ;;',
    '  esac',
    '}',
  ].join('\n')
}

function optionSpec({ short, long, about: text, value }: TreeOption): string {
  const flags = [short, long].filter(flag => flag !== undefined)
  const repeats = value?.variadic === true ? '*' : ''
  const tail = single(
    `[${about(text)}]${value === undefined ? '' : `:${value.name.replaceAll(':', '\\:')}:${action(value)}`}`,
  )
  const [first] = flags
  if (flags.length === 1) return repeats === '' ? `${first}${tail}` : `${single(repeats)}${first}${tail}`
  const exclusive = repeats === '' ? single(`(${flags.join(' ')})`) : single(repeats)
  return `${exclusive}{${flags.join(',')}}${tail}`
}

function valueSpec(value: TreeValue, index: number): string {
  const place = value.variadic ? '*' : String(index + 1)
  return single(`${place}:${value.required ? '' : ':'}${value.name.replaceAll(':', '\\:')}:${action(value)}`)
}

function action(value: TreeValue): string {
  if (value.choices.length > 0) return `(${value.choices.join(' ')})`
  return isFile(value) ? '_files' : ' '
}
