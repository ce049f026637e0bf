/** Puts what scenes write into the order of a log, without holding the whole log. */

interface Timed {
  readonly time: number
}

/**
 * Merges the entries of scenes that are sorted by their start. A scene's entries may stretch over hours; entries of one
 * moment keep the order in which they were made. Whatever comes after `end` is not written: the log ends there.
 */
export function* inOrder<S extends Timed, E extends Timed>(
  scenes: Iterable<S>,
  render: (scene: S) => readonly E[],
  end: number,
): Generator<E> {
  const heap = new Heap<E>()
  for (const scene of scenes) {
    yield* heap.until(scene.time)
    for (const entry of render(scene)) if (entry.time <= end) heap.push(entry)
  }
  yield* heap.until(Infinity)
}

/** A binary heap by time, then by the order of arrival. */
class Heap<E extends Timed> {
  readonly #items: { entry: E; order: number }[] = []
  #count = 0

  push(entry: E): void {
    const items = this.#items
    const item = { entry, order: this.#count++ }
    let at = items.length
    items.push(item)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(item, items[parent])) break
      items[at] = items[parent]
      at = parent
    }
    items[at] = item
  }

  /** Takes out everything earlier than `time`. */
  *until(time: number): Generator<E> {
    while (this.#items.length > 0 && this.#items[0].entry.time < time) yield this.#pop()
  }

  #pop(): E {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (last !== undefined && items.length > 0) this.#sink(last)
    return top.entry
  }

  #sink(item: { entry: E; order: number }): void {
    const items = this.#items
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && before(items[child + 1], items[child])) child++
      if (!before(items[child], item)) break
      items[at] = items[child]
      at = child
    }
    items[at] = item
  }
}

function before(a: { entry: Timed; order: number }, b: { entry: Timed; order: number }): boolean {
  return a.entry.time < b.entry.time || (a.entry.time === b.entry.time && a.order < b.order)
}
