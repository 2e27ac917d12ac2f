// Certificates made anew by openssl for one run of a test: an authority, a broker's and a client's of
// it, and an authority that signed nothing.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from './cli.ts'

/** PEM files. */
export interface Certificates {
  /** The authority of the broker and of the client. */
  readonly authority: string
  /** One that signed neither. */
  readonly stranger: string
  /** Key and certificate in one file, for localhost and 127.0.0.1: what Kafka calls a PEM key store. */
  readonly brokerStore: string
  readonly client: { readonly certificate: string; readonly key: string }
}

/** @throws Error where openssl is missing or says no. */
export function makeCertificates(): Certificates {
  const folder = tempFolder()
  const file = (name: string) => join(folder, name)
  const authority = (name: string) => {
    const own = ['-x509', '-days', '2', '-subj', `/CN=${name}`]
    openssl(['req', ...own, ...newKey(file(`${name}.key`)), '-out', file(`${name}.pem`)])
    return file(`${name}.pem`)
  }
  const signed = (name: string, extension: string) => {
    const request = file(`${name}.csr`)
    const certificate = file(`${name}.pem`)
    const extensions = file(`${name}.ext`)
    writeFileSync(extensions, `${extension}\n`)
    openssl(['req', ...newKey(file(`${name}.key`)), '-subj', `/CN=${name}`, '-out', request])
    openssl([
      ...['x509', '-req', '-in', request, '-days', '2', '-out', certificate],
      ...['-CA', file('authority.pem'), '-CAkey', file('authority.key'), '-CAcreateserial'],
      ...['-extfile', extensions],
    ])
    return { certificate, key: file(`${name}.key`) }
  }
  const trusted = authority('authority')
  const broker = signed('broker', 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  const brokerStore = file('broker-store.pem')
  writeFileSync(brokerStore, [broker.key, broker.certificate].map(readText).join(''))
  return {
    authority: trusted,
    stranger: authority('stranger'),
    brokerStore,
    client: signed('client', 'extendedKeyUsage=clientAuth'),
  }
}

const readText = (file: string) => readFileSync(file, 'utf8')

/** Elliptic, since an RSA key takes long; PKCS #8, the one form that Kafka reads. */
function newKey(file: string): readonly string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file]
}

function openssl(args: readonly string[]): void {
  try {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (cause) {
    throw new Error('Expected openssl to be installed and to make certificates', { cause })
  }
}
