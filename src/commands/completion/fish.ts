import { everyCommand, isFile, type TreeCommand, type TreeOption } from './tree.ts'

const single = (text: string): string => `'${text.replace(/[\\']/g, sign => `\\${sign}`)}'`

/** A completion script for fish. */
export function fishCompletion(tree: TreeCommand, names: readonly string[]): string {
  const [name, ...others] = names
  const commands = everyCommand(tree)
  const verbs = commands.filter(({ path }) => path.length > 0).map(({ path }) => single(path.join(' ')))
  return `# Completions of vpsguard for fish, written by \`npm run docs\`; \`vpsguard completion fish\` prints the same.

# The verb that the line is at: '' before any, 'config show' behind two.
function __vpsguard_at
    set -l at ''
    set -l known ${verbs.join(' ')}
    for word in (commandline -opc)[2..-1]
        set -l next (string trim -- "$at $word")
        contains -- "$next" $known; and set at $next
    end
    test "$at" = "$argv[1]"
end

complete -c ${name} -f
${commands.flatMap(command => lines(name, command)).join('\n')}
${others.map(other => `complete -c ${other} -w ${name}`).join('\n')}
`
}

function lines(name: string, command: TreeCommand): string[] {
  const at = `complete -c ${name} -n ${single(`__vpsguard_at ${single(command.path.join(' '))}`)}`
  return [
    ...command.commands.map(sub => `${at} -a ${single(sub.path.at(-1) ?? '')} -d ${single(sub.about)}`),
    ...command.options.map(option => `${at} ${optionPart(option)} -d ${single(option.about)}`),
    ...command.values.flatMap(value => {
      if (value.choices.length > 0) return [`${at} -a ${single(value.choices.join(' '))} -d ${single(value.name)}`]
      return isFile(value) ? [`${at} -F`] : []
    }),
  ]
}

function optionPart({ short, long, value }: TreeOption): string {
  const parts = [
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    ...(long === undefined ? [] : [`-l ${long.slice(2)}`]),
  ]
  if (value === undefined) return parts.join(' ')
  if (value.choices.length > 0) return [...parts, `-x -a ${single(value.choices.join(' '))}`].join(' ')
  return [...parts, isFile(value) ? '-r -F' : '-x'].join(' ')
}
