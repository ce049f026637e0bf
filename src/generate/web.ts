/** Puts a web server's log together. */
import { createRandom } from '../core/random.ts'
import { createAddressPool } from './addresses.ts'
import type { GenerateOptions, WebFormat } from './options.ts'
import type { WebProfile } from './profiles/define.ts'
import { stampMillis } from './stamp.ts'
import type { AttackTruth, Generated, Truth } from './truth.ts'
import { planBackground } from './web/background.ts'
import * as formats from './web/formats.ts'
import type { WebPlan } from './web/plan.ts'
import type { WebRequest } from './web/request.ts'
import type { Site } from './web/site.ts'
import { createSite } from './web/site.ts'

export interface WebShare {
  readonly profile: WebProfile
  readonly share: number
}

/**
 * As `generateAuth`, for a web server: attacks by their shares (0 to 1) of `entries`, background, and the truth
 * about both.
 */
export function generateWeb(
  options: GenerateOptions,
  format: WebFormat,
  shares: readonly WebShare[],
  end: number,
): Generated {
  const { seed, start, entries } = options
  const site = createSite(createRandom(seed, 'site'), options.host ?? 'www.example.com')
  const addresses = createAddressPool(createRandom(seed, 'addresses'))
  const planOf = (stream: string): WebPlan => ({ random: createRandom(seed, stream), start, end, site, addresses })

  const attacks = shares.map(({ profile, share }, index) =>
    profile.plan(planOf(`attack ${index} ${profile.id}`), share * entries).map(made => ({ ...made, attack: index })),
  )
  const attackLines = attacks.reduce((sum, requests) => sum + requests.length, 0)
  const background = planBackground(
    planOf('background'),
    Math.max(0, entries - attackLines),
    options.newSourcesPerDay ?? 5,
  )
  const requests = [...background.requests, ...attacks.flat()].sort((a, b) => a.time - b.time)
  const truth: Truth = {
    seed,
    start: stampMillis(start),
    end: stampMillis(end),
    lines: requests.length,
    attacks: attacks.map((made, index) => tellAttack(shares[index].profile.id, made)),
    background: {
      sources: background.strangers.length,
      strangers: background.strangers.toSorted(),
      legitimate: { users: [], addresses: background.legitimate.toSorted() },
    },
  }
  const write = writerOf(format, site)
  return { truth, lines: { [Symbol.iterator]: () => writeLines(requests, write) } }
}

function* writeLines(requests: readonly WebRequest[], write: formats.WriteRequest): Generator<string> {
  for (const one of requests) yield write(one)
}

function writerOf(format: WebFormat, site: Site): formats.WriteRequest {
  switch (format) {
    case 'nginx':
      return formats.writeNginx()
    case 'apache':
      return formats.writeApache()
    case 'apache-vhost':
      return formats.writeApacheVhost(site)
    case 'web-json':
      return formats.writeWebJson(site)
    case 'caddy-json':
      return formats.writeCaddy(site)
  }
}

function tellAttack(profile: string, requests: readonly WebRequest[]): AttackTruth {
  const times = requests.map(made => made.time)
  return {
    profile,
    first: stampMillis(times.reduce((a, b) => Math.min(a, b))),
    last: stampMillis(times.reduce((a, b) => Math.max(a, b))),
    sources: [...new Set(requests.map(made => made.source))].sort(),
    users: [],
    attempts: requests.length,
    lines: requests.length,
  }
}
