/**
 * Surfaces: the doors of a server that are tried. Each has its own strangers a day and its own law of names, so each is
 * counted by itself. The order is the number a surface has in snapshots and models: new ones go to the end.
 */
export const SURFACES = [
  'ssh',
  'mail',
  'ftp',
  'panel',
  'console',
  'web-auth',
  'web-login',
  'web-form',
  'web-probe',
  'ssh-probe',
  'web-payload',
] as const

export type Surface = (typeof SURFACES)[number]

export const SURFACE: Readonly<Record<Surface, number>> = Object.freeze({
  ssh: 0,
  mail: 1,
  ftp: 2,
  panel: 3,
  console: 4,
  'web-auth': 5,
  'web-login': 6,
  'web-form': 7,
  'web-probe': 8,
  'ssh-probe': 9,
  'web-payload': 10,
})

/** Names that one source may have on a surface; further ones are counted as one. A scanner's path list is no news. */
export const NAMES_PER_SOURCE: readonly number[] = SURFACES.map(surface =>
  surface === 'web-probe' ? 8 : surface === 'web-payload' ? 24 : 64,
)

/** Whether the surface's names are accounts (else they are paths of a web site, or there are none). */
export function namesAreAccounts(surface: number): boolean {
  return surface < SURFACE['web-login']
}

/** Whether the surface's lines are requests of the web server. */
export function isOfTheWeb(surface: number): boolean {
  return (surface >= SURFACE['web-auth'] && surface <= SURFACE['web-probe']) || surface === SURFACE['web-payload']
}

/** What the names of a surface are called in sentences. */
export function doorOf(surface: number): string {
  switch (SURFACES[surface]) {
    case 'ssh':
      return 'SSH'
    case 'ssh-probe':
      return 'SSH connections without a login'
    case 'mail':
      return 'mail'
    case 'ftp':
      return 'FTP'
    case 'panel':
      return 'the admin panel'
    case 'console':
      return 'the console'
    case 'web-auth':
      return 'HTTP authentication'
    default:
      return 'the web site'
  }
}

/** Whether scanners come there every day, each with a list that many have: fewer of them are no news. */
export function isScanned(surface: number): boolean {
  return isProbe(surface) || surface === SURFACE['web-payload']
}

/** Whether who comes there only looks around, which is no danger yet. */
export function isProbe(surface: number): boolean {
  return surface === SURFACE['web-probe'] || surface === SURFACE['ssh-probe']
}
