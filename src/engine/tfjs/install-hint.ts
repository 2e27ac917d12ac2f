// How to get tfjs-node, as errors say it.
import { fileURLToPath } from 'node:url'

/** Ships with the package, so that it is found in a checkout, a project, a global install and npx's cache alike. */
const script = fileURLToPath(new URL('../../../scripts/install-tensorflow.mjs', import.meta.url))

/**
 * The next action where tfjs-node does not load: a clause without a full stop. The script brings the package
 * back where npm left it out, downloads its library, and builds against another where that is blocked.
 */
export const installHint = `Install it with \`node ${script}\``
