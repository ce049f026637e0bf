/** Events into the store: the one part of this folder that sees an EventView. No string is made on the way of a known name. */

import type { AddressTable } from '../core/addresses.ts'
import type { TextColumn } from '../core/columns.ts'
import { type EventKind, KIND, OTHER_AUTH_FAILED_KINDS, SSH_ATTEMPT_KINDS } from '../core/event.ts'
import { hashLabel } from '../core/random.ts'
import type { EventView, OpenBatch } from '../core/view.ts'
import { isAttack } from '../kit/payloads/attack.ts'
import { isPublishersDoor, PublishersNetworks } from '../kit/web-services.ts'
import { attackName, targetName } from './payload-tokens.ts'
import type { TextKind } from './source-tokens.ts'
import { type AttemptStore, ROW } from './store.ts'
import { SURFACE } from './surfaces.ts'
import { isMachineDoor, isPeersDoor, PATH, pathClass, pathTemplate } from './web-tokens.ts'

export const ACCEPTED_KINDS = [
  'ssh.auth.accepted',
  'ftp.auth.accepted',
  'mail.auth.accepted',
  'panel.auth.accepted',
] as const satisfies readonly EventKind[]

/** Knocks that end before a name was tried. */
const PROBE_KINDS = ['ssh.scan', 'ssh.preauth.closed'] as const satisfies readonly EventKind[]

export const FED_KINDS: readonly EventKind[] = [
  ...new Set<EventKind>([...SSH_ATTEMPT_KINDS, ...PROBE_KINDS]),
  ...OTHER_AUTH_FAILED_KINDS,
  ...ACCEPTED_KINDS,
  'web.request',
]

/** Surface by kind, 255 for what is no failed login. */
const SURFACE_OF = new Uint8Array(256).fill(255)
for (const kind of SSH_ATTEMPT_KINDS) SURFACE_OF[KIND[kind]] = SURFACE.ssh
SURFACE_OF[KIND['ftp.auth.failed']] = SURFACE.ftp
SURFACE_OF[KIND['mail.auth.failed']] = SURFACE.mail
SURFACE_OF[KIND['panel.auth.failed']] = SURFACE.panel
SURFACE_OF[KIND['login.failed']] = SURFACE.console
SURFACE_OF[KIND['web.auth.failed']] = SURFACE['web-auth']

const ACCEPTED_ON = new Uint8Array(256).fill(255)
ACCEPTED_ON[KIND['ssh.auth.accepted']] = SURFACE.ssh
ACCEPTED_ON[KIND['ftp.auth.accepted']] = SURFACE.ftp
ACCEPTED_ON[KIND['mail.auth.accepted']] = SURFACE.mail
const IS_PROBE = new Uint8Array(256)
for (const kind of PROBE_KINDS) IS_PROBE[KIND[kind]] = 1

ACCEPTED_ON[KIND['panel.auth.accepted']] = SURFACE.panel

const SSH = SURFACE.ssh
const FAILED = KIND['ssh.auth.failed']
const WEB = KIND['web.request']
const KEY_METHODS: ReadonlySet<string | undefined> = new Set(['publickey', 'hostbased', 'gssapi-with-mic'])

/** Pages by which a visitor's way through the site is known. */
const PAGES_OF_A_WAY = 3
/** Keys of a query by which it is known. */
const MOST_KEYS = 8

/** Numbers of a batch's texts in the store: -1 for those not yet looked up. */
interface BatchNames {
  epoch: number
  /** By surface: the number of a user name. */
  users: (Int32Array | undefined)[]
  /** What a path is for; 0 for not yet looked at. */
  paths: Uint8Array
  /** 1 for a program's door, 2 for another, 3 for other servers'; 0 for not yet looked at. */
  machines: Uint8Array
  posts: Int32Array
  probes: Int32Array
  /** 1 for POST, 2 for another method; 0 for not yet looked at. */
  methods: Uint8Array
  /** By kind of token: the number of a text; -1 for not yet looked at. */
  tokens: Partial<Record<TextKind, Int16Array>>
  /** Digests of pages; 0 for not yet looked at. */
  pages: Uint32Array
}

