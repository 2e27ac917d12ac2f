// Whether the PEM files of a link's TLS are what their flags say. OpenSSL would find out at the first
// connection alone, and take a file without a certificate for an authority that trusts nobody: either
// way the blame would fall on the broker, after the whole start time.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'

export interface PemFile {
  readonly file: string
  /** The flag or variable that named it. */
  readonly source: string
  readonly text: string
}

/** Texts of the files of one link, where given. */
interface TlsFiles {
  readonly ca: PemFile | undefined
  readonly cert: PemFile | undefined
  readonly key: PemFile | undefined
  readonly passphrase: string | undefined
}

/** A sentence for each file that is not what it should be; nothing of a key or passphrase is in it. */
export function tlsFileProblems({ ca, cert, key, passphrase }: TlsFiles): readonly string[] {
  const problems: string[] = []
  const read = <T>(pem: PemFile | undefined, what: string, parse: (text: string) => T) => {
    if (pem === undefined) return undefined
    try {
      return parse(pem.text)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      problems.push(`Expected ${pem.source} to be ${what}, got '${pem.file}' (${why})`)
      return undefined
    }
  }
  const parseCertificate = (text: string) => new X509Certificate(text)
  read(ca, 'a PEM file of certificates', parseCertificate)
  const certificate = read(cert, 'a PEM file of a certificate', parseCertificate)
  const privateKey = read(key, describeKey(passphrase), (text): KeyObject => {
    return createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) })
  })
  if (certificate !== undefined && privateKey !== undefined) {
    if (!certificate.checkPrivateKey(privateKey)) {
      problems.push(
        `Expected ${key?.source} to be the key of ${cert?.source}, got '${key?.file}' and '${cert?.file}', which do not belong together`,
      )
    }
  }
  return problems
}

const describeKey = (passphrase: string | undefined) =>
  passphrase === undefined
    ? 'a PEM file of a private key without a passphrase'
    : 'a PEM file of a private key that --ssl-key-passphrase opens'
