/**
 * The detector under test: the campaign detector's own code, fed with attempts instead of events. It learns from
 * everything before the test part (its calibration is leave-block-out, so it needs no part of its own for that).
 */

import type { CampaignModel } from '../../src/campaigns/detect.ts'
import { detect } from '../../src/campaigns/detect.ts'
import { trainBaseline } from '../../src/campaigns/model.ts'
import { AttemptStore, ROW } from '../../src/campaigns/store.ts'
import { SURFACE } from '../../src/campaigns/surfaces.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { parseAddress } from '../../src/core/ip.ts'
import type { Alarm, Attempt, Detector } from './attempt.ts'

/** A store and the table that its source ids come from. */
interface Filled {
  store: AttemptStore
  addresses: AddressTable
}

/** Feeds attempts into a store as the engine's pass would. */
export function fill(attempts: readonly Attempt[]): Filled {
  const store = new AttemptStore()
  const addresses = new AddressTable()
  for (const { time, source, user, known, accepted, knock } of attempts) {
    const words = parseAddress(source)
    const id = words === undefined ? addresses.idOfName(source) : addresses.idOf(words)
    const name = store.names.idOf(SURFACE.ssh, user)
    store.alive(time)
    if (knock === true) {
      store.add(time, id, SURFACE['ssh-probe'])
      continue
    }
    if (accepted) store.logins.add(time, id, name, false)
    else store.add(time, id, name, 1, known === true ? ROW.KNOWN : 0)
  }
  return { store, addresses }
}

/** Alarms of one judgement: a campaign's at the moment of its first alarm, a breach's at the login. */
export function alarmsOf(attempts: readonly Attempt[], budget: number, model?: CampaignModel): Alarm[] {
  const { store, addresses } = fill(attempts)
  const found = detect(store, { budget, networkOf: source => addresses.network(source), model })
  const alarms: Alarm[] = found.campaigns.map(({ firstAlarm, membership }) => ({
    time: firstAlarm,
    sources: membership.members.map(({ source }) => addresses.format(source)),
  }))
  for (const { login } of found.breaches) {
    const source = addresses.format(login.source)
    alarms.push({ time: login.first, sources: [source], breach: { source, user: store.names.text(login.name) } })
  }
  return alarms.sort((a, b) => a.time - b.time)
}

function trained(attempts: readonly Attempt[], budget: number): CampaignModel {
  const { store, addresses } = fill(attempts)
  return trainBaseline(store, { budget, networkOf: source => addresses.network(source) })
}

export const SUBJECTS: readonly Detector[] = [
  {
    id: 'vpsguard',
    title: 'VPSGuard, trained on the weeks before',
    budgeted: true,
    hearsKnocks: true,
    detect: async (train, calibrate, test, budget) => alarmsOf(test, budget, trained([...train, ...calibrate], budget)),
  },
  {
    id: 'vpsguard-untrained',
    title: 'VPSGuard without a model, the log judged by itself',
    budgeted: true,
    hearsKnocks: true,
    detect: async (_train, _calibrate, test, budget) => alarmsOf(test, budget),
  },
]
