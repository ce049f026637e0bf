import { everyCommand, isFile, type TreeCommand, type TreeValue } from './tree.ts'

const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const key = (path: readonly string[]): string => single(path.join(' '))

/** A completion script for bash; it needs nothing but bash 4.4. */
export function bashCompletion(tree: TreeCommand, names: readonly string[]): string {
  const commands = everyCommand(tree)
  return `# Completions of vpsguard for bash, written by \`npm run docs\`; \`vpsguard completion bash\` prints the same.

_vpsguard_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }
_vpsguard_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$1"); }

_vpsguard() {
  local current=\${COMP_WORDS[COMP_CWORD]} before='' path='' skip='' only_files='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # bash parts --flag=value into three words.
    [[ $word == = ]] && continue
    if [[ -n $skip ]]; then skip=''; before=''; continue; fi
    before=''
    if [[ $word == -- ]]; then only_files=1; continue; fi
    case "$path $word" in
${values(commands)}
    esac
    case "$path $word" in
${verbs(commands)}
    esac
  done
  [[ $current == = ]] && current=''
  if [[ -n $before ]]; then
    case "$before" in
${valueWords(commands)}
    esac
    return
  fi
  if [[ $current == -* && -z $only_files ]]; then
    case "$path" in
${optionWords(commands)}
    esac
    return
  fi
  case "$path" in
${argumentWords(commands)}
  esac
}

complete -F _vpsguard ${names.join(' ')}
`
}

const flagsOf = (flag: { short: string | undefined; long: string | undefined }): string[] =>
  [flag.short, flag.long].filter(text => text !== undefined)

/** Flags whose next word is theirs. */
function values(commands: readonly TreeCommand[]): string {
  return commands
    .map(({ path, options }) => {
      const flags = options.filter(option => option.value !== undefined).flatMap(flagsOf)
      const patterns = flags.map(flag => single(`${path.join(' ')} ${flag}`)).join('|')
      return flags.length === 0 ? '' : `      ${patterns}) skip=1; before="$path $word" ;;`
    })
    .filter(line => line !== '')
    .join('\n')
}

function verbs(commands: readonly TreeCommand[]): string {
  const lines = commands
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => {
      const typed = path.length === 1 ? ` ${path[0]}` : path.join(' ')
      return `      ${single(typed)}) path=${key(path)} ;;`
    })
  return lines.join('\n')
}

function words(value: TreeValue): string {
  if (value.choices.length > 0) return `_vpsguard_words ${single(value.choices.join(' '))} "$current"`
  return isFile(value) ? '_vpsguard_files "$current"' : ':'
}

function valueWords(commands: readonly TreeCommand[]): string {
  return commands
    .flatMap(({ path, options }) =>
      options.flatMap(option => {
        const action = option.value === undefined ? ':' : words(option.value)
        if (action === ':') return []
        return [
          `      ${flagsOf(option)
            .map(flag => single(`${path.join(' ')} ${flag}`))
            .join('|')}) ${action} ;;`,
        ]
      }),
    )
    .join('\n')
}

function optionWords(commands: readonly TreeCommand[]): string {
  return commands
    .map(({ path, options }) => {
      const flags = options.flatMap(flagsOf)
      return `      ${key(path)}) _vpsguard_words ${single(flags.join(' '))} "$current" ;;`
    })
    .join('\n')
}

function argumentWords(commands: readonly TreeCommand[]): string {
  return commands
    .flatMap(command => {
      if (command.commands.length > 0) {
        const names = command.commands.map(({ path }) => path.at(-1)).join(' ')
        return [`    ${key(command.path)}) _vpsguard_words ${single(names)} "$current" ;;`]
      }
      const value = command.values.find(one => words(one) !== ':')
      return value === undefined ? [] : [`    ${key(command.path)}) ${words(value)} ;;`]
    })
    .join('\n')
}
