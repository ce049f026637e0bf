import { expect, it } from 'vitest'
import { Bell } from '../../src/sources/follow/bell.ts'
import { until } from '../support/until.ts'

it('a look that ends after its wait does not silence the next one', async () => {
  const bell = new Bell()
  const { signal } = new AbortController()
  let answer: ((changed: boolean) => void) | undefined
  const changed = (): Promise<boolean> =>
    new Promise(resolve => {
      answer = resolve
    })
  const first = bell.wait(60_000, signal, { every: 1, changed })
  const late = await until(() => answer)
  bell.ring()
  await first
  bell.clear()
  const second = bell.wait(60_000, signal)
  late(true)
  await Promise.resolve()
  bell.ring()
  expect(await second).toBeUndefined()
})
