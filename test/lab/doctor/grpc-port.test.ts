// What doctor says of --grpc-port: free, held by a ddnn, or by somebody else.
import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { readFileSync } from 'node:fs'
import { credentials } from '@grpc/grpc-js'
import type { DoorConfig } from '../../../src/cli/config.ts'
import { Examination } from '../../../src/lab/doctor/examination.ts'
import { checkGrpcPort } from '../../../src/lab/doctor/grpc-port.ts'
import { openDoor } from '../../serving/door/grpc/made-door.ts'
import { makeCertificates } from '../../helpers/certificates.ts'

async function look(port: number, tls?: DoorConfig['tls']) {
  const signal = new AbortController().signal
  const exam = new Examination({ timeoutMs: 10_000, signal, onResult: () => undefined })
  await checkGrpcPort(exam, {
    grpc: { port, host: '127.0.0.1' },
    ...{ modelName: 'ddnn', tokenFile: undefined, tls, isOpen: false },
    ...{ maxBodyBytes: 1 << 20, maxInFlight: 1 },
  })
  const [result] = exam.results
  return { status: result?.status, found: result?.found ?? '' }
}

test('a port that is free, or is to be found by the system, is well', async () => {
  const { door } = await openDoor()
  await door.close(AbortSignal.abort())
  assert.deepEqual(await look(door.port), { status: 'ok', found: `${door.port} is free` })
  assert.equal((await look(0)).status, undefined)
})

test('a port that a ddnn holds is told with its health', async () => {
  const well = await openDoor()
  assert.deepEqual(await look(well.door.port), {
    status: 'ok',
    found: `${well.door.port} is held by a ddnn that runs and is ready`,
  })
  const ill = await openDoor({ missing: () => ['no broker'] })
  const { status, found } = await look(ill.door.port)
  assert.equal(status, 'warning')
  assert.match(found, /is not ready/)
})

test('a ddnn with a certificate is asked by TLS, whatever name the certificate has', async () => {
  const { brokerStore, authority } = makeCertificates()
  const store = readFileSync(brokerStore)
  const { door } = await openDoor({
    tls: { cert: store, key: store },
    credentials: credentials.createSsl(readFileSync(authority)),
  })
  const { status } = await look(door.port, { certFile: brokerStore, keyFile: brokerStore })
  assert.equal(status, 'ok')
})

test('a port that somebody else holds has failed', async () => {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { status, found } = await look(port)
  server.close()
  assert.equal(status, 'failed')
  assert.match(found, new RegExp(`Expected --grpc-port ${port} .* got EADDRINUSE`))
})
