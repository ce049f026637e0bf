/** Reads saved models: a model file may be cut, altered or of another version, and must say so rather than misjudge. */

/** The parts of a saved model of the given kind and version. Throws RangeError when it is not one. */
export function readSaved(saved: unknown, model: string, version: number): SavedParts {
  const parts = asRecord(saved, `saved ${model}`)
  if (parts.model !== model) throw new RangeError(`the saved model is a ${String(parts.model)}; expected a ${model}`)
  if (parts.version !== version) {
    throw new RangeError(`the saved ${model} has version ${String(parts.version)}; expected ${version}`)
  }
  return new SavedParts(parts, model)
}

/** Typed access to the parts of a saved object; every reader throws RangeError naming the part. */
export class SavedParts {
  readonly #parts: Record<string, unknown>
  readonly #owner: string

  constructor(parts: Record<string, unknown>, owner: string) {
    this.#parts = parts
    this.#owner = owner
  }

  /** A part of any shape, for a model that reads it itself. */
  any(part: string): unknown {
    return this.#parts[part]
  }

  /** A finite number within [low, high]. */
  number(part: string, low = -Number.MAX_VALUE, high = Number.MAX_VALUE): number {
    const value = this.#parts[part]
    if (typeof value !== 'number' || !(value >= low && value <= high)) {
      throw this.#problem(part, `a number from ${low} to ${high}`)
    }
    return value
  }

  /** A whole number within [low, high]. */
  integer(part: string, low: number, high = Number.MAX_SAFE_INTEGER): number {
    const value = this.number(part, low, high)
    if (!Number.isInteger(value)) throw this.#problem(part, 'a whole number')
    return value
  }

  /** A list of finite numbers, of the given length if one is given. */
  numbers(part: string, length?: number): Float64Array {
    const values = this.#parts[part]
    if (!Array.isArray(values) || (length !== undefined && values.length !== length)) {
      throw this.#problem(part, length === undefined ? 'a list of numbers' : `a list of ${length} numbers`)
    }
    const numbers = new Float64Array(values.length)
    for (let i = 0; i < numbers.length; i++) {
      const value: unknown = values[i]
      if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#problem(part, 'finite numbers only')
      numbers[i] = value
    }
    return numbers
  }

  /** A list of whole numbers within [low, high]. */
  integers(part: string, low: number, high: number, length?: number): Int32Array {
    const numbers = this.numbers(part, length)
    for (const value of numbers) {
      if (!Number.isInteger(value) || value < low || value > high) {
        throw this.#problem(part, `whole numbers from ${low} to ${high}`)
      }
    }
    return Int32Array.from(numbers)
  }

  /** One object. */
  object(part: string): SavedParts {
    const owner = `${this.#owner}, ${part}`
    return new SavedParts(asRecord(this.#parts[part], owner), owner)
  }

  /** A list of objects. */
  objects(part: string): SavedParts[] {
    const values = this.#parts[part]
    if (!Array.isArray(values)) throw this.#problem(part, 'a list')
    return values.map((value: unknown, i) => {
      const owner = `${this.#owner}, ${part}[${i}]`
      return new SavedParts(asRecord(value, owner), owner)
    })
  }

  #problem(part: string, expected: string): RangeError {
    return new RangeError(`"${part}" of the saved ${this.#owner} is not right; expected ${expected}`)
  }
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RangeError(`the ${what} is no object; expected one`)
  }
  return Object.fromEntries(Object.entries(value))
}
