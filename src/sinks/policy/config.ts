/** The TOML tables [response] and [response.policies.<name>], and what they mean together with the strategy. */
import { z } from 'zod'
import { SEVERITIES, type Severity } from '../../core/finding.ts'
import { DAY, HOUR, MINUTE } from '../../core/time.ts'

export const RESPONSE_MODES = ['observe', 'enforce'] as const
export type ResponseMode = (typeof RESPONSE_MODES)[number]

const ACTIONS = ['observe', 'block', 'permanent_block'] as const

const policyShape = {
  enabled: z.boolean().optional().describe('Whether the policy is asked.'),
  rules: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Ids of the rules and detectors whose findings it answers ("campaigns" for campaigns).'),
  severity: z.enum(SEVERITIES).optional().describe('Findings below this severity are left alone.'),
  min_confidence: z.number().min(0).max(1).optional().describe('Findings less sure than this are left alone.'),
  min_risk: z.number().min(0).max(100).optional().describe('Findings with a lower risk are left alone.'),
  min_count: z
    .int()
    .min(1)
    .optional()
    .describe('Findings with fewer occurrences are left alone: one request must not shut a visitor out.'),
  action: z
    .enum(ACTIONS)
    .optional()
    .describe('observe says what would be done; block ends by itself; permanent_block stays.'),
  ttl_minutes: z.number().positive().optional().describe('Length of the first block, in minutes.'),
  permanent_after: z
    .int()
    .min(0)
    .optional()
    .describe('Blocks of one source within permanent_window_days after which the next stays; 0 for never.'),
}

const policySchema = z.strictObject(policyShape)

/** A policy of one's own that names no rule would answer nothing, silently. */
function namesRules({ value, issues }: z.core.ParsePayload<Record<string, z.infer<typeof policySchema>>>): void {
  for (const [name, policy] of Object.entries(value)) {
    if (policy.rules !== undefined || Object.hasOwn(BUILT_IN_POLICIES, name)) continue
    issues.push({
      code: 'custom',
      input: policy,
      path: [name],
      message: `expected rules = [...], or the name of a built-in policy: ${Object.keys(BUILT_IN_POLICIES).join(', ')}`,
    })
  }
}

/** The table [response]. */
export const responseSchema = z.strictObject({
  mode: z.enum(RESPONSE_MODES).default('observe').describe('observe only says what would be blocked; enforce blocks.'),
  strategy: z
    .enum(['balanced', 'strict'])
    .default('balanced')
    .describe('How much proof a block asks for: strict asks for about twice as much as balanced.'),
  backend: z
    .enum(['auto', 'nftables', 'iptables', 'dry'])
    .default('auto')
    .describe('The firewall that blocks are written to; auto takes nftables, else iptables with ipset.'),
  ttl_minutes: z
    .number()
    .positive()
    .default(60)
    .describe('Length of the first block, in minutes; each further one is twice as long.'),
  max_ttl_hours: z.number().positive().default(720).describe('No block that ends is longer than this, in hours.'),
  permanent_after: z
    .int()
    .min(0)
    .default(5)
    .describe(
      'Blocks of one source within permanent_window_days after which the next stays; 0 for never. Only new events after the last block has ended count.',
    ),
  permanent_window_days: z
    .number()
    .positive()
    .default(30)
    .describe('How long an ended block counts towards longer ones, in days.'),
  max_blocks_per_hour: z
    .int()
    .min(1)
    .max(100_000)
    .default(500)
    .describe('Blocks that may be made by themselves in an hour; the worst come first.'),
  max_prefix_v4: z
    .int()
    .min(8)
    .max(32)
    .default(24)
    .describe('Largest IPv4 network that may be blocked, as a prefix length.'),
  max_prefix_v6: z
    .int()
    .min(16)
    .max(64)
    .default(48)
    .describe('Largest IPv6 network that may be blocked, as a prefix length.'),
  min_posterior: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.9)
    .describe("How sure a campaign's participant must be to be blocked."),
  confirm_seconds: z
    .number()
    .min(10)
    .max(3600)
    .default(90)
    .describe('`vpsguard enforce` undoes itself after so many seconds unless it is confirmed.'),
  key_login_days: z
    .number()
    .min(0)
    .max(365)
    .default(30)
    .describe('An address that logged in by SSH key is not blocked for so many days.'),
  allow_names: z
    .array(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'expected a host name'))
    .max(100)
    .default([])
    .describe('Host names that are never blocked, such as a dynamic home address; looked up again and again.'),
  policies: z
    .record(z.string().regex(/^[a-z0-9_]+$/, 'expected lower-case letters, digits and _'), policySchema)
    .check(namesRules)
    .default({})
    .describe(
      'Which findings are answered how: the first policy that fits decides, your own before the built-in ones; a finding that none fits is left alone. A table with the name of a built-in one changes it.',
    ),
})

