/** Keys of the config whose values nobody else may read: they stand in no message and in no config that is shown. */

/** By name, since the channels come to the config as any unit does; a test holds that none of theirs is missing. */
const SECRETS = /^(?:password|secret|authorization|topic|\w*token|(?:device|send)_key|(?:webhook_)?url)$/

/** Whether the key's value is a secret. */
export function isSecret(path: readonly (string | number)[]): boolean {
  return path[0] === 'notify' && path.length === 3 && SECRETS.test(String(path[2]))
}

/** What stands for a secret that is there. */
const HIDDEN = '(not shown)'

/** The config with its secrets replaced. */
export function withoutSecrets(value: unknown, path: readonly string[] = []): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date)
    return value !== undefined && isSecret(path) ? HIDDEN : value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutSecrets(entry, [...path, key])]))
}
