// Reads link profiles from YAML: data/links.yaml, or the user's own file of --links. Format: docs/continuum.md.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { nearestName } from '../../domain/nearest-name.ts'
import { ConfigError } from '../../errors.ts'
import { packageRoot } from '../../package-root.ts'
import type { Link, LinkProfile } from './profile.ts'
import { parseQuantity } from './quantity.ts'

/** The profiles that ddnn brings: lan, wan, 4g. */
const shippedLinks = join(packageRoot, 'data', 'links.yaml')

const time = quantity('a time, as in 20ms', (text) => {
  const parsed = parseQuantity(text)
  return parsed?.unit === 'ms' ? parsed.ms : undefined
})

const rate = quantity('a rate, as in 20mbit', (text) => {
  const parsed = parseQuantity(text)
  return parsed?.unit === 'rate' ? parsed.rate : undefined
})

const linkSchema = z.strictObject(
  { delay: time, up: rate, down: rate },
  told('{ delay, up, down } and no more'),
)
const profileSchema = z.record(z.string(), linkSchema, told('a map of links'))
const fileSchema = z.record(z.string(), profileSchema, told('a map'))

/**
 * All profiles of a file, in its order.
 * @throws DDNN_CONFIG_INVALID naming the file and the place in it.
 */
export function readLinkProfiles(file: string = shippedLinks): readonly LinkProfile[] {
  const checked = fileSchema.safeParse(readYaml(file))
  if (!checked.success) {
    const issue = checked.error.issues[0]
    const where = ['profiles', ...(issue?.path ?? [])].slice(issue?.path.length === 0 ? 0 : 1)
    throw invalid(`Expected ${where.join(' ')} in '${file}' ${issue?.message}`)
  }
  return Object.entries(checked.data).map(([name, links]) => toProfile(file, name, links))
}

/**
 * One profile by its name.
 * @throws DDNN_CONFIG_INVALID naming those that there are.
 */
export function readLinkProfile(name: string, file: string = shippedLinks): LinkProfile {
  const profiles = readLinkProfiles(file)
  const found = profiles.find((profile) => profile.name === name)
  if (found !== undefined) return found
  const names = profiles.map((profile) => profile.name)
  const near = nearestName(name, names)
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --link-profile to be a profile of '${file}', got '${name}'; there are ${names.join(', ')}`,
    { hint: near === undefined ? 'Pass one of these' : `Did you mean '${near}'?` },
  )
}

function quantity(what: string, read: (text: string) => number | undefined) {
  return z.string(told(what)).transform((text, context) => {
    const value = read(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: `to be ${what}, got '${text}'` })
    return z.NEVER
  })
}

/** Zod's own words do not fit into ours. */
function told(what: string): { readonly error: (issue: { readonly input?: unknown }) => string } {
  return { error: ({ input }) => `to be ${what}, got ${JSON.stringify(input) ?? 'none'}` }
}

function readYaml(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    throw invalid(`Expected --links to be a file that can be read, got '${file}' (${code})`)
  }
  try {
    return parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw invalid(`Expected '${file}' to be YAML: ${reason}`)
  }
}

function toProfile(
  file: string,
  name: string,
  entries: Readonly<Record<string, z.infer<typeof linkSchema>>>,
): LinkProfile {
  const links = Object.entries(entries).map(([pair, { delay, up, down }]): Link => {
    const [from, to, ...more] = pair.split('-')
    if (!from || !to || more.length > 0) {
      throw invalid(`Expected ${name} ${pair} in '${file}' to be two places, as in edge-fog`)
    }
    return { from, to, delayMs: delay, upBitsPerSecond: up, downBitsPerSecond: down }
  })
  if (links.length === 0) throw invalid(`Expected ${name} in '${file}' to have a link, got none`)
  const visited = new Set(links.slice(0, 1).map((link) => link.from))
  let end = links[0]?.from
  for (const { from, to } of links) {
    if (from !== end || visited.has(to)) {
      throw invalid(
        `Expected the links of ${name} in '${file}' to be a chain from the device on, got ${from}-${to} at ${end}`,
      )
    }
    visited.add(to)
    end = to
  }
  return { name, links }
}

function invalid(message: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', message, {
    hint: 'Write PROFILE: { device-edge: { delay: 1ms, up: 50mbit, down: 100mbit } ... }, delay one way',
  })
}
