/** One guess is one attempt, however many lines it leaves. */
import { describe, expect, it } from 'vitest'
import { patienceOf } from '../../src/engine/pam-services.ts'
import { eventsOf } from '../support/analyze-lines.ts'

const at = (second: number): string => `Mar  4 10:00:${String(second).padStart(2, '0')} web-1`
const PAM = 'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost='

/** Attempts in all, and the kinds of the events that count. */
function attempts(lines: string[]): { sum: number; kinds: string[] } {
  const events = eventsOf(lines).filter(event => (event.attempts ?? 0) > 0)
  return { sum: events.reduce((sum, event) => sum + (event.attempts ?? 0), 0), kinds: events.map(event => event.kind) }
}

/** Login events only, for "one attempt is one event". */
const failed = (lines: string[]): string[] =>
  eventsOf(lines)
    .filter(event => event.kind === 'ssh.auth.failed')
    .map(event => event.user ?? '-')

describe('attempts', () => {
  it('Debian: invalid user, PAM, failed password and close are one', () => {
    const lines = [
      `${at(0)} sshd[9]: Invalid user guest from 203.0.113.7 port 4000`,
      `${at(0)} sshd[9]: pam_unix(sshd:auth): check pass; user unknown`,
      `${at(0)} sshd[9]: ${PAM}203.0.113.7`,
      `${at(2)} sshd[9]: Failed password for invalid user guest from 203.0.113.7 port 4000 ssh2`,
      `${at(3)} sshd[9]: Connection closed by invalid user guest 203.0.113.7 port 4000 [preauth]`,
    ]
    expect(attempts(lines).sum).toBe(1)
    expect(failed(lines)).toEqual(['guest'])
  })

  it('a service may bear any name', () => {
    for (const service of ['constructor', '__proto__', 'toString']) expect(patienceOf(service)).toBe(10_000)
  })

  it('three passwords in one connection are three', () => {
    const lines = [
      `${at(0)} sshd[9]: ${PAM}203.0.113.7  user=root`,
      `${at(2)} sshd[9]: Failed password for root from 203.0.113.7 port 4000 ssh2`,
      `${at(4)} sshd[9]: Failed password for root from 203.0.113.7 port 4000 ssh2`,
      `${at(6)} sshd[9]: Failed password for root from 203.0.113.7 port 4000 ssh2`,
      `${at(6)} sshd[9]: Received disconnect from 203.0.113.7 port 4000:11:  [preauth]`,
      `${at(6)} sshd[9]: Disconnected from authenticating user root 203.0.113.7 port 4000 [preauth]`,
      `${at(6)} sshd[9]: PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.7  user=root`,
    ]
    expect(attempts(lines).sum).toBe(3)
    expect(failed(lines)).toHaveLength(3)
  })

  it('keys that are refused before a login are no attempt, and one where no login follows', () => {
    const refused = [
      `${at(0)} sshd[9]: Failed publickey for git from 203.0.113.7 port 4000 ssh2: ECDSA SHA256:abc`,
      `${at(0)} sshd[9]: Failed publickey for git from 203.0.113.7 port 4000 ssh2: RSA SHA256:def`,
    ]
    const accepted = `${at(1)} sshd[9]: Accepted publickey for git from 203.0.113.7 port 4000 ssh2: ED25519 SHA256:ghi`
    const closed = `${at(1)} sshd[9]: Connection closed by authenticating user git 203.0.113.7 port 4000 [preauth]`
    expect(attempts([...refused, accepted]).sum).toBe(0)
    expect(attempts([...refused, closed])).toEqual({ sum: 1, kinds: ['ssh.auth.failed'] })
    expect(attempts(refused).sum).toBe(1)
    const password = `${at(2)} sshd[9]: Failed password for git from 203.0.113.7 port 4000 ssh2`
    expect(attempts([...refused, password, closed]).sum).toBe(1)
    expect(attempts([...refused, password, accepted]).sum).toBe(1)
  })

  it('modules in a stack tell one attempt', () => {
    const stack = [
      `${at(0)} sshd[9]: ${PAM}203.0.113.7  user=root`,
      `${at(0)} sshd[9]: ${PAM.replace('unix', 'sss')}203.0.113.7 user=root`,
    ]
    expect(attempts(stack)).toEqual({ sum: 1, kinds: ['ssh.auth.failed'] })
    expect(attempts([...stack, `${at(2)} sshd[9]: Failed password for root from 203.0.113.7 port 4000 ssh2`]).sum).toBe(
      1,
    )
  })

  it('PAM alone is an attempt after days of silence too', () => {
    const lines = [
      `Mar  1 10:00:00 web-1 sshd[9]: Accepted password for alice from 192.0.2.1 port 4000 ssh2`,
      `Mar  4 10:00:00 web-1 sshd[10]: ${PAM}203.0.113.7  user=root`,
      `Mar  4 10:05:00 web-1 sshd[11]: ${PAM}203.0.113.8  user=root`,
    ]
    expect(attempts(lines)).toEqual({ sum: 2, kinds: ['ssh.auth.failed', 'ssh.auth.failed'] })
    const told = [
      ...lines.slice(0, 2),
      `Mar  4 10:00:02 web-1 sshd[10]: Failed password for root from 203.0.113.7 port 1 ssh2`,
    ]
    expect(attempts(told).sum).toBe(1)
    expect(eventsOf(told).map(event => event.kind)).not.toContain('pam.auth.failed')
  })

  it('PAM under another pid is the same attempt', () => {
    const lines = [
      `${at(0)} sshd[20]: ${PAM}203.0.113.7  user=root`,
      `${at(2)} sshd[18]: error: PAM: Authentication failure for root from 203.0.113.7`,
    ]
    expect(attempts(lines)).toEqual({ sum: 1, kinds: ['ssh.auth.failed'] })
    expect(failed(lines)).toEqual(['root'])
  })

  it('PAM alone is an attempt (old systems log nothing else)', () => {
    const lines = [
      'Jun 14 15:16:01 web-1 sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=203.0.113.7',
      'Jun 14 15:16:30 web-1 sshd(pam_unix)[19940]: authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost=203.0.113.8  user=root',
    ]
    expect(attempts(lines).sum).toBe(2)
    expect(eventsOf(lines).map(event => event.source)).toEqual(['203.0.113.7', '203.0.113.8'])
  })

  it('key-only hosts: the name at the door counts, and the close with it does not', () => {
    const lines = [
      `${at(0)} sshd[9]: Invalid user guest from 203.0.113.7 port 4000`,
      `${at(0)} sshd[9]: Received disconnect from 203.0.113.7 port 4000:11: Bye Bye [preauth]`,
      `${at(0)} sshd[9]: Disconnected from invalid user guest 203.0.113.7 port 4000 [preauth]`,
      `${at(5)} sshd[10]: Connection closed by authenticating user root 203.0.113.7 port 4001 [preauth]`,
      `${at(6)} sshd[11]: Connection closed by 203.0.113.7 port 4002 [preauth]`,
    ]
    expect(attempts(lines)).toEqual({ sum: 2, kinds: ['ssh.user.invalid', 'ssh.preauth.closed'] })
  })

  it('repeated messages count what they say', () => {
    const lines = [
      `${at(0)} sshd[9]: Failed password for root from 203.0.113.7 port 4000 ssh2`,
      `${at(4)} sshd[9]: message repeated 2 times: [ Failed password for root from 203.0.113.7 port 4000 ssh2]`,
      `${at(5)} last message repeated 3 times`,
    ]
    expect(attempts(lines).sum).toBe(6)
  })

  it('keys that a client offers by itself count once a connection, if nobody logs in', () => {
    const lines = [
      `${at(0)} sshd[9]: Failed publickey for alice from 203.0.113.7 port 4000 ssh2: RSA SHA256:aaa`,
      `${at(0)} sshd[9]: Failed publickey for alice from 203.0.113.7 port 4000 ssh2: ED25519 SHA256:bbb`,
      `${at(3)} sshd[9]: Accepted password for alice from 203.0.113.7 port 4000 ssh2`,
    ]
    expect(attempts(lines).sum).toBe(0)
    const late = `Mar  4 10:00:40 web-1 sshd[9]: Failed password for alice from 203.0.113.7 port 4000 ssh2`
    expect(attempts([...lines.slice(0, 2), late]).sum).toBe(1)
  })

  it('connections without a pid are told apart by their port', () => {
    const line = (second: number, port: number): string =>
      `${at(second)} sshd: Failed password for root from 203.0.113.7 port ${port} ssh2`
    expect(attempts([line(0, 4000), line(1, 4001), line(2, 4002)]).sum).toBe(3)
  })

  it('a service and PAM tell one failure of sudo', () => {
    const lines = [
      `${at(0)} sudo: pam_unix(sudo:auth): authentication failure; logname=bob uid=1000 euid=0 tty=/dev/pts/0 ruser=bob rhost=  user=bob`,
      `${at(9)} sudo:      bob : 3 incorrect password attempts ; TTY=pts/0 ; PWD=/home/bob ; USER=root ; COMMAND=/bin/ls`,
    ]
    const events = eventsOf(lines).filter(event => event.kind === 'sudo.failed')
    expect(events).toHaveLength(1)
    expect(events[0].count).toBe(3)
  })

  it('keeps the order of the log while PAM is being waited for', () => {
    const lines = [
      `${at(0)} sshd[9]: ${PAM}203.0.113.7  user=root`,
      `${at(1)} sshd[10]: Failed password for bin from 203.0.113.8 port 4000 ssh2`,
      `${at(30)} sshd[11]: Failed password for bin from 203.0.113.9 port 4000 ssh2`,
    ]
    expect(eventsOf(lines).map(event => event.origin.line)).toEqual([1, 2, 3])
  })
})
