/** All rules, in the order in which the reference lists them. */
import type { Rule } from '../kit/define-rule.ts'
import breachDetection from './breach-detection.ts'
import bruteForce from './brute-force.ts'

export const RULES: readonly Rule[] = [
  bruteForce,
  breachDetection,
]
