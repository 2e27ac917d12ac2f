// What an API server would refuse: every object against the schema of its kind, unknown fields included.
// Kubernetes' own kinds by kubernetes-validate, custom ones by the CustomResourceDefinition itself.
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Ajv, type ValidateFunction } from 'ajv'
import { parse, stringify } from 'yaml'
import { tempFolder } from '../helpers/cli.ts'
import type { Manifest } from '../helpers/kubernetes.ts'
import { repoPath } from '../helpers/paths.ts'

const run = promisify(execFile)

/** The oldest that docs/kubernetes.md promises, and the newest that is known here. */
export const kubernetesVersions = ['1.28.0', '1.37.0']

type Schema = Record<string, unknown>

interface CustomResourceDefinition {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly {
      readonly name: string
      readonly schema: { readonly openAPIV3Schema: Schema }
    }[]
  }
}

/** Keywords whose values are schemas. */
const inner: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'allOf',
  'anyOf',
  'oneOf',
])

const customKinds = readCustomKinds()

/**
 * What is wrong with each group of objects, a line each; groups where all would be accepted are left out.
 */
export async function schemaProblems(
  groups: Readonly<Record<string, readonly Manifest[]>>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const found = await kubernetesProblems(groups)
  for (const [name, manifests] of Object.entries(groups)) {
    found[name]?.push(...manifests.flatMap(customProblems))
  }
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
    const own = manifests.filter((manifest) => !customKinds.has(keyOf(manifest)))
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

function customProblems(manifest: Manifest): readonly string[] {
  const validate = customKinds.get(keyOf(manifest))
  const name = `${manifest.kind} ${manifest.metadata.name}`
  if (validate === undefined || validate(manifest)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${name}${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

const keyOf = ({ apiVersion, kind }: Manifest) => `${apiVersion} ${kind}`

function readCustomKinds(): ReadonlyMap<string, ValidateFunction> {
  const folder = repoPath('test', 'golden', 'crds')
  // Formats such as int32 and date-time are Kubernetes' business; types and fields are ours.
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  return new Map(
    readdirSync(folder).flatMap((file) => {
      const { spec } = parse(readFileSync(join(folder, file), 'utf8')) as CustomResourceDefinition
      return spec.versions.map(({ name, schema }): [string, ValidateFunction] => [
        `${spec.group}/${name} ${spec.names.kind}`,
        ajv.compile(strict(rootSchema(schema.openAPIV3Schema)) as Schema),
      ])
    }),
  )
}

/** A CRD says of metadata no more than that it is an object. */
function rootSchema(schema: Schema): Schema {
  const properties = schema['properties'] as Schema
  const metadata = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return { ...schema, properties: { ...properties, metadata } }
}

/** An API server prunes fields that a schema does not name; here they are refused. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((one) => strict(one))
  if (typeof schema !== 'object' || schema === null) return schema
  const own: Schema = Object.fromEntries<unknown>(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'properties'
        ? mapValues(value as Schema, strict)
        : inner.has(key)
          ? strict(value)
          : value,
    ]),
  )
  const isOpen =
    own['properties'] === undefined ||
    own['additionalProperties'] !== undefined ||
    own['x-kubernetes-preserve-unknown-fields'] === true
  return isOpen ? own : { ...own, additionalProperties: false }
}

function mapValues(object: Schema, change: (value: unknown) => unknown): Schema {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))
}
