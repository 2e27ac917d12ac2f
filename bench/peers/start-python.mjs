// Starts a Python part of a peer in an environment of its own, made once, with pinned packages.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProcess } from '../../dist/lab/bench/processes.js'
import { ensurePythonEnv } from '../../scripts/python-env.mjs'

const folder = fileURLToPath(new URL('./python', import.meta.url))

/**
 * Resolves once the script has printed a line of JSON with "ready" in it.
 * @param {{ what: string, packages: readonly string[], script: string, args: readonly string[],
 *   env?: Record<string, string>, withinMs?: number }} options `script` is a path, or a
 *   name in ./python; `what` names it in messages.
 */
export async function startPython({ what, packages, script, args, env = {}, withinMs = 180_000 }) {
  const python = await ensurePythonEnv(packages, { log: (line) => console.error(line) })
  return startProcess({
    command: python,
    args: [resolve(folder, script), ...args],
    env: { PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '1', ...env },
    what,
    readyOf: (line) => line.startsWith('{"ready"'),
    withinMs,
  })
}

/** A port of loopback that nobody listens on now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
