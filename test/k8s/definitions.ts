// Definitions of kinds that are not Kubernetes' own, as their projects publish them: Go modules, which the
// Go client brings. A cluster gets them by the projects' own installation; here only the kinds are needed.
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Module and file in it, by the name of the definition's file. */
const published: Readonly<Record<string, readonly [module: string, folder: string]>> = {
  'keda.sh_scaledobjects': ['github.com/kedacore/keda/v2@v2.21.0', 'config/crd/bases'],
  'monitoring.coreos.com_servicemonitors': [
    'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    'example/prometheus-operator-crd',
  ],
}

/** Path of a CustomResourceDefinition. @throws Error where Go is not there or gets no module. */
export async function definitionFile(name: string): Promise<string> {
  const [module, folder] = published[name] ?? []
  if (module === undefined || folder === undefined)
    throw new Error(`No module is known of '${name}'`)
  const { stdout } = await run('go', ['mod', 'download', '-json', module], {
    cwd: tmpdir(),
    timeout: 300_000,
  }).catch((cause: unknown) => {
    throw new Error(`Expected Go to fetch ${module}, for its definition of ${name}`, { cause })
  })
  const { Dir } = JSON.parse(stdout) as { readonly Dir: string }
  return join(Dir, folder, `${name}.yaml`)
}
