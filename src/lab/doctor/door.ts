// Checks of who may ask over HTTP and gRPC, and who may see and turn the live page: the token file, and the certificate with its key.
import type { DoorConfig, PageConfig } from '../../cli/config.ts'
import { readDoorTls } from '../../compose/door-tls.ts'
import { readTokens } from '../../serving/door/tokens.ts'
import type { Verdict } from './check.ts'
import type { Examination } from './examination.ts'

const group = 'Process'

export async function checkDoor(exam: Examination, door: DoorConfig): Promise<void> {
  await exam.check({ id: 'process.door', group, title: 'who may ask' }, () => checkAccess(door))
  const { tls } = door
  if (tls === undefined) return
  await exam.check({ id: 'process.certificate', group, title: 'certificate' }, () => {
    readDoorTls(tls)
    return { found: `'${tls.certFile}' and its key`, value: true }
  })
}

export async function checkPage(exam: Examination, { hosts, tokens }: PageConfig): Promise<void> {
  await exam.check({ id: 'process.page', group, title: 'live page' }, () => {
    const known =
      tokens !== undefined && 'file' in tokens ? readTokens(tokens.file, '--page-token-file') : []
    const seen = hosts.length === 0 ? 'seen by this machine alone' : `seen at ${hosts.join(', ')}`
    const turned =
      known.length === 0 ? 'read-only' : `turned by who has a token (${known.length} known)`
    return { found: `${seen}, ${turned}`, facts: { hosts, tokens: known.length }, value: true }
  })
}

function checkAccess({ tokenFile, isOpen, tls }: DoorConfig): Verdict<true> {
  if (tokenFile === undefined) {
    const found = isOpen ? 'every client that reaches the port' : 'this machine alone'
    return { found, facts: { isOpen }, value: true }
  }
  const tokens = readTokens(tokenFile, '--http-token-file').length
  const advice =
    tls === undefined
      ? [
          'tokens travel in plain text: pass --http-tls-cert and --http-tls-key, or keep to a tunnel',
        ]
      : []
  return {
    status: advice.length > 0 ? 'warning' : 'ok',
    found: `clients with ${tokens === 1 ? 'the token' : `one of ${tokens} tokens`} of '${tokenFile}'`,
    advice,
    facts: { tokens },
    value: true,
  }
}
