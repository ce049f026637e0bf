/** The detector under test. None is wired yet: the bench then reports the baselines alone. */
import type { Detector } from './attempt.ts'

export const SUBJECTS: readonly Detector[] = []
