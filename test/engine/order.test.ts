/** The merge: by time across inputs, each input's own order kept, independent of arrival. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressTable } from '../../src/core/addresses.ts'
import { runLines } from '../support/analyze-lines.ts'

const stamp = (minute: number): string =>
  `Mar  4 ${String(10 + Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}:00`
const line = (minute: number, user: string): string =>
  `${stamp(minute)} web-1 sshd[77]: Failed password for ${user} from 203.0.113.7 port 4000 ssh2`

function order(inputs: string[][]): string[] {
  const users: string[] = []
  runLines(inputs, {}, new AddressTable(), event => {
    if (event.kind === 'ssh.auth.failed') users.push(event.user ?? '')
  })
  return users
}

describe('several inputs', () => {
  it('are merged by time, ties by the order in which they were named', () => {
    expect(
      order([
        [line(1, 'a1'), line(5, 'a5')],
        [line(1, 'b1'), line(3, 'b3'), line(9, 'b9')],
      ]),
    ).toEqual(['a1', 'b1', 'b3', 'a5', 'b9'])
  })

  it('keep their own order where stamps jitter', () => {
    expect(order([[line(5, 'a'), line(4, 'b'), line(6, 'c')], [line(5, 'x')]])).toEqual(['a', 'b', 'x', 'c'])
  })

  it('begin anew where a clock was set back by hours', () => {
    expect(
      order([
        [line(300, 'late'), line(1, 'early')],
        [line(2, 'x'), line(310, 'y')],
      ]),
    ).toEqual(['x', 'late', 'early', 'y'])
  })

  it('are merged as a sort would, however many they are', () => {
    const inputs = Array.from({ length: 60 }, (_, input) =>
      Array.from({ length: input % 7 }, (_, index) => [(input * 37 + index * 11) % 50, index] as const)
        .sort(([a], [b]) => a - b)
        .map(([minute], index) => ({ minute, input, user: `u${input}x${index}` })),
    )
    // A stable sort: of equal minutes the input that was named first.
    const expected = inputs.flat().sort((a, b) => a.minute - b.minute)
    expect(order(inputs.map(events => events.map(({ minute, user }) => line(minute, user))))).toEqual(
      expected.map(({ user }) => user),
    )
  })

  it('lose and invent nothing, whatever the stamps', () => {
    const log = fc.array(fc.integer({ min: 0, max: 600 }), { maxLength: 30 })
    fc.assert(
      fc.property(log, log, log, (...logs) => {
        const inputs = logs.map((minutes, input) => minutes.map((minute, index) => line(minute, `u${input}x${index}`)))
        const merged = order(inputs)
        expect([...merged].sort()).toEqual(
          inputs.flatMap((lines, input) => lines.map((_, index) => `u${input}x${index}`)).sort(),
        )
        for (const [input, lines] of inputs.entries()) {
          const own = merged.filter(user => user.startsWith(`u${input}x`))
          expect(own).toEqual(lines.map((_, index) => `u${input}x${index}`))
        }
      }),
      { seed: 4, numRuns: 60 },
    )
  })
})
