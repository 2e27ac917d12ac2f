// What an API server would refuse: every object against the schema of its kind, unknown fields included.
// Kubernetes' own kinds by kubernetes-validate, those of KEDA and the Prometheus operator by custom-kinds.ts.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { tempFolder } from '../helpers/cli.ts'
import type { Manifest } from '../helpers/kubernetes.ts'
import { repoPath } from '../helpers/paths.ts'
import { customKindProblems, isCustomKind } from './custom-kinds.ts'

const run = promisify(execFile)

/** The oldest that docs/kubernetes.md promises, and the newest that is known here. */
export const kubernetesVersions = ['1.28.0', '1.37.0']

/**
 * What is wrong with each group of objects, a line each; groups where all would be accepted are left out.
 */
export async function schemaProblems(
  groups: Readonly<Record<string, readonly Manifest[]>>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const found = await kubernetesProblems(groups)
  const custom = Object.entries(groups).flatMap(([name, manifests]) =>
    manifests.filter(isCustomKind).map((manifest) => ({ name, manifest })),
  )
  const problems = customKindProblems(custom.map(({ manifest }) => manifest))
  for (const [index, { name }] of custom.entries()) found[name]?.push(...(problems[index] ?? []))
  return Object.fromEntries(Object.entries(found).filter(([, problems]) => problems.length > 0))
}

/** All groups at once, for Python takes longer to start than to check. */
async function kubernetesProblems(
  groups: Readonly<Record<string, readonly Manifest[]>>,
): Promise<Record<string, string[]>> {
  // Compiled tests stand in another folder than the scripts, so the path is found at run time.
  const script = pathToFileURL(repoPath('scripts', 'deploy-tools.mjs')).href
  const tools = (await import(script)) as {
    ensureDeployTools(this: void): Promise<{ readonly python: string }>
  }
  const { python } = await tools.ensureDeployTools()
  const folder = tempFolder()
  const files = Object.entries(groups).map(([name, manifests], index) => {
    const file = join(folder, `${index}.yaml`)
    const own = manifests.filter((manifest) => !isCustomKind(manifest))
    writeFileSync(file, own.map((manifest) => stringify(manifest)).join('---\n'))
    return { name, file }
  })
  const outputs = await Promise.all(
    kubernetesVersions.map(async (version) => {
      const options = ['-m', 'kubernetes_validate', '--strict', '--quiet', '-k', version]
      // A kind without a schema is a warning only, so whatever it says is a problem.
      const { stdout, stderr } = await run(python, [...options, ...files.map(({ file }) => file)], {
        maxBuffer: 16 << 20,
      }).catch((failed: { stdout: string; stderr: string }) => failed)
      return stdout + stderr
    }),
  )
  const lines = outputs.flatMap((output) => output.split('\n')).filter((line) => line.trim() !== '')
  const problems = Object.fromEntries(
    files.map(({ name, file }) => [name, lines.filter((line) => line.includes(file))]),
  )
  const others = lines.filter((line) => !files.some(({ file }) => line.includes(file)))
  if (lines.length === others.length && others.length > 0) throw new Error(others.join('\n'))
  return problems
}
