// A package that ddnn needs is missing or not whole: an install without optional packages, one that was cut off, or a
// node_modules folder of another system. execute.ts asks this of an error that nobody threw on purpose.
import { ConfigError, DdnnError } from '../errors.ts'

const loaderCodes: readonly unknown[] = [
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_DLOPEN_FAILED',
]

/** What napi-rs' packages and sharp say where their native part is not there; their errors have no code. */
const nativePart = /^(cannot find native binding|failed to load native binding|could not load the)/i

/**
 * The error that a user understands, where a part of the install could not be loaded; else undefined.
 * @returns DDNN_INSTALL_INCOMPLETE with the package's name and what its loader said first
 */
export function incompleteInstall(thrown: unknown): DdnnError | undefined {
  if (!(thrown instanceof Error) || thrown instanceof DdnnError) return undefined
  const isLoader = 'code' in thrown && loaderCodes.includes(thrown.code)
  if (!isLoader && !nativePart.test(thrown.message)) return undefined
  const [said = ''] = thrown.message.split('\n')
  return new ConfigError(
    'DDNN_INSTALL_INCOMPLETE',
    `Expected '${partOf(thrown)}' to be installed whole, got: ${said}`,
    {
      hint:
        `Install ddnn again on this machine (${process.platform} ${process.arch}, Node ${process.versions.node}), ` +
        'without --omit=optional; in a checkout npm ci, then npm run build',
      cause: thrown,
    },
  )
}

/** The package that is missing, or the one that did not find its native part, or the file. */
function partOf({ message, stack = '' }: Error): string {
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(message)?.[1]
  if (missing !== undefined && !missing.startsWith('.')) return missing
  const folders = [...stack.matchAll(/node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/:)]+)[\\/]/g)]
  return folders[0]?.[1]?.replace('\\', '/') ?? 'ddnn'
}
