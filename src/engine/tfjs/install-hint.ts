// How to get tfjs-node, as errors say it.
import { fileURLToPath } from 'node:url'

/** Ships with the package, so that it is found in a checkout, a project, a global install and npx's cache alike. */
const script = fileURLToPath(new URL('../../../scripts/install-tensorflow.mjs', import.meta.url))

/** The next action where tfjs-node does not load: a clause without a full stop. */
export const installHint = `Install it with \`npm install @tensorflow/tfjs-node\`, where its download is blocked build it with \`node ${script}\``
