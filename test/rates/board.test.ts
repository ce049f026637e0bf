import { describe, expect, it } from 'vitest'
import { HOUR, SECOND } from '../../src/core/time.ts'
import { burst, inOrder, request, START, visitors, watch } from './traffic.ts'

const LATER = START + 2 * HOUR
const END = Math.floor(LATER / SECOND) + 59

/** Two hours of visitors, then a minute of ten requests a second by one address. */
function board() {
  const usual = visitors(2, 40).filter(({ time }) => time < LATER)
  const busy = burst(600, LATER, 100, (time, n) => request(time, '203.0.113.7', '/api/x', n % 4 === 0 ? 503 : 200))
  return watch(inOrder(usual, busy)).analyzer.board
}

describe('the board', () => {
  it('shows the last 60 seconds of each measure beside what is usual', () => {
    const view = board().view()
    expect(view.second).toBe(END)
    const [requests, errors, logins] = view.series
    expect(requests).toMatchObject({
      measure: 'requests',
      seconds: new Array(60).fill(10),
      observed: 600,
      alarmed: true,
    })
    expect(requests.expected).toBeCloseTo(40, -1)
    expect(requests.limit).toBeGreaterThan(requests.expected)
    expect(errors.observed).toBe(150)
    expect(logins).toMatchObject({ measure: 'logins', observed: 0, alarmed: false })
    expect(view.events).toEqual(new Array(60).fill(10))
    expect(view.groups[0]).toMatchObject({ group: '/api', requests: 600, errors: 150 })
    expect(view.sources).toEqual([{ source: '203.0.113.7', events: 600, requests: 600, errors: 150, logins: 0 }])
    expect(board().alarmed()).toEqual(['web'])
  })

  it('moves on with the clock of the one who looks', () => {
    const shown = board()
    const later = shown.view(END + 20)
    expect(later.series[0].seconds).toEqual([...new Array(40).fill(10), ...new Array(20).fill(0)])
    expect(later.series[0].observed).toBe(400)
    expect(later.sources[0].requests).toBe(400)
    expect(shown.view(END + 60).sources).toEqual([])
    expect(shown.alarmed(END + 299)).toEqual(['web'])
    expect(shown.alarmed(END + 301)).toEqual([])
    expect(shown.view().series[0].observed).toBe(600)
  })

  it('gives the store each whole second once', () => {
    const shown = board()
    const points = shown.takePoints(END - 11)
    const requests = points.filter(({ series }) => series === 'requests')
    expect(requests.map(({ time, value }) => [time, value])).toEqual(
      Array.from({ length: 10 }, (_, i) => [END - 10 + i, 10]),
    )
    expect(shown.takePoints(END - 1)).toEqual([])
    expect(new Set(points.map(({ series }) => series))).toEqual(
      new Set([
        ...['requests', 'errors', 'logins', 'others'].flatMap(name => [name, `${name}.expected`]),
        'events',
        'group:/api',
      ]),
    )
    expect(shown.takePoints(0).filter(({ series }) => series === 'requests').length).toBeLessThan(60)
  })

  it('is empty before the first event', () => {
    const { board: empty } = watch([]).analyzer
    expect(empty.takePoints(0)).toEqual([])
    expect(empty.view().sources).toEqual([])
    expect(empty.second).toBe(-1)
  })
})
