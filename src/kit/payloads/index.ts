/** Payload families of web requests. */
const NAMES: readonly string[] = []

/** Names of the families whose bits are set. */
export function familiesOf(traits: number): string[] {
  return NAMES.filter((_name, bit) => (traits & (1 << bit)) !== 0)
}
