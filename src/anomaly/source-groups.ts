/** Names for behaviour groups: from what the middle member of a group does, so that equal behaviour has one name. */
import { median } from '../kit/math/summary.ts'
import type { Surface } from './feature-spec.ts'
import { SOURCE_FEATURES } from './source-features.ts'

/** The middle of a group, feature by feature. */
export function centreOf(surface: Surface, vectors: readonly (readonly number[])[]): number[] {
  return SOURCE_FEATURES[surface].map((_, j) => median(vectors.map(vector => vector[j])))
}

/** A group's name. The order decides: what matters most to an owner comes first. */
export function groupName(surface: Surface, centre: readonly number[]): string {
  return surface === 'ssh' ? sshName(centre) : webName(centre)
}

function sshName([
  attempts,
  failureShare,
  users,
  ,
  spanHours,
  ,
  gapCv,
  ,
  validShare,
  successes,
]: readonly number[]): string {
  if (successes >= 1) return failureShare > 0.5 ? 'guesser that got in' : 'login client'
  if (attempts <= 3) return 'one-shot visitor'
  if (users >= 8) return 'dictionary guesser'
  if (spanHours >= 24) return gapCv < 0.5 ? 'timed guesser' : 'patient guesser'
  if (attempts >= 20) return 'password guesser'
  return validShare >= 0.5 ? 'prober of real accounts' : 'prober'
}

function webName([requests, errorRate, methodEntropy, pathDiversity, meanBytes, burst]: readonly number[]): string {
  if (errorRate >= 0.5) return requests <= 3 ? 'one-shot prober' : 'path prober'
  if (requests <= 3) return 'one-shot visitor'
  if (methodEntropy >= 0.5) return 'form client'
  if (burst >= 60) return 'burst client'
  if (requests >= 50 && pathDiversity >= 0.5) return 'crawler'
  if (requests >= 20 && pathDiversity <= 0.1) return 'poller'
  return meanBytes >= 1_000_000 ? 'downloader' : 'reader'
}
