/**
 * Fit and score of the isolation forest on 20,000 x 10 rows, 100 trees of 256, beside scikit-learn's where it is
 * installed (Debian: python3-sklearn). Prints one line of JSON and one of text. PYTHON names another interpreter.
 */
import { spawnSync } from 'node:child_process'
import { isolationForest } from '../src/anomaly/models/isolation-forest.ts'
import { createRandom } from '../src/core/random.ts'

const ROWS = 20_000
const FEATURES = 10
const TREES = 100
const SAMPLE = 256
const REPEATS = 5

const PYTHON = `
import json, time
try:
    import numpy, sklearn
    from sklearn.ensemble import IsolationForest
except ImportError as problem:
    print(json.dumps({"skipped": str(problem)}))
    raise SystemExit
rows = numpy.random.RandomState(1).normal(size=(${ROWS}, ${FEATURES}))
seconds = []
for _ in range(${REPEATS}):
    start = time.perf_counter()
    forest = IsolationForest(n_estimators=${TREES}, max_samples=${SAMPLE}, random_state=1).fit(rows)
    forest.score_samples(rows)
    seconds.append(time.perf_counter() - start)
print(json.dumps({"version": sklearn.__version__, "seconds": seconds}))
`

const milliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(0)} ms`
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]

function measureOurs(): number[] {
  const random = createRandom(1, 'bench')
  const rows = Float64Array.from({ length: ROWS * FEATURES }, () => random.normal())
  const kind = isolationForest({ trees: TREES, sample: SAMPLE })
  return Array.from({ length: REPEATS }, (_, i) => {
    const start = performance.now()
    kind.fit(rows, ROWS, FEATURES, createRandom(i)).scoreAll(rows, ROWS)
    return (performance.now() - start) / 1000
  })
}

function measureScikitLearn(): { version: string; seconds: number[] } | { skipped: string } {
  const run = spawnSync(process.env.PYTHON ?? '/usr/bin/python3', ['-c', PYTHON], { encoding: 'utf8' })
  if (run.error) return { skipped: run.error.message }
  if (run.status !== 0) return { skipped: run.stderr.trim() || `python ended with ${run.status}` }
  return JSON.parse(run.stdout)
}

const ours = measureOurs()
const theirs = measureScikitLearn()
const shape = { rows: ROWS, features: FEATURES, trees: TREES, sample: SAMPLE, repeats: REPEATS }
const result = { ...shape, node: process.version, seconds: ours, first: ours[0], median: median(ours) }

if ('skipped' in theirs) {
  console.log(JSON.stringify({ ...result, scikitLearn: null }))
  console.log(
    `fit and score: ours ${milliseconds(result.median)}; scikit-learn SKIPPED, it is not there to compare with: ` +
      theirs.skipped,
  )
} else {
  const ratio = median(theirs.seconds) / result.median
  console.log(JSON.stringify({ ...result, scikitLearn: { ...theirs, median: median(theirs.seconds) }, ratio }))
  console.log(
    `fit and score: ours ${milliseconds(result.median)} (first run ${milliseconds(result.first)}), scikit-learn ` +
      `${theirs.version} ${milliseconds(median(theirs.seconds))}: ${ratio.toFixed(1)} times as fast`,
  )
}
