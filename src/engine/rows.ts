/** Copies of single events. */
import type { AddressTable } from '../core/addresses.ts'
import { BatchWriter, NAME_TAG, TEXT_COLUMNS } from '../core/batch.ts'
import { OpenBatch } from '../core/view.ts'

/**
 * A batch of one event that repeats `source`'s row at the time and place of another line (`at`), with that line's count.
 */
export function copyRow(
  source: OpenBatch,
  row: number,
  at: { batch: OpenBatch; row: number },
  addresses: AddressTable,
): OpenBatch {
  const from = source.batch
  const place = at.batch.batch.columns
  const writer = new BatchWriter()
  const copy = writer.add(
    from.columns.kind[row],
    place.time[at.row],
    (from.columns.flags[row] & 0b1111_0011) | place.flags[at.row],
  )
  const { columns } = writer
  columns.port[copy] = from.columns.port[row]
  columns.status[copy] = from.columns.status[row]
  columns.size[copy] = from.columns.size[row]
  columns.pid[copy] = from.columns.pid[row]
  columns.traits[copy] = from.columns.traits[row]
  columns.count[copy] = place.count[at.row]
  columns.line[copy] = place.line[at.row]
  columns.offset[copy] = place.offset[at.row]
  columns.length[copy] = place.length[at.row]
  for (const column of TEXT_COLUMNS) columns[column][copy] = copyText(from.columns[column][row])
  columns.source[copy] = copyAddress(from.columns.source[row])
  const times = { firstTime: Number.NaN, lastTime: Number.NaN, firstFlags: 0, lastFlags: 0 }
  return new OpenBatch(writer.take(times, at.batch.batch.raw), at.batch.input, at.batch.firstLine, addresses)

  function copyText(index: number): number {
    if (index < 0) return -1
    return writer.text(from.textBytes, index === 0 ? 0 : from.textEnds[index - 1], from.textEnds[index])
  }

  function copyAddress(index: number): number {
    if (index < 0) return -1
    const words = from.addresses.subarray(index * 4, index * 4 + 4)
    if (words[0] !== NAME_TAG) return writer.addressWords(words)
    const text = words[3]
    return writer.hostName(from.textBytes, text === 0 ? 0 : from.textEnds[text - 1], from.textEnds[text])
  }
}
