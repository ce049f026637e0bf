/** Every detector beyond the rules. */
import type { ConfigurableUnit } from '../config/schema.ts'

export const DETECTORS: readonly ConfigurableUnit[] = []
