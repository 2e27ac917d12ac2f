// Objects of KEDA and of the Prometheus operator against the types that packages make from those projects'
// own definitions. TypeScript refuses what a literal has too much, so the check is strict.
import { join } from 'node:path'
import ts from 'typescript'
import type { Manifest } from '../helpers/kubernetes.ts'
import { repoPath } from '../helpers/paths.ts'

/** Type and module of each kind, by apiVersion and kind. */
const types: Readonly<Record<string, readonly [type: string, module: string]>> = {
  'keda.sh/v1alpha1 ScaledObject': [
    'IScaledObject',
    '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject',
  ],
  'monitoring.coreos.com/v1 ServiceMonitor': [
    'IServiceMonitor',
    '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor',
  ],
}

/** Whether this file knows the kind. */
export function isCustomKind(manifest: Manifest): boolean {
  return keyOf(manifest) in types
}

/** What is wrong with objects of these kinds, a list for each, empty for one that fits. */
export function customKindProblems(manifests: readonly Manifest[]): readonly (readonly string[])[] {
  const names = Object.values(types).map(([type, path]) => `import type { ${type} } from '${path}'`)
  const literals = manifests.map((manifest, index) => {
    const [type] = types[keyOf(manifest)] ?? ['never']
    return `export const object${index}: ${type} = ${JSON.stringify(manifest)}`
  })
  // A line each, so that a problem's line tells the object.
  const lines = [...names, ...literals]
  const problems = compile(lines.join('\n'))
  const misplaced = problems.filter(({ line }) => line < names.length)
  if (misplaced.length > 0) throw new Error(misplaced.map(({ text }) => text).join('\n'))
  return manifests.map((manifest, index) =>
    problems
      .filter(({ line }) => line === names.length + index)
      .map(({ text }) => `${manifest.kind} ${manifest.metadata.name}: ${text}`),
  )
}

interface Problem {
  readonly line: number
  readonly text: string
}

function compile(source: string): readonly Problem[] {
  // Beside the packages, so that they are found; the file is never written.
  const path = join(repoPath(), 'custom-kinds.mts')
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  }
  const host = ts.createCompilerHost(options)
  const withSource: ts.CompilerHost = {
    ...host,
    fileExists: (name) => name === path || host.fileExists(name),
    getSourceFile: (name, ...rest) =>
      name === path
        ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2023)
        : host.getSourceFile(name, ...rest),
  }
  const program = ts.createProgram([path], options, withSource)
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => ({
    line: file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line,
    text: ts.flattenDiagnosticMessageText(messageText, ' '),
  }))
}

const keyOf = ({ apiVersion, kind }: Manifest) => `${apiVersion} ${kind}`
