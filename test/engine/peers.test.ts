/** Lines of sshd that name no address get their process's, and no other. */
import { describe, expect, it } from 'vitest'
import { eventsOf } from '../support/analyze-lines.ts'

const at = (second: number): string => `Mar  4 10:00:${String(second).padStart(2, '0')} web-1`
const told = (lines: string[]): string[] => eventsOf(lines).map(event => `${event.kind} ${event.source ?? '-'}`)

describe('peers of processes', () => {
  it('names the peer of a failed key exchange by the greeting before it', () => {
    const lines = [
      `${at(0)} sshd[9]: Connection from 192.0.2.1 port 4000 on 198.51.100.1 port 22`,
      `${at(1)} sshd[9]: fatal: Unable to negotiate a key exchange method [preauth]`,
      `${at(2)} sshd[9]: Connection reset by 192.0.2.1 port 4000`,
    ]
    expect(told(lines)).toEqual(['ssh.scan 192.0.2.1'])
  })

  it('names the peer of a banner exchange by the close behind it', () => {
    const lines = [
      `${at(0)} sshd[9]: error: kex_exchange_identification: Connection closed by remote host`,
      `${at(0)} sshd[9]: Connection closed by 2001:db8::7 port 4000`,
    ]
    expect(told(lines)).toEqual(['ssh.scan 2001:db8::7'])
  })

  it('takes a close alone for nothing', () => {
    expect(told([`${at(0)} sshd[9]: Connection closed by 192.0.2.1 port 4000`])).toEqual([])
  })

  it('tells a scan once', () => {
    const lines = [
      `${at(0)} sshd[9]: error: kex_exchange_identification: client sent invalid protocol identifier "GET / HTTP/1.1"`,
      `${at(0)} sshd[9]: banner exchange: Connection from 192.0.2.1 port 4000: invalid format`,
      `${at(0)} sshd[9]: Connection closed by 192.0.2.1 port 4000`,
    ]
    expect(told(lines)).toEqual(['ssh.scan 192.0.2.1'])
  })

  it('resolves a user name that imitates an address by the line before', () => {
    const lines = [
      `${at(0)} sshd[9]: Invalid user x from 203.0.113.9 port 22 ssh2: from 192.0.2.1 port 4000`,
      `${at(2)} sshd[9]: Failed password for invalid user x from 203.0.113.9 port 22 ssh2: from 192.0.2.1 port 4000 ssh2`,
    ]
    expect(told(lines)).toEqual(['ssh.user.invalid 192.0.2.1', 'ssh.auth.failed 192.0.2.1'])
    expect(told(lines.slice(1))).toEqual(['ssh.auth.failed -'])
  })

  it('knows host names, and forgets with another host, another process, time and a login', () => {
    const greeting = `${at(0)} sshd[9]: Invalid user x from client.example port 4000`
    const close = 'Disconnecting: Too many authentication failures for x [preauth]'
    expect(told([greeting, `${at(1)} sshd[9]: ${close}`])[1]).toBe('ssh.preauth.closed client.example')
    expect(told([greeting, `${at(1)} sshd[10]: ${close}`])[1]).toBe('ssh.preauth.closed -')
    expect(told([greeting, `${at(1).replace('web-1', 'web-2')} sshd[9]: ${close}`])[1]).toBe('ssh.preauth.closed -')
    expect(told([greeting, `Mar  4 10:04:00 web-1 sshd[9]: ${close}`])[1]).toBe('ssh.preauth.closed -')
    const accepted = `${at(1)} sshd[9]: Accepted password for y from client.example port 4000 ssh2`
    expect(told([greeting, accepted, `${at(2)} sshd[9]: ${close}`])[2]).toBe('ssh.preauth.closed -')
  })
})
