// TLS and SASL of one link: its own flags before those of both links. A command without sides has the latter
// alone.
import { readFileSync } from 'node:fs'
import type { SaslConfig, TlsConfig } from './config.ts'
import type { FlagReader } from './flag-types.ts'
import type { AnyNameReader } from './flag-values.ts'
import type { SecurityFlagName } from './flags/security.ts'
import { tlsFileProblems, type PemFile } from './tls-files.ts'

/** A command with the flags of both links, and of `S` alone. */
export type SecurityValues<S extends 'back' | 'front' = never> = FlagReader<
  SecurityFlagName | `${S}-${SecurityFlagName}`
>

/** Checks that files can be read and are what their flags say; what is wrong is added to the problems. */
export function readSecurity<S extends 'back' | 'front' = never>(
  side: S | undefined,
  typed: SecurityValues<S>,
  problems: string[],
): { tls: TlsConfig | undefined; sasl: SaslConfig | undefined } {
  const values = typed.anyName
  const pick = (name: string) =>
    side !== undefined && values.isGiven(`${side}-${name}`) ? `${side}-${name}` : name
  const text = (name: string) => values.string(pick(name))
  const pemOf = (name: string): PemFile | undefined => {
    const file = text(name)
    if (file === undefined) return undefined
    const source = values.sourceOf(pick(name))
    const content = readSmallFile(file, source, problems)
    return content === undefined ? undefined : { file, source, text: content }
  }
  const files = {
    caFile: text('ssl-ca'),
    certFile: text('ssl-cert'),
    keyFile: text('ssl-key'),
  }
  const passphrase = text('ssl-key-passphrase')
  const pems = { ca: pemOf('ssl-ca'), cert: pemOf('ssl-cert'), key: pemOf('ssl-key'), passphrase }
  const isTls =
    values.boolean(pick('ssl')) ?? Object.values(files).some((file) => file !== undefined)
  if (isTls) problems.push(...tlsFileProblems(pems))
  if (!isTls && !values.isGiven(pick('ssl'))) {
    // Someone who asks for a verified name and gets plain text would never be told.
    for (const flag of ['ssl-servername', 'ssl-verify', 'ssl-key-passphrase'].map(pick)) {
      if (values.isGiven(flag)) {
        problems.push(`Expected --ssl or --ssl-ca with --${flag}: without TLS it has no effect`)
      }
    }
  }
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    problems.push('Expected --ssl-cert and --ssl-key together, got one of them')
  }
  const tls: TlsConfig | undefined = isTls
    ? {
        ...files,
        passphrase,
        servername: text('ssl-servername'),
        isVerified: values.boolean(pick('ssl-verify')) ?? true,
      }
    : undefined
  return { tls, sasl: readSasl(side, pick, values, problems) }
}

function readSasl(
  side: 'back' | 'front' | undefined,
  pick: (name: string) => string,
  values: AnyNameReader,
  problems: string[],
): SaslConfig | undefined {
  const mechanism = values.string(pick('sasl-mechanism')) as SaslConfig['mechanism'] | undefined
  const username = values.string(pick('sasl-username'))
  const password = readPassword(side, values, problems)
  if (mechanism === undefined) {
    if (username !== undefined || password !== undefined) {
      problems.push(`Expected --sasl-mechanism with --sasl-username and a password, got none`)
    }
    return undefined
  }
  if (username === undefined || password === undefined) {
    problems.push(
      `Expected --sasl-username and --sasl-password (or --sasl-password-file) with --${pick('sasl-mechanism')}`,
    )
    return undefined
  }
  return { mechanism, username, password }
}

/** The link's own password, as text or file, goes before that of both links. */
function readPassword(
  side: 'back' | 'front' | undefined,
  values: AnyNameReader,
  problems: string[],
): string | undefined {
  for (const prefix of side === undefined ? [''] : [`${side}-`, '']) {
    const text = values.string(`${prefix}sasl-password`)
    const fileFlag = `${prefix}sasl-password-file`
    const file = values.string(fileFlag)
    if (text !== undefined && file !== undefined) {
      problems.push(`Expected --${prefix}sasl-password or --${fileFlag}, got both`)
    }
    if (text !== undefined) return text
    if (file !== undefined) {
      return readSmallFile(file, values.sourceOf(fileFlag), problems)?.split(/\r?\n/)[0]
    }
  }
  return undefined
}

function readSmallFile(file: string, source: string, problems: string[]): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable'
    problems.push(`Expected ${source} to be a file that can be read, got '${file}' (${code})`)
    return undefined
  }
}
