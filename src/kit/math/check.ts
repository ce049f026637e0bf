/**
 * Argument checks shared by the statistics. They throw `RangeError` and name the argument, what it was and what would
 * have been right: a NaN that slips into a threshold would silence an alarm for ever.
 */

/** Requires a finite number in [low, high]; returns it. */
export function requireWithin(what: string, value: number, low: number, high: number): number {
  if (!(value >= low && value <= high)) {
    throw new RangeError(`${what} is ${value}; expected a number from ${low} to ${high}`)
  }
  return value
}

/** Requires a finite number above 0; returns it. */
export function requirePositive(what: string, value: number): number {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${what} is ${value}; expected a finite number above 0`)
  return value
}

/** Requires a finite number of at least 0; returns it. */
export function requireNonNegative(what: string, value: number): number {
  if (!(value >= 0 && value < Infinity))
    throw new RangeError(`${what} is ${value}; expected a finite number, 0 or more`)
  return value
}

/** Requires a whole number in [low, high]; returns it. */
export function requireInteger(what: string, value: number, low: number, high = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new RangeError(`${what} is ${value}; expected a whole number from ${low} to ${high}`)
  }
  return value
}

/** Requires at least `least` values, none of them NaN (and none infinite unless allowed); returns them. */
export function requireSample<T extends ArrayLike<number>>(what: string, values: T, least = 1, infinite = false): T {
  if (values.length < least) throw new RangeError(`${what} has ${values.length} values; expected at least ${least}`)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (infinite ? Number.isNaN(value) : !Number.isFinite(value)) {
      throw new RangeError(`${what}[${i}] is ${value}; expected a ${infinite ? 'number' : 'finite number'}`)
    }
  }
  return values
}
