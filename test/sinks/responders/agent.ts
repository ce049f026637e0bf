/** Stands in a network namespace and does there what the test says, one JSON line each: listens, connects, sends. */
import { createConnection, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

interface Order {
  id: number
  op: 'listen' | 'connect' | 'send' | 'heard' | 'drop'
  name?: string
  port?: number
  from?: string
  to?: string
  text?: string
}

const open = new Map<string, { socket: Socket; connected: boolean; heard: string }>()

function obey(order: Order, answer: (value: unknown) => void): void {
  const { op, name = '', port = 0, from = '', to = '', text = '' } = order
  const known = open.get(name)
  switch (op) {
    case 'listen': {
      const server = createServer(socket => {
        socket.on('data', data => socket.write(data))
        socket.on('error', () => undefined)
      })
      server.listen(port, '::', () => answer(true))
      return
    }
    case 'connect': {
      const socket = createConnection({ host: to, port, localAddress: from })
      const state = { socket, connected: false, heard: '' }
      open.set(name, state)
      socket.on('connect', () => {
        state.connected = true
      })
      socket.on('data', data => {
        state.heard += data.toString()
      })
      socket.on('error', () => undefined)
      answer(true)
      return
    }
    case 'send':
      known?.socket.write(text)
      answer(true)
      return
    case 'heard':
      answer({ connected: known?.connected ?? false, heard: known?.heard ?? '' })
      return
    case 'drop':
      known?.socket.destroy()
      open.delete(name)
      answer(true)
      return
  }
}

createInterface({ input: process.stdin }).on('line', line => {
  // Our own test is on the other side of this pipe.
  const order = JSON.parse(line) as Order
  obey(order, value => process.stdout.write(`${JSON.stringify({ id: order.id, value })}\n`))
})
process.stdin.on('end', () => process.exit(0))
