/** Draws that the generator's laws are built of; every one takes its randomness as an argument. */
import type { Random } from '../core/random.ts'

/** One item of a list, each as likely; the list must not be empty. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.below(list.length)]
}

/** A table of choices and their weights, prepared for many draws. */
export interface Weighted<T> {
  readonly items: readonly T[]
  readonly ends: readonly number[]
}

/** Prepares a table for `draw`. Weights need not add up to 1, but must not be negative, and not all 0. */
export function weighted<T>(table: readonly (readonly [item: T, weight: number])[]): Weighted<T> {
  let sum = 0
  const ends = table.map(([, weight]) => (sum += weight))
  return { items: table.map(([item]) => item), ends }
}

/** One item by its weight, in one number of `random` and a binary search. */
export function draw<T>(random: Random, table: Weighted<T>): T {
  const at = random.next() * table.ends[table.ends.length - 1]
  let low = 0
  let high = table.ends.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (table.ends[middle] > at) high = middle
    else low = middle + 1
  }
  return table.items[low]
}

/** A list under Zipf's law: the item of rank k weighs (k + offset)^-exponent. */
export function zipf<T>(items: readonly T[], exponent = 1, offset = 0): Weighted<T> {
  return weighted(items.map((item, index) => [item, (index + 1 + offset) ** -exponent] as const))
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + random.next() * (high - low)
}

/** A whole number in [low, high]. */
export function whole(random: Random, low: number, high: number): number {
  return low + random.below(high - low + 1)
}

/** Uniform in the logarithm: as likely between 1 and 10 as between 10 and 100. */
export function logUniform(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.next()
}

/** True with a probability of 0 to 1. */
export function chance(random: Random, probability: number): boolean {
  return random.next() < probability
}

/** Fisher and Yates, in place. */
export function shuffle<T>(random: Random, list: T[]): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const kept = list[i]
    list[i] = list[j]
    list[j] = kept
  }
  return list
}

const TOKEN = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const HEX = '0123456789abcdef'

/** So many random characters of the base64 alphabet (RFC 4648), without padding: what keys and tokens look like. */
export function base64Text(random: Random, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += TOKEN[random.below(64)]
  return text
}

/** So many random hexadecimal digits, lower case. */
export function hexText(random: Random, length: number): string {
  let text = ''
  for (let i = 0; i < length; i++) text += HEX[random.below(16)]
  return text
}