export class Feed {
  readonly #store: AttemptStore
  readonly #publishers: PublishersNetworks
  readonly #batches = new WeakMap<OpenBatch, BatchNames>()
  #open: OpenBatch | undefined
  #names: BatchNames | undefined

  constructor(store: AttemptStore, addresses: AddressTable) {
    this.#store = store
    this.#publishers = new PublishersNetworks(addresses)
  }

  observe(event: EventView): void {
    const { columns } = event.open.batch
    const kind = columns.kind[event.row]
    const time = columns.time[event.row]
    const { source } = event
    if (source < 0 || Number.isNaN(time)) return
    if (kind === WEB) {
      this.#web(event, source, time)
      return
    }
    const surface = SURFACE_OF[kind]
    if (surface === SSH || IS_PROBE[kind] === 1) this.#ssh(event, kind, source)
    if (surface !== 255) {
      const attempts =
        surface === SSH
          ? columns.attempts[event.row]
          : Math.max(1, columns.attempts[event.row], columns.count[event.row])
      if (attempts === 0) {
        this.#probe(event, kind, source, time)
        return
      }
      const bits =
        (columns.flags[event.row] & ROW.KNOWN) | (surface === SSH && KEY_METHODS.has(event.method) ? ROW.KEY : 0)
      this.#store.add(time, source, this.#user(event, surface), attempts, bits, event)
      return
    }
    if (this.#probe(event, kind, source, time)) return
    const accepted = ACCEPTED_ON[kind]
    if (accepted === 255) return
    this.#store.alive(time)
    this.#store.logins.add(time, source, this.#user(event, accepted), KEY_METHODS.has(event.method), event)
  }

  /** A connection without an attempt. Closes that follow one tell of the same source, which the judge leaves out. */
  #probe(event: EventView, kind: number, source: number, time: number): boolean {
    if (IS_PROBE[kind] === 0) return false
    // No name was tried: the surface's own number stands for none in particular, and is not followed by itself.
    this.#store.add(time, source, SURFACE['ssh-probe'], 1, 0, event)
    return true
  }

