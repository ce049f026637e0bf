/** Leaving the document root, and the files attackers leave it for. */
import { definePayload } from './define-payload.ts'

/** Two steps up, or one written so that only an attacker would write it. */
const STEPS =
  /(?:\.\.[\\/]+){2}|(?:[\\/]|^)\.\.[\\/](?:[^\\/]*[\\/])?\.\.(?:[\\/]|$)|(?<!\.)\.{4,40}[\\/]{1,2}(?:\.{4}|etc|windows|\.)|\.\.;[\\/]|(?:\.\.0x(?:2f|5c)|0x2e0x2e)|(?:\.\.\\){1}|(?:[\\/]\.{3,4}){2}[\\/]|(?:^|[\\/])\.{3}[\\/]\.[\\/]|\.\.\0[\\/]|(?:[\\/]\.\.[\\/]+){2}/
/** Long runs of `./` and `//` pad a path until a filter or a fixed buffer gives up. */
const PADDING =
  /(?:\.[\\/]{1,2}){6}|^[^\s<]*[\\/]{6}|^[\\/]{4}|[\\/]\.{8,}|^\.{8,}[\w\\/]\S*$|^[\\/]\.{3}[\\/]|\.\/\/(?:\.\.\/){1}/
/** A name longer than any file's, in front of a climb. */
const PADDED_NAME = /(\w)\1{120}/
const ENCODED =
  /%2e(?:%2e|\.)(?:%2f|%5c|%c0%af|%c1%9c|[\\/])|\.%2e(?:%2f|%5c|[\\/])|%252e|%c0%ae|%c0%af|%c1%9c|%u2215|%u2216|%uff0e|\.\.(?:%2f|%5c|%25)/
const UP = /(?:^|[\\/])\.\.(?:[\\/;\0]|$)/

const LONGEST = 8192

/** `/a/../b` inside the root is sloppy, `/../x` leaves it; browsers send neither. */
function leavesRoot(path: string): boolean {
  let depth = 0
  for (const segment of path.split(/[\\/]+/)) {
    if (segment === '..') depth--
    else if (segment !== '' && segment !== '.') depth++
    if (depth < 0) return true
  }
  return false
}

function isTraversal(lower: string, place: string): boolean {
  const text = lower.length > LONGEST ? lower.slice(0, LONGEST) : lower
  if (place === 'path')
    return (text.includes('..') && (leavesRoot(text) || STEPS.test(text))) || /(?:\.[\\/]){6}/.test(text)
  if (/^[\\/]\S*$/.test(text) && text.includes('..') && leavesRoot(text)) return true
  if (/^\w+:\/\//.test(text)) return /(?:\.\.[\\/]){2}/.test(text)
  return (
    STEPS.test(text) ||
    PADDING.test(text) ||
    (text.includes('..') && PADDED_NAME.test(text)) ||
    (UP.test(text) && ENCODED.test(text.replace(/\.\.\//, '')))
  )
}

export const pathTraversal = definePayload({
  id: 'path_traversal',
  title: 'Path traversal',
  severity: 'high',
  exploit: false,
  technique: 'T1083',
  value: value => value.place !== 'header' && isTraversal(value.lower, value.place),
  target: target => ENCODED.test(target.raw) && (target.path.includes('..') || /%c[01]%/.test(target.raw)),
  fires: [
    'GET /../../../../etc/passwd',
    'GET /a/..%2f..%2fetc',
    'GET /a?file=../../../../x',
    'GET /a?file=..%255c..%255cx',
    'GET /static/%c0%ae%c0%ae/x',
    'GET /..;/manager/html',
    'GET /a?f=....//....//x',
    'GET /cgi-bin/.%2e/.%2e/x',
    'GET /a?f=..\\..\\x',
    { value: '/.//..//.//..//x' },
  ],
  quiet: [
    'GET /a/../b.png',
    'GET /a?file=../images/x.png',
    'GET /a?q=wait...+what',
    'GET /a?v=1..5',
    'GET /a?u=https://www.example/a/../b',
    'GET /a?q=to+be+continued.....',
    'GET /v1.0/./x',
    { value: "c/ ca n'alzina, 80, 6-b" },
  ],
})

export const doubleEncoding = definePayload({
  id: 'double_encoding',
  title: 'Encoding meant to pass a filter',
  severity: 'low',
  exploit: false,
  technique: 'T1027',
  target: ({ raw }) =>
    /%25(?:2e|2f|5c|27|22|3c|3e|28|7b|24|00)|%c[01]%[89ab]|%e0%80%|%u(?:00|ff)[0-9a-f]{2}/.test(
      raw.includes('?') ? raw.slice(0, raw.indexOf('?')) : raw,
    ),
  fires: ['GET /a%252e%252e%252fx', 'GET /%c0%ae%c0%ae/x', 'GET /a%u002e%u002e/x'],
  quiet: ['GET /login?next=https%3A%2F%2Fwww.example%2F%3Fa%3D%252Fhome', 'GET /100%25', 'GET /caf%C3%A9'],
})
