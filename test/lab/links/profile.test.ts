import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { ConfigError } from '../../../src/errors.ts'
import { readLinkProfile, readLinkProfiles } from '../../../src/lab/links/profile-file.ts'
import { pathBetween, placesOf, type Link } from '../../../src/lab/links/profile.ts'
import { parseQuantity } from '../../../src/lab/links/quantity.ts'
import { tempFolder } from '../../helpers/cli.ts'

const good = '{ delay: 1ms, up: 1mbit, down: 2mbit }'

describe('link profiles', () => {
  it('the shipped ones join device, edge, fog and cloud, and grow longer from lan to 4g', () => {
    const profiles = readLinkProfiles()
    const names = profiles.map((profile) => profile.name)
    assert.deepEqual(names, ['lan', 'wan', '4g'])
    for (const profile of profiles) {
      assert.deepEqual(placesOf(profile), ['device', 'edge', 'fog', 'cloud'])
    }
    const delays = profiles.map((profile) => pathBetween(profile, 'device', 'cloud').delayMs)
    assert.deepEqual(
      delays,
      delays.toSorted((a, b) => a - b),
    )
  })

  it("a user's own file is read, with any names of places", () => {
    const file = write(`farm:\n  cow-barn: { delay: 2.5ms, up: 250kbit, down: 1.5 Mbit }`)
    assert.deepEqual(readLinkProfile('farm', file), {
      name: 'farm',
      links: [
        { from: 'cow', to: 'barn', delayMs: 2.5, upBitsPerSecond: 250e3, downBitsPerSecond: 1.5e6 },
      ],
    })
  })

  it('a path has the sum of the delays and the narrowest rate of each direction', () => {
    const link = fc.record({
      delayMs: fc.integer({ min: 0, max: 1000 }),
      upBitsPerSecond: fc.integer({ min: 1 }),
      downBitsPerSecond: fc.integer({ min: 1 }),
    })
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 6 }), (speeds) => {
        const links = speeds.map((speed, i): Link => ({ from: `p${i}`, to: `p${i + 1}`, ...speed }))
        const path = pathBetween({ name: 'any', links }, 'p0', `p${links.length}`)
        assert.equal(
          path.delayMs,
          speeds.reduce((sum, speed) => sum + speed.delayMs, 0),
        )
        for (const rate of ['upBitsPerSecond', 'downBitsPerSecond'] as const) {
          assert.ok(speeds.every((speed) => speed[rate] >= path[rate]))
          assert.ok(speeds.some((speed) => speed[rate] === path[rate]))
        }
      }),
    )
  })

  it('a path needs places that there are, away from the device', () => {
    const wan = readLinkProfile('wan')
    assertRefused(() => pathBetween(wan, 'device', 'clout'), /'clout'.*device, edge, fog, cloud/)
    assertRefused(() => pathBetween(wan, 'cloud', 'device'), /'cloud' to 'device'/)
    assertRefused(() => pathBetween(wan, 'fog', 'fog'), /'fog' to 'fog'/)
  })

  it('an unknown profile is refused with the names that there are, and the nearest', () => {
    assertRefused(() => readLinkProfile('wam'), /'wam'; there are lan, wan, 4g/, /'wan'/)
    assertRefused(() => readLinkProfile('satellite'), /'satellite'; there are lan, wan, 4g/)
  })

  const wrong = [
    ['no file', undefined, /to be a file that can be read, got '.*' \(ENOENT\)/],
    ['no YAML', 'a: [', /to be YAML/],
    ['no map', '[1, 2]', /profiles in '.*' to be a map, got \[1,2\]/],
    ['nothing', '', /profiles in '.*' to be a map, got null/],
    ['a profile without links', 'a: {}', /Expected a in '.*' to have a link/],
    ['a profile that is a number', 'a: 5', /a in '.*' to be a map of links, got 5/],
    ['one place', `a: { edge: ${good} }`, /a edge in '.*' to be two places/],
    ['no delay', 'a: { b-c: { up: 1mbit, down: 1mbit } }', /a b-c delay .*, got none/],
    ['no unit', 'a: { b-c: { delay: 5, up: 1mbit, down: 1mbit } }', /delay .* 20ms, got 5/],
    ['a rate for a time', 'a: { b-c: { delay: 1mbit, up: 1mbit, down: 1mbit } }', /got '1mbit'/],
    ['no rate', 'a: { b-c: { delay: 1ms, up: 0mbit, down: 1mbit } }', /a b-c up .*got '0mbit'/],
    ['a key too many', 'a: { b-c: { delay: 1ms, up: 1mbit, down: 1mbit, loss: 1 } }', /no more/],
    ['a gap', `a: { b-c: ${good}, d-e: ${good} }`, /chain from the device on, got d-e at c/],
    ['a ring', `a: { b-c: ${good}, c-b: ${good} }`, /chain from the device on, got c-b at c/],
  ] as const
  for (const [what, text, message] of wrong) {
    it(`${what} is refused`, () => {
      const file = text === undefined ? join(tempFolder(), 'absent.yaml') : write(text)
      assertRefused(() => readLinkProfiles(file), message)
    })
  }
})

describe('quantities', () => {
  it('are read in ms, kbit, mbit and gbit', () => {
    assert.deepEqual(parseQuantity('0.3ms'), { unit: 'ms', ms: 0.3 })
    assert.deepEqual(parseQuantity(' 20 MBIT'), { unit: 'rate', rate: 20e6 })
    assert.deepEqual(parseQuantity('1gbit'), { unit: 'rate', rate: 1e9 })
    assert.deepEqual(parseQuantity('0ms'), { unit: 'ms', ms: 0 })
    for (const text of ['', '5', 'ms', '-1ms', '1e3ms', '5 s', '0kbit', '1mbits']) {
      assert.equal(parseQuantity(text), undefined, text)
    }
  })
})

function write(text: string): string {
  const file = join(tempFolder(), 'links.yaml')
  writeFileSync(file, text)
  return file
}

function assertRefused(call: () => unknown, message: RegExp, hint?: RegExp): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof ConfigError)
    assert.equal(error.code, 'DDNN_CONFIG_INVALID')
    assert.match(error.message, message)
    if (hint !== undefined) assert.match(error.hint ?? '', hint)
    return true
  })
}