  /** What the line shows of the client's program. */
  #ssh(event: EventView, kind: number, source: number): void {
    const { columns } = event.open.batch
    this.#store.tokens.connect(source, columns.port[event.row])
    if (kind !== FAILED) this.#token(event, source, 'farewell', 'detail')
    else {
      this.#token(event, source, 'method', 'method')
      this.#token(event, source, 'key', 'detail')
    }
  }

  /** Notes the text of the column as the source's token, where it is its first of the kind. */
  #token(event: EventView, source: number, kind: TextKind, column: TextColumn): void {
    const text = event.open.batch.columns[column][event.row]
    const { tokens } = this.#store
    if (text < 0 || tokens.has(kind, source)) return
    const names = this.#namesOf(event.open)
    let ids = names.tokens[kind]
    if (ids === undefined) {
      ids = new Int16Array(event.open.batch.textEnds.length).fill(-1)
      names.tokens[kind] = ids
    }
    if (ids[text] < 0) ids[text] = tokens.idOf(kind, tokenText(kind, event.open.text(text) ?? ''))
    tokens.note(kind, source, ids[text])
  }

  #web(event: EventView, source: number, time: number): void {
    const { columns } = event.open.batch
    const path = columns.path[event.row]
    if (path < 0) return
    const names = this.#namesOf(event.open)
    if (names.paths[path] === 0) names.paths[path] = pathClass(event.path ?? '')
    const purpose = names.paths[path]
    const store = this.#store
    store.alive(time)
    const status = columns.status[event.row]
    store.visits.note(source, purpose === PATH.ASSET, status >= 400)
    if (purpose !== PATH.ASSET) this.#page(event, source, path, names)
    const traits = columns.traits[event.row]
    if (traits !== 0 && isAttack(event))
      this.#attack(event, source, time, traits, status >= 200 && status < 300 ? ROW.KNOWN : 0)
    if (this.#isPost(event, names)) {
      if (purpose === PATH.ASSET || this.#isMachines(event, path, status, names)) return
      // What the owner's own services post; only from their networks, since anybody can take their name.
      if (purpose === PATH.LOGIN && this.#publishers.has(source) && isPublishersDoor(event.path ?? '')) return
      const surface = purpose === PATH.LOGIN ? SURFACE['web-login'] : SURFACE['web-form']
      if (names.posts[path] < 0) names.posts[path] = store.names.idOf(surface, `POST ${pathTemplate(event.path ?? '')}`)
      store.add(time, source, names.posts[path], 1, 0, event)
    } else if (status >= 400 && status < 500 && purpose !== PATH.ASSET) {
      // One broken link that another page has is its reader's, however many follow it.
      if (columns.referrer[event.row] >= 0 && event.referrer !== '-' && store.visits.errors(source) < 2) return
      if (names.probes[path] < 0)
        names.probes[path] = store.names.idOf(SURFACE['web-probe'], pathTemplate(event.path ?? ''))
      store.add(time, source, names.probes[path], 1, 0, event)
    }
  }

  /** A request with an attack in it, whatever it was answered: one attempt of its family, and whom it was aimed at. */
  #attack(event: EventView, source: number, time: number, traits: number, bits: number): void {
    const { names } = this.#store
    const surface = SURFACE['web-payload']
    this.#store.add(time, source, names.idOf(surface, attackName(traits)), 1, bits, event)
    this.#store.add(
      time,
      source,
      names.idOf(surface, targetName(pathTemplate(event.path ?? ''))),
      1,
      bits | ROW.AGAIN,
      event,
    )
  }

  /** What the request shows of the visitor's program. */
  #page(event: EventView, source: number, path: number, names: BatchNames): void {
    this.#token(event, source, 'agent', 'agent')
    this.#token(event, source, 'query', 'query')
    const { visits, tokens } = this.#store
    const count = visits.pages(source)
    if (count > PAGES_OF_A_WAY) return
    if (names.pages[path] === 0) names.pages[path] = hashLabel(pathTemplate(event.path ?? '')) || 1
    tokens.walk(source, names.pages[path])
  }

  /** Whether it is the traffic of programs; what they are refused is none of it, but at the doors of other servers. */
  #isMachines(event: EventView, path: number, status: number, { machines, paths }: BatchNames): boolean {
    if (machines[path] === 0) {
      const text = event.path ?? ''
      const isPeers = paths[path] !== PATH.LOGIN && isPeersDoor(text)
      machines[path] = isPeers ? 3 : isMachineDoor(text) ? 1 : 2
    }
    return machines[path] === 3 || (machines[path] === 1 && status < 400)
  }

  #isPost(event: EventView, names: BatchNames): boolean {
    const method = event.open.batch.columns.method[event.row]
    if (method < 0) return false
    if (names.methods[method] === 0) names.methods[method] = event.method === 'POST' ? 1 : 2
    return names.methods[method] === 1
  }

  #user(event: EventView, surface: number): number {
    const text = event.open.batch.columns.user[event.row]
    if (text < 0) return this.#store.names.idOf(surface, '')
    const names = this.#namesOf(event.open)
    let users = names.users[surface]
    if (users === undefined) {
      users = new Int32Array(event.open.batch.textEnds.length).fill(-1)
      names.users[surface] = users
    }
    if (users[text] < 0) users[text] = this.#store.names.idOf(surface, event.user ?? '')
    return users[text]
  }

  #namesOf(open: OpenBatch): BatchNames {
    const { epoch } = this.#store.names
    if (this.#open === open && this.#names !== undefined && this.#names.epoch === epoch) return this.#names
    let names = this.#batches.get(open)
    if (names === undefined || names.epoch !== epoch) {
      const texts = open.batch.textEnds.length
      names = {
        epoch,
        users: [],
        paths: new Uint8Array(texts),
        machines: new Uint8Array(texts),
        posts: new Int32Array(texts).fill(-1),
        probes: new Int32Array(texts).fill(-1),
        methods: new Uint8Array(texts),
        tokens: {},
        pages: new Uint32Array(texts),
      }
      this.#batches.set(open, names)
    }
    this.#open = open
    this.#names = names
    return names
  }
}

/** Of a query the names of its keys count, in the order in which they were sent. */
function tokenText(kind: TextKind, text: string): string {
  if (kind !== 'query') return text
  return text
    .split('&')
    .slice(0, MOST_KEYS)
    .map(pair => pair.split('=', 1)[0])
    .join('&')
}
