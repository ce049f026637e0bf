/** Services that keep what they were sent and can change it, as the real ones do, on a real server on loopback. */
import type { ServerResponse } from 'node:http'
import { type Arrived, reply, type Service } from './server.ts'

export interface Shown {
  id: string
  text: string
  silent: boolean
  /** How often it was changed. */
  edits: number
}

export interface Chat {
  /** Id of the channel. */
  id: 'telegram' | 'discord' | 'ntfy'
  table: Record<string, unknown>
  /** What people see, oldest first. */
  shown: Shown[]
  /** Answers the next requests as the service itself would not: a failure, a silence after the work is done. */
  disturb: (...answers: ((response: ServerResponse) => void)[]) => void
}

/** The wire forms of services. */
// biome-ignore lint/suspicious/noExplicitAny: read by the fields that each service documents
type Wire = any

type Serve = (request: Arrived, value: Wire, chat: Shown[]) => (response: ServerResponse) => void

const SERVICES: Record<Chat['id'], { table: (url: string) => Record<string, unknown>; serve: Serve }> = {
  telegram: {
    table: url => ({ server: url, bot_token: '4242:s3cr3t-token', chat_id: '-100777' }),
    serve: ({ url }, value, shown) => {
      const refuse = (description: string) => reply(400, { ok: false, error_code: 400, description })
      const done = (id: string) => reply(200, { ok: true, result: { message_id: Number(id) } })
      if (url.endsWith('/sendMessage')) {
        const id = String(shown.length + 500)
        shown.push({ id, text: value.text, silent: value.disable_notification, edits: 0 })
        return done(id)
      }
      const message = shown.find(({ id }) => id === String(value.message_id))
      if (message === undefined) return refuse('Bad Request: message to edit not found')
      if (message.text === value.text)
        return refuse('Bad Request: message is not modified: specified new message content is the same')
      Object.assign(message, { text: value.text, edits: message.edits + 1 })
      return done(message.id)
    },
  },
  discord: {
    table: url => ({ webhook_url: `${url}/api/webhooks/1/s3cr3t?thread_id=9` }),
    serve: ({ method, url }, value, shown) => {
      const { pathname, searchParams } = new URL(url, 'http://discord')
      if (searchParams.get('thread_id') !== '9') return reply(404, { message: 'Unknown Channel', code: 10003 })
      const text = `${value.embeds[0].title}\n${value.embeds[0].description}`
      if (method === 'POST' && pathname === '/api/webhooks/1/s3cr3t') {
        const id = `11${shown.length}`
        shown.push({ id, text, silent: (value.flags & 4096) !== 0, edits: 0 })
        return searchParams.get('wait') === 'true' ? reply(200, { id }) : reply(204)
      }
      const message = shown.find(({ id }) => pathname === `/api/webhooks/1/s3cr3t/messages/${id}`)
      if (method !== 'PATCH' || message === undefined) return reply(404, { message: 'Unknown Message', code: 10008 })
      Object.assign(message, { text, edits: message.edits + 1 })
      return reply(200, { id: message.id })
    },
  },
  ntfy: {
    table: url => ({ server: url, topic: 's3cr3t-topic' }),
    // As the app shows it: messages of one sequence are one.
    serve: (_, value, shown) => {
      const { sequence_id: id, title, message, priority } = value
      const text = `${title}\n${message}`
      const before = shown.find(each => each.id === id)
      if (before === undefined) shown.push({ id, text, silent: priority <= 2, edits: 0 })
      else Object.assign(before, { text, edits: before.edits + 1 })
      return reply(200, { id: `x${shown.length}`, sequence_id: id })
    },
  },
}

/** Makes a server answer as one of the services. */
export function openChat(id: Chat['id'], service: Service): Chat {
  const { table, serve } = SERVICES[id]
  const shown: Shown[] = []
  let disturbances: ((response: ServerResponse) => void)[] = []
  service.answer(response => {
    const disturbance = disturbances.shift()
    if (disturbance !== undefined) return disturbance(response)
    const request = service.arrived[service.arrived.length - 1]
    serve(request, JSON.parse(request.body), shown)(response)
  })
  return {
    id,
    table: { [id]: { enabled: true, ...table(service.url) } },
    shown,
    disturb: (...answers) => {
      disturbances = answers
    },
  }
}
