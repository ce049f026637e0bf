/** Whether a service is there, without a message: what `doctor --online` asks. */
import { once } from 'node:events'
import type { Delivery, Probe, ProbeContext } from '../../../kit/define-notifier.ts'
import { answerObject, exchange, type HttpAnswer, type HttpRequest, judgeStatus, shown, unreachable } from './http.ts'

/** What a delivery's verdict means where nothing was delivered. */
export const probeOf = (verdict: Delivery, text: string): Probe =>
  verdict.ok ? { ok: true, text } : { ok: false, error: verdict.error }

/** Judges an answer by what only this service, and only while it is well, says in its JSON. */
export function judgeWord(answer: HttpAnswer, isRight: (said: Record<string, unknown>) => boolean): Delivery {
  const status = judgeStatus(answer)
  if (!status.ok || isRight(answerObject(answer.body) ?? {})) return status
  return { ok: false, retry: true, error: `not the answer of a service that is well: ${shown(answer.body)}` }
}

/** Asks a service by one request of its own for such questions. `text`: what is known where the answer is right. */
export async function ask(
  request: Omit<HttpRequest, 'signal'>,
  { signal, now }: ProbeContext,
  judge: (answer: HttpAnswer) => Delivery,
  text: string,
): Promise<Probe> {
  try {
    return probeOf(judge(await exchange({ ...request, signal }, now)), text)
  } catch (error) {
    return probeOf(unreachable(error, signal), text)
  }
}

/**
 * Connects to where messages would go, TLS and its certificate included, and says nothing there: for services that
 * have no question without a message.
 */
export async function reach(address: string, ca: string | undefined, { signal }: ProbeContext): Promise<Probe> {
  const { protocol, hostname, port } = new URL(address)
  const secure = protocol === 'https:'
  const host = hostname.replace(/^\[|\]$/g, '')
  const place = { host, port: Number(port === '' ? (secure ? 443 : 80) : port) }
  const tls = secure ? await import('node:tls') : undefined
  const { connect } = await import('node:net')
  const own = tls === undefined || ca === undefined ? {} : { ca: [...tls.getCACertificates('default'), ca] }
  // A server name is no address (RFC 6066, 3).
  const name = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
  const socket = tls === undefined ? connect(place) : tls.connect({ ...place, ...own, ...name })
  try {
    await once(socket, tls === undefined ? 'connect' : 'secureConnect', { signal })
    const how = secure ? 'its certificate holds' : 'without TLS'
    return {
      ok: true,
      text: `${shown(`${host} port ${place.port}`)} answers, ${how}; whether it takes messages, only one shows (vpsguard notify test)`,
    }
  } catch (error) {
    return probeOf(unreachable(error, signal), '')
  } finally {
    socket.destroy()
  }
}
