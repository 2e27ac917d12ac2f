// Who may see the live page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusalOf, type Visitor } from '../../../src/serving/watch/visitor.ts'

const here: Visitor = { headers: { host: 'localhost:8080' }, method: 'GET', remoteAddress: '::1' }
const visitor = (change: Partial<Visitor>): Visitor => ({ ...here, ...change })
const called = (host: string, more: Visitor['headers'] = {}) =>
  visitor({ headers: { host, ...more } })

test('this machine sees it by every name of its own', () => {
  for (const host of [
    'localhost',
    'localhost:8080',
    '127.0.0.1:1',
    '127.9.9.9',
    '[::1]:8080',
    'LOCALHOST',
    'a.localhost:8',
  ]) {
    assert.equal(refusalOf(called(host), []), undefined, host)
  }
})

test('a name that leads here from elsewhere is refused, as DNS rebinding needs one', () => {
  const names = [
    'evil.example',
    'evil.example:8080',
    '10.0.0.7:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil@localhost.example',
    '',
    'a b',
  ]
  for (const host of names) assert.notEqual(refusalOf(called(host), []), undefined, host)
  assert.notEqual(refusalOf(visitor({ headers: {} }), []), undefined)
})

test('other machines are refused unless the page has hosts, and then by these names alone', () => {
  const far = (host: string) => visitor({ headers: { host }, remoteAddress: '10.0.0.9' })
  assert.match(refusalOf(far('localhost:8080'), []) ?? '', /beyond it/)
  assert.match(refusalOf(far('edge.example:8080'), []) ?? '', /--page-hosts/)
  assert.equal(refusalOf(far('edge.example:8080'), ['edge.example']), undefined)
  assert.equal(refusalOf(far('[fd00::7]:8080'), ['fd00::7']), undefined)
  assert.notEqual(refusalOf(far('other.example'), ['edge.example']), undefined)
  assert.equal(refusalOf(far('other.example'), ['*']), undefined)
})

test('a proxy on this machine makes nobody one of this machine', () => {
  for (const name of ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']) {
    const through = called('127.0.0.1:8080', { [name]: '10.0.0.9' })
    assert.match(refusalOf(through, []) ?? '', /through a proxy/)
    assert.equal(refusalOf(through, ['edge.example']), undefined)
  }
})

test('a page of another origin is refused, with rights of anybody or without', () => {
  const refused = [
    { origin: 'http://evil.example' },
    { origin: 'http://localhost:9999' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  ]
  for (const headers of refused) {
    assert.match(
      refusalOf(called('localhost:8080', headers), []) ?? '',
      /another origin/,
      JSON.stringify(headers),
    )
    assert.notEqual(refusalOf(called('localhost:8080', headers), ['*']), undefined)
  }
})

test('the page itself, other programs, and a link that leads to it are let in', () => {
  const taken = [
    {},
    { origin: 'http://localhost:8080' },
    { origin: 'https://LOCALHOST:8080' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ]
  for (const headers of taken) {
    assert.equal(
      refusalOf(called('localhost:8080', headers), []),
      undefined,
      JSON.stringify(headers),
    )
  }
})
