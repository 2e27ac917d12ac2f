// Addresses are told without users and passwords, however they are written.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { shownUrl, withoutUsers } from '../../src/domain/shown-url.ts'
import { fc } from '../helpers/property.ts'

test('an address is told without user, password, query and fragment', () => {
  for (const [given, shown] of [
    ['http://host:4318', 'http://host:4318'],
    ['https://name:word@host/a/@b.png?sig=1#x', 'https://host/a/@b.png'],
    ['https://name@host/', 'https://host/'],
    ['https://host/@name/x@2.png', 'https://host/@name/x@2.png'],
    ['http://na@me:w@rd@host', 'http://host'],
    ['ftp://name:word@host/x', 'ftp://host/x'],
    // Those that no URL can be made of.
    ['http://name:wo/rd@host:1', 'http://host:1'],
    ['http://name:wo#rd@host', 'http://host'],
    ['http://name:/word@host', 'http://host'],
    ['http://name:word@host:port', 'http://host:port'],
    ['name:word@host:8080', 'host:8080'],
    ['http:name:word@host', 'host'],
    [' http://name:word@host', 'host'],
  ] as const) {
    assert.equal(shownUrl(given), shown, given)
  }
  assert.equal(shownUrl(new URL('https://name:word@host/a?b')), 'https://host/a')
})

test('no password is in what is shown of an address that has one', () => {
  const word = fc.stringMatching(/^[A-Z~!$&*+,;=:. "<>^`{|}\\%-]{3,12}$/)
  fc.assert(
    fc.property(fc.constantFrom('http', 'https', 'socks5'), word, (scheme, password) => {
      const url = `${scheme}://name:${password}@host:8080/path`
      assert.ok(!shownUrl(url).includes(password), url)
      // A text is read from space to space.
      const told = password.includes(' ') ? '' : withoutUsers(`got '--url=${url}'`)
      assert.ok(!told.includes(password), url)
    }),
  )
})

test('a text keeps all but the users of its addresses', () => {
  for (const [given, shown] of [
    ['--url=http://name:word@host/a?b=1', '--url=http://***@host/a?b=1'],
    ['https://host/@me?a=b@c', 'https://host/@me?a=b@c'],
    ['http://name:wo/rd@host', 'http://***@host'],
    ['photo@2x.png', 'photo@2x.png'],
    [
      'got \'http://name:word@host/a\', {"b":"ftp://name:word@host"} and me@home',
      'got \'http://***@host/a\', {"b":"ftp://***@host"} and me@home',
    ],
  ] as const) {
    assert.equal(withoutUsers(given), shown)
  }
})
