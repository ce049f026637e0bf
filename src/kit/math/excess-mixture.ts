/**
 * Who took part? Sources seen in an interval are a mixture of the usual background, whose token law (names tried, glue
 * such as a client banner) is known from the baseline, and of a campaign, whose law shows as the excess over it.
 * Expectation-maximisation gives each source its posterior. Dempster, Laird & Rubin 1977; the mixing weight is held at
 * what the arrival rate says, for with a free weight the campaign could take over the background's law and so every
 * source.
 */
import { requireInteger, requireNonNegative, requireWithin } from './check.ts'

/** One kind of token (names, say). Tokens are numbered 0 .. baseline.length - 1. */
export interface TokenFamily {
  /** For each source the distinct tokens it showed; none is allowed (it then says nothing about that source). */
  sources: readonly ArrayLike<number>[]
  /** q: the baseline probability of each token, > 0. Many unlisted names are best counted as one token "unlisted". */
  baseline: ArrayLike<number>
  /** Share of the baseline law mixed into this family's campaign law; that of the options by default. */
  smoothing?: number
  /** Largest factor, either way, by which one token of this family changes the odds; none by default. */
  limit?: number
}

export interface ExcessMixtureOptions {
  /** EM rounds; 20 by default. */
  iterations?: number
  /** Share of the baseline law mixed into the campaign law, so that one odd token is evidence and never a proof. */
  smoothing?: number
}

export interface ExcessMixture {
  /** For each source the probability that it belongs to the campaign. */
  posterior: Float64Array
  /** The campaign's law of each family's tokens. */
  laws: Float64Array[]
  /** Prior share of the campaign among the sources: max(0.001, 1 - background / sources). */
  prior: number
}

/** The prior never is 0, else no evidence could speak, nor 1, else none could acquit. */
const LEAST_PRIOR = 0.001

/**
 * Posterior of every source.
 *
 * @param families token kinds; each must list the same number of sources.
 * @param background expected number of background sources in the interval, lambda T.
 *
 * Campaign law: c_u ∝ max(0, obs_u - lambda T q_u) at first, then ∝ the posterior-weighted count of u;
 * odds = pi / (1 - pi) x prod_u c_u / q_u over the source's tokens of all families.
 * Throws RangeError when families disagree on the sources, a token is unknown or a q is not in (0, 1].
 */
export function excessMixture(
  families: readonly TokenFamily[],
  background: number,
  { iterations = 20, smoothing = 0.01 }: ExcessMixtureOptions = {},
): ExcessMixture {
  requireNonNegative('background', background)
  requireInteger('iterations', iterations, 1, 10_000)
  requireWithin('smoothing', smoothing, 1e-9, 1)
  const n = families[0]?.sources.length ?? 0
  for (const family of families) checkFamily(family, n)

  const prior = n === 0 ? LEAST_PRIOR : Math.min(1 - LEAST_PRIOR, Math.max(LEAST_PRIOR, 1 - background / n))
  const priorLogOdds = Math.log(prior / (1 - prior))
  const posterior = new Float64Array(n)
  const everyone = new Float64Array(n).fill(1)

  let laws = families.map(family => {
    const excess = tokenCounts(family, everyone)
    // Where tokens were read of some sources only, the background's part is that of those.
    const known = family.sources.reduce((sum, tokens) => sum + (tokens.length > 0 ? 1 : 0), 0)
    const usual = n === 0 ? 0 : (background * known) / n
    for (let u = 0; u < excess.length; u++) excess[u] = Math.max(0, excess[u] - usual * family.baseline[u])
    return campaignLaw(family, excess, family.smoothing ?? smoothing)
  })
  for (let round = 0; ; round++) {
    const ratios = families.map((family, f) => logRatios(family, laws[f]))
    for (let i = 0; i < n; i++) {
      let logOdds = priorLogOdds
      for (let f = 0; f < families.length; f++) {
        const tokens = families[f].sources[i]
        for (let t = 0; t < tokens.length; t++) logOdds += ratios[f][tokens[t]]
      }
      posterior[i] = 1 / (1 + Math.exp(-logOdds))
    }
    if (round === iterations - 1) return { posterior, laws, prior }
    laws = families.map(family => campaignLaw(family, tokenCounts(family, posterior), family.smoothing ?? smoothing))
  }
}

/**
 * The best precision anyone can reach where campaign and background show the same tokens: N / (N + background). Print
 * it beside the participants, for beyond it they cannot be told apart.
 */
export function precisionCeiling(participants: number, background: number): number {
  requireNonNegative('participants', participants)
  requireNonNegative('background', background)
  return participants === 0 ? 0 : participants / (participants + background)
}

function checkFamily({ sources, baseline, smoothing = 1, limit = 1 }: TokenFamily, n: number): void {
  requireWithin('smoothing of a token family', smoothing, 1e-9, 1)
  requireWithin('limit of a token family', limit, 1, Infinity)
  if (sources.length !== n) throw new RangeError(`a token family lists ${sources.length} sources; expected ${n}`)
  for (let u = 0; u < baseline.length; u++) requireWithin(`baseline[${u}]`, baseline[u], Number.MIN_VALUE, 1)
  for (const tokens of sources) {
    for (let t = 0; t < tokens.length; t++) requireInteger('token', tokens[t], 0, baseline.length - 1)
  }
}

/** How many sources showed each token, a source counting by its weight. */
function tokenCounts({ sources, baseline }: TokenFamily, weights: Float64Array): Float64Array {
  const counts = new Float64Array(baseline.length)
  for (let i = 0; i < sources.length; i++) {
    const tokens = sources[i]
    for (let t = 0; t < tokens.length; t++) counts[tokens[t]] += weights[i]
  }
  return counts
}

/** Counts made a law, with a little of the baseline mixed in. Without any excess it is the baseline: no evidence. */
function campaignLaw({ baseline }: TokenFamily, counts: Float64Array, smoothing: number): Float64Array {
  let total = 0
  for (const count of counts) total += count
  const law = new Float64Array(counts.length)
  for (let u = 0; u < law.length; u++) {
    law[u] = total > 0 ? (1 - smoothing) * (counts[u] / total) + smoothing * baseline[u] : baseline[u]
  }
  return law
}

function logRatios({ baseline, limit = Infinity }: TokenFamily, law: Float64Array): Float64Array {
  const most = Math.log(limit)
  return law.map((probability, u) => Math.max(-most, Math.min(most, Math.log(probability / baseline[u]))))
}
