/** Solves f(x) = target for an increasing f on [low, high] by bisection to the last bit; clamps to the ends. */
export function invertIncreasing(f: (x: number) => number, target: number, low: number, high: number): number {
  let left = low
  let right = high
  for (let i = 0; i < 200; i++) {
    const middle = (left + right) / 2
    if (middle <= left || middle >= right) break
    if (f(middle) < target) left = middle
    else right = middle
  }
  return (left + right) / 2
}
