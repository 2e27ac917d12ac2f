// Ray Serve as it comes, with none of its own settings of speed changed: beside ray-serve.mjs it tells what those
// are worth.
import { made, startRay } from './ray-serve.mjs'

/** Takes what createPeer() of ray-serve.mjs takes. */
export function createPeer(options) {
  return {
    name: 'Ray Serve, defaults',
    kind: 'peer',
    description: `${made}; its own settings of speed as they come`,
    maxInFlight: Infinity,
    start: (setting) => startRay(setting, { ...options, flags: ['--defaults'] }),
  }
}
