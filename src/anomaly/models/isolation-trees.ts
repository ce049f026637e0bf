/**
 * The trees of an isolation forest: how they lie in memory, how they grow, and how they are saved.
 *
 * A tree lives in a complete binary heap (children of node i at 2i+1 and 2i+2). A leaf above the bottom sends
 * everything left until the bottom is reached, so that each descent takes the same number of steps and needs no branch:
 * the processor can descend several rows at once.
 */
import type { Random } from '../../core/random.ts'
import type { SavedParts } from './saved.ts'

const EULER_GAMMA = 0.5772156649015329
const MAX_FLOAT32 = 3.4028234663852886e38

/** A tree as other programs write it: node lists, a leaf having a negative feature. Node 0 is the root. */
export interface ExportedTree {
  feature: ArrayLike<number>
  threshold: ArrayLike<number>
  left: ArrayLike<number>
  right: ArrayLike<number>
  /** Training rows in the node. */
  size: ArrayLike<number>
}

/**
 * c(n), the mean depth of an unsuccessful search in a binary search tree of n rows (Liu et al. 2008, eq. 1), with the
 * harmonic number as ln(n - 1) + gamma, as the authors and scikit-learn have it: c(256) = 10.2448.
 */
export function averagePathLength(n: number): number {
  if (n <= 1) return 0
  if (n === 2) return 1
  return 2 * (Math.log(n - 1) + EULER_GAMMA) - (2 * (n - 1)) / n
}

/** Height limit of a tree of psi rows: ceil(log2 max(psi, 2)). */
export function heightLimit(sample: number): number {
  return Math.ceil(Math.log2(Math.max(sample, 2)))
}

/** Nodes in the heap of one tree. */
export function heapNodes(sample: number): number {
  return 2 ** (heightLimit(sample) + 1) - 1
}

/** The trees of a forest, one heap after the other. */
export interface Heaps {
  /** Split feature; 0 in leaves and below. */
  feature: Int16Array
  /** x <= threshold goes left; Infinity in leaves and below. */
  threshold: Float32Array
  /** Training rows; 0 below leaves. */
  size: Int32Array
}

/** Whether the node has children: a heap node does when rows were noted below it. */
export function isSplit(size: Int32Array, base: number, node: number, nodes: number): boolean {
  return 2 * node + 1 < nodes && size[base + 2 * node + 1] > 0
}

/**
 * Room for `trees` trees of `sample` rows each: every node a leaf without rows, for `growTree`, `plantTree` or
 * `restoreTree` to fill.
 */
export function emptyHeaps(trees: number, sample: number): Heaps {
  const total = trees * heapNodes(sample)
  return {
    feature: new Int16Array(total),
    threshold: new Float32Array(total).fill(Infinity),
    size: new Int32Array(total),
  }
}

/** h(x) = depth + c(rows in leaf), noted in the bottom slot that everything in the leaf falls through to. */
export function bottomPathLengths({ size }: Heaps, trees: number, height: number): Float64Array {
  const slots = 2 ** height
  const nodes = 2 * slots - 1
  const lengths = new Float64Array(trees * slots)
  for (let tree = 0; tree < trees; tree++) {
    for (let node = 0; node < nodes; node++) {
      const rows = size[tree * nodes + node]
      if (rows === 0 || isSplit(size, tree * nodes, node, nodes)) continue
      const depth = 31 - Math.clz32(node + 1)
      // Leftmost descendant at the bottom: of node i at depth k, (i + 1) 2^(height - k) - 1.
      const bottom = (node + 1) * 2 ** (height - depth) - 1
      lengths[tree * slots + bottom - (slots - 1)] = depth + averagePathLength(rows)
    }
  }
  return lengths
}

/** The drawn rows column by column, as float32: a node looks at one feature of many rows. */
export function sampleColumns(rows: Float64Array, d: number, drawn: Int32Array): Float32Array {
  const columns = new Float32Array(drawn.length * d)
  for (let i = 0; i < drawn.length; i++) {
    for (let j = 0; j < d; j++) {
      const value = rows[drawn[i] * d + j]
      if (Math.abs(value) > MAX_FLOAT32) {
        throw new RangeError(`row ${drawn[i]}, feature ${j} is ${value}; expected at most ${MAX_FLOAT32} in size`)
      }
      columns[j * drawn.length + i] = value
    }
  }
  return columns
}

