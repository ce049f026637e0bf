/** `vpsguard init` and `vpsguard config`. */
import { existsSync } from 'node:fs'
import { stringify } from 'smol-toml'
import { openServices } from '../app/services.ts'
import { configSchema, loadConfigInForce } from '../app/setup.ts'
import { printDefault } from '../config/print.ts'
import { withoutSecrets } from '../config/secrets.ts'
import { EXIT, Problem } from '../core/errors.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { writeFileWhole, writeStream } from './output.ts'

/**
 * Writes a config in which every key stands with its default and what it means.
 * @throws Problem (exit 2) where the file is there and --force is not given, and where it cannot be written
 */
export async function initCommand(
  file: string,
  flags: CommonFlags & { force?: boolean },
  env: CommandEnvironment,
): Promise<number> {
  if (existsSync(file) && flags.force !== true) {
    throw new Problem(EXIT.usage, `${file} is there already`, {
      where: file,
      hint: `vpsguard init ${file} --force writes over it`,
    })
  }
  writeFileWhole(file, [printDefault(configSchema())])
  if (flags.quiet !== true) env.stderr.write(`Config written to ${file}; every key stands in it with its default.\n`)
  return EXIT.ok
}

/**
 * `validate` also opens the databases and lists that the config names; `show` prints the config in force, with the
 * files it came from.
 * @throws Problem that names every key that is wrong
 */
export async function configCommand(
  verb: 'validate' | 'show' | 'print-default',
  file: string | undefined,
  flags: CommonFlags,
  env: CommandEnvironment,
): Promise<number> {
  if (verb === 'print-default') {
    await writeStream(env.stdout, [printDefault(configSchema())], env.signal)
    return EXIT.ok
  }
  const { config, files } = loadConfigInForce(file ?? flags.config, env)
  if (verb === 'show') {
    const origin = files.length === 0 ? '# no config file: the defaults' : `# from ${files.join(', ')}`
    await writeStream(env.stdout, [`${origin}\n`, `${stringify(withoutSecrets(config))}\n`], env.signal)
    return EXIT.ok
  }
  // What a key's form cannot tell is tried: databases and lists open.
  openServices(config, [], {})
  await writeStream(
    env.stdout,
    [`${files.length === 0 ? 'No config file: the defaults hold.' : `${files.join(', ')}: valid`}\n`],
    env.signal,
  )
  return EXIT.ok
}
