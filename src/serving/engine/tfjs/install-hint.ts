// How to get tfjs-node, as errors say it.
import { join } from 'node:path'
import { packageRoot } from '../../../package-root.ts'

/** Ships with the package, so that it is found in a checkout, a project, a global install and npx's cache alike. */
const script = join(packageRoot, 'scripts', 'install-tensorflow.mjs')

/**
 * The next action where tfjs-node does not load: a clause without a full stop. The script brings the package
 * back where npm left it out, downloads its library, and builds against another where that is blocked.
 */
export const installHint = `Install it with \`node ${script}\``