/** Liu et al. 2008, algorithm 2 (iTree), on the rows `items[from .. to)` of a column-major sample. */
export function growTree(
  heaps: Heaps,
  base: number,
  columns: Float32Array,
  n: number,
  d: number,
  random: Random,
): void {
  const items = Int32Array.from({ length: n }, (_, i) => i)
  const features = Int32Array.from({ length: d }, (_, j) => j)
  const height = heightLimit(n)

  const grow = (node: number, depth: number, from: number, to: number): void => {
    heaps.size[base + node] = to - from
    if (depth >= height || to - from < 2) return
    // Drawing features without replacement until one varies is a uniform draw among those that vary.
    for (let left = d; left > 0; left--) {
      const drawn = random.below(left)
      const feature = features[drawn]
      features[drawn] = features[left - 1]
      features[left - 1] = feature
      // A view of the column would cost more than most nodes' rows.
      const column = feature * n
      let low = columns[column + items[from]]
      let high = low
      for (let i = from + 1; i < to; i++) {
        const value = columns[column + items[i]]
        if (value < low) low = value
        else if (value > high) high = value
      }
      if (low === high) continue
      const cut = Math.fround(low + random.next() * (high - low))
      // Rounding must not carry the cut to the maximum, which would leave nothing on the right.
      const threshold = cut < high ? cut : low
      const middle = partition(columns, column, items, from, to, threshold)
      heaps.feature[base + node] = feature
      heaps.threshold[base + node] = threshold
      grow(2 * node + 1, depth + 1, from, middle)
      grow(2 * node + 2, depth + 1, middle, to)
      return
    }
  }
  grow(0, 0, 0, n)
}

/** Moves items with values <= threshold in the column (by its beginning) to the front of [from, to); returns where the others begin. */
function partition(
  columns: Float32Array,
  column: number,
  items: Int32Array,
  from: number,
  to: number,
  threshold: number,
): number {
  let left = from
  let right = to - 1
  while (left <= right) {
    const item = items[left]
    if (columns[column + item] <= threshold) left++
    else {
      items[left] = items[right]
      items[right--] = item
    }
  }
  return left
}

/** Writes a tree of another program into the heap. Throws RangeError when it is deeper than the heap or not a tree. */
export function plantTree(heaps: Heaps, base: number, nodes: number, tree: ExportedTree): void {
  const plant = (from: number, node: number): void => {
    if (node >= nodes) throw new RangeError('the tree is deeper than its sample allows; expected ceil(log2(sample))')
    if (!(tree.size[from] >= 1))
      throw new RangeError(`node ${from} of the tree has ${tree.size[from]} rows; expected 1 or more`)
    heaps.size[base + node] = tree.size[from]
    if (tree.feature[from] < 0) return
    if (!Number.isFinite(tree.threshold[from])) {
      throw new RangeError(`threshold ${from} of the tree is ${tree.threshold[from]}; expected a finite number`)
    }
    heaps.feature[base + node] = tree.feature[from]
    heaps.threshold[base + node] = floatBelow(tree.threshold[from])
    plant(tree.left[from], 2 * node + 1)
    plant(tree.right[from], 2 * node + 2)
  }
  plant(0, 0)
}

/** The largest float32 of at most x: for a float32 value v, v <= x and v <= floatBelow(x) say the same. */
function floatBelow(x: number): number {
  const bits = new Int32Array(1)
  const float = new Float32Array(bits.buffer)
  float[0] = x
  if (float[0] <= x) return float[0]
  // The bit patterns of floats of one sign are ordered like their sizes.
  if (float[0] > 0) bits[0]--
  else if (float[0] < 0) bits[0]++
  else float[0] = -1.401298464324817e-45
  return float[0]
}

/** A tree as saved: nodes in preorder; feature -1 is a leaf; thresholds of the splits only. */
export interface SavedTree {
  feature: number[]
  threshold: number[]
  size: number[]
}

/**
 * The tree whose heap of `nodes` nodes begins at `base`, thresholds as the shortest decimals that round to the same
 * float32. `restoreTree` reads it.
 */
export function saveTree({ feature, threshold, size }: Heaps, base: number, nodes: number): SavedTree {
  const saved: SavedTree = { feature: [], threshold: [], size: [] }
  const visit = (node: number): void => {
    saved.size.push(size[base + node])
    const split = isSplit(size, base, node, nodes)
    saved.feature.push(split ? feature[base + node] : -1)
    if (!split) return
    saved.threshold.push(shortest(threshold[base + node]))
    visit(2 * node + 1)
    visit(2 * node + 2)
  }
  visit(0)
  return saved
}

/** The shortest decimal that rounds to this float32: a third of the length of the model file. */
function shortest(x: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits))
    if (Math.fround(short) === x) return short
  }
  return Number(x.toPrecision(9))
}

/** Reads a saved tree into the heap. Throws RangeError when it is not whole. */
export function restoreTree(heaps: Heaps, base: number, nodes: number, saved: SavedParts, dimensions: number): void {
  const feature = saved.integers('feature', -1, dimensions - 1)
  const size = saved.integers('size', 1, 0x7fff_ffff, feature.length)
  const threshold = saved.numbers('threshold', (feature.length - 1) / 2)
  let next = 0
  let nextThreshold = 0
  const visit = (node: number): void => {
    if (next >= feature.length || node >= nodes) throw new RangeError('a saved tree is cut short or too deep')
    const split = feature[next]
    heaps.size[base + node] = size[next++]
    if (split < 0) return
    heaps.feature[base + node] = split
    heaps.threshold[base + node] = threshold[nextThreshold++]
    visit(2 * node + 1)
    visit(2 * node + 2)
  }
  visit(0)
  if (next !== feature.length) throw new RangeError('a saved tree has nodes that nothing leads to')
}