export type ResponseConfig = z.infer<typeof responseSchema>

export interface ResolvedPolicy {
  name: string
  rules: ReadonlySet<string>
  severity: Severity
  minConfidence: number
  minRisk: number
  minCount: number
  action: (typeof ACTIONS)[number]
  /** Milliseconds. */
  ttl: number
  permanentAfter: number
}

/** What decide() goes by. Times in milliseconds. */
export interface ResponsePolicy {
  policies: readonly ResolvedPolicy[]
  maxTtl: number
  permanentWindow: number
  maxPerHour: number
  minPosterior: number
  /** Prefix lengths, in the family's own bits. */
  maxPrefixV4: number
  maxPrefixV6: number
}

interface BuiltIn {
  rules: readonly string[]
  severity: Severity
  confidence: number
  /** Occurrences asked for by balanced and by strict. */
  count: readonly [number, number]
  ttlMinutes?: number
  permanentAfter?: number
}

/**
 * What is answered without a word in the config. Logins that merely stand out (a new place, an odd hour, root) accuse
 * the owner's own people as often as anybody, and anomalies are no proof: none of them is here.
 */
export const BUILT_IN_POLICIES: Readonly<Record<string, BuiltIn>> = {
  blacklisted: { rules: ['blacklisted-source'], severity: 'info', confidence: 0, count: [1, 1] },
  break_in: {
    rules: ['breach-detection', 'credential-stuffing', 'cross-service'],
    severity: 'high',
    confidence: 0.8,
    count: [5, 10],
    ttlMinutes: 240,
    permanentAfter: 3,
  },
  guessing: {
    rules: ['brute-force', 'slow-brute-force', 'invalid-user-spray', 'web-login-brute-force'],
    severity: 'medium',
    confidence: 0.7,
    count: [6, 20],
  },
  /** The same where it cannot succeed (sshd takes keys only): a nuisance, answered when there is much of it. */
  idle_guessing: {
    rules: ['brute-force', 'slow-brute-force', 'invalid-user-spray'],
    severity: 'low',
    confidence: 0.7,
    count: [30, 100],
  },
  campaigns: { rules: ['campaigns'], severity: 'medium', confidence: 0.8, count: [10, 20] },
  /** Told as high where the server gave a page of its own, and even then not for one request: see web-probe. */
  web_exploits: { rules: ['web-probe'], severity: 'medium', confidence: 0.8, count: [3, 5], ttlMinutes: 180 },
  web_probes: {
    rules: ['web-probe', 'web-wordpress', 'open-proxy-probe', 'web-protocol-abuse'],
    severity: 'low',
    confidence: 0.8,
    count: [25, 50],
  },
  scans: {
    rules: ['web-scan', 'web-scanner-agent', 'ssh-scan'],
    severity: 'low',
    confidence: 0.8,
    count: [25, 50],
  },
}

/** Settles a config: user's policies over the built-in ones of the strategy. */
export function resolvePolicy(config: ResponseConfig): ResponsePolicy {
  const index = config.strategy === 'strict' ? 1 : 0
  const names = [...new Set([...Object.keys(config.policies), ...Object.keys(BUILT_IN_POLICIES)])]
  const policies: ResolvedPolicy[] = []
  for (const name of names) {
    const own = config.policies[name] ?? {}
    if (own.enabled === false) continue
    const builtIn = Object.hasOwn(BUILT_IN_POLICIES, name) ? BUILT_IN_POLICIES[name] : undefined
    const ttlMinutes = own.ttl_minutes ?? builtIn?.ttlMinutes ?? config.ttl_minutes
    policies.push({
      name,
      rules: new Set(own.rules ?? builtIn?.rules ?? []),
      severity: own.severity ?? builtIn?.severity ?? 'medium',
      minConfidence: own.min_confidence ?? builtIn?.confidence ?? 0.7,
      minRisk: own.min_risk ?? 0,
      minCount: own.min_count ?? builtIn?.count[index] ?? 1,
      action: own.action ?? 'block',
      ttl: Math.min(ttlMinutes * MINUTE, config.max_ttl_hours * HOUR),
      permanentAfter: own.permanent_after ?? builtIn?.permanentAfter ?? config.permanent_after,
    })
  }
  return {
    policies,
    maxTtl: config.max_ttl_hours * HOUR,
    permanentWindow: config.permanent_window_days * DAY,
    maxPerHour: config.max_blocks_per_hour,
    minPosterior: config.strategy === 'strict' ? Math.max(0.95, config.min_posterior) : config.min_posterior,
    maxPrefixV4: config.max_prefix_v4,
    maxPrefixV6: config.max_prefix_v6,
  }
}
