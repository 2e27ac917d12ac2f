// Which images a folder holds: DIR/LABEL/*.EXT, by label and then by name, so that two runs see the
// same samples in the same order.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { toLabel } from '../domain/labels.ts'
import { ConfigError } from '../errors.ts'
import { pathOfShown } from './file-name.ts'
import { endingOf, isHiddenName, isImageName } from './image-name.ts'
import { codeOf, listFolder } from './list-files.ts'

/** Who is told of what is odd but no error; a pino logger is one. */
export interface WarnLog {
  warn(facts: object, message: string): void
}

export interface ListedImage {
  /** LABEL/NAME. */
  readonly file: string
  readonly label: number
}

/** @throws DDNN_INPUT_MISSING when there is no such folder, as a listing of it would. */
export async function assertFolder(folder: string): Promise<void> {
  const found = await stat(pathOfShown(folder)).catch(() => undefined)
  if (found?.isDirectory() === true) return
  throw missing(folder, `Expected a folder of images, got no folder '${folder}'`)
}

/**
 * Lists the images of all labels. `format` is an extension in any case; jpg and jpeg are one. A label
 * without images is warned of while others have some, as are images that end otherwise and folders that are no label.
 * @throws DDNN_INPUT_MISSING when there is no such folder or no image in it.
 */
export async function listImages(
  folder: string,
  labels: readonly string[],
  format: string,
  log: WarnLog | undefined,
): Promise<readonly ListedImage[]> {
  const folders = await foldersIn(folder)
  const ofLabel = groupBy(folders, ({ label }) => label)
  const ofBareName = groupBy(folders, ({ label }) => bareName(label))
  const isWanted = matcherOf(format)
  const images: ListedImage[] = []
  const empty: string[] = []
  const others: string[] = []
  for (const [label, name] of labels.entries()) {
    const own = ofLabel.get(toLabel(name)) ?? []
    const found = await filesOf(folder, own)
    const before = images.length
    // One by one: a call takes no more arguments than fit its stack, some 100,000.
    for (const { name, file } of found.files) if (isWanted(name)) images.push({ file, label })
    if (images.length === before) {
      const near = ofBareName.get(bareName(name))?.[0]?.name
      empty.push(describeEmpty(name, own.length === 0 ? near : found, format))
      continue
    }
    for (const { name } of found.files) {
      if (!isWanted(name) && isImageName(name) && !isHiddenName(name)) others.push(name)
    }
  }
  if (images.length === 0) {
    throw missing(folder, `Expected images in '${folder}', got none: ${empty.join('; ')}`)
  }
  if (log !== undefined) {
    const isLabel = new Set(labels.map(toLabel))
    const noLabels = folders.filter(({ label }) => !isLabel.has(label)).map(({ name }) => name)
    for (const warning of warningsOf({ empty, others, noLabels })) log.warn({ folder }, warning)
  }
  return images
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

interface LeftOut {
  readonly empty: readonly string[]
  /** Names of images of another format. */
  readonly others: readonly string[]
  readonly noLabels: readonly string[]
}

function* warningsOf({ empty, others, noLabels }: LeftOut): Iterable<string> {
  if (empty.length > 0) yield `labels without images: ${empty.join('; ')}`
  if (others.length > 0) {
    const endings = [...new Set(others.map(endingOf))].sort()
    yield `images of other endings, left out: ${others.length} (.${endings.join(', .')}); --input_format takes those of one`
  }
  if (noLabels.length > 0) yield `folders that are no label, left out: ${noLabels.join(', ')}`
}

interface FoundFiles {
  readonly files: readonly { readonly name: string; readonly file: string }[]
  /** What the system says of a folder that may not be looked into. */
  readonly closed: string | undefined
}

/** Of the folders of one label. */
async function filesOf(
  folder: string,
  own: readonly { readonly name: string }[],
): Promise<FoundFiles> {
  const files: FoundFiles['files'][number][] = []
  let closed: string | undefined
  for (const { name: inside } of own) {
    const found = await filesIn(join(folder, inside))
    if (typeof found === 'string') closed = found
    else for (const name of found) files.push({ name, file: `${inside}/${name}` })
  }
  return { files, closed }
}

/**
 * Labels of the folders directly inside that hold at least one image, sorted; hidden ones are none.
 * @throws DDNN_INPUT_MISSING when there is no such folder.
 */
export async function labelledFolders(folder: string, format: string): Promise<readonly string[]> {
  const isWanted = matcherOf(format)
  const labels = new Set<string>()
  for (const { name, label } of await foldersIn(folder)) {
    if (isHiddenName(name)) continue
    const files = await filesIn(join(folder, name))
    if (typeof files !== 'string' && files.some(isWanted)) labels.add(label)
  }
  return [...labels].sort()
}

/** The folders inside, with the label that each one is; macOS writes the names of some otherwise than others do. */
async function foldersIn(
  folder: string,
): Promise<readonly { readonly name: string; readonly label: string }[]> {
  const entries = await listFolder(folder).catch((cause: unknown) => {
    if (cause instanceof ConfigError) throw cause
    throw missing(folder, `Expected a folder of images, got no folder '${folder}'`, cause)
  })
  return entries
    .filter(({ isFolder }) => isFolder)
    .map(({ name }) => ({ name, label: toLabel(name) }))
}

/** What the system says (EACCES) of a folder that may not be looked into. */
async function filesIn(folder: string): Promise<readonly string[] | string> {
  const entries = await listFolder(folder).catch(codeOf)
  if (typeof entries === 'string') return entries
  return entries.filter(({ isFile }) => isFile).map(({ name }) => name)
}

function matcherOf(format: string): (name: string) => boolean {
  const wanted = format.replace(/^\./, '').toLowerCase()
  const isJpeg = wanted === 'jpg' || wanted === 'jpeg'
  const endings = isJpeg ? ['jpg', 'jpeg'] : [wanted]
  return (name) => !isHiddenName(name) && endings.includes(endingOf(name) ?? '')
}

/** Of '0 daisy', '"daisy",', '- Daisy' and '# daisy' the name alone: lists of other forms are often taken for labels. */
function bareName(label: string): string {
  const bare = label.replace(/^[^\p{L}]+|[^\p{L}\p{M}\p{N}]+$|[\p{Cf}]/gu, '')
  return (bare === '' ? label : bare).toLowerCase()
}

/** `found` is what lies in the label's folders; without one, the name of a folder that may be meant. */
function describeEmpty(
  label: string,
  found: FoundFiles | string | undefined,
  format: string,
): string {
  if (found === undefined) return `no folder '${label}'`
  if (typeof found === 'string') return `no folder '${label}', but '${found}'`
  const { files, closed } = found
  if (closed !== undefined) return `'${label}' cannot be looked into (${closed})`
  if (files.length === 0) return `'${label}' is empty`
  const all = files.map(({ name }) => endingOf(name)).filter((ending) => ending !== undefined)
  const endings = [...new Set(all)]
  const shown = endings.length === 0 ? '' : ` (they end in .${endings.slice(0, 4).join(', .')})`
  return `'${label}' has ${files.length} files but none that ends in .${format.replace(/^\./, '')}${shown}`
}

function missing(folder: string, message: string, cause?: unknown): ConfigError {
  // The folder of the examples: who runs them first has no photos yet.
  const isPublic = folder.split(/[/\\]/).includes('flower_photos')
  const download = isPublic ? "Run 'ddnn download flowers' for these photos, or pass" : 'Pass'
  return new ConfigError('DDNN_INPUT_MISSING', message, {
    hint: `${download} --input DIR with DIR/LABEL/*.jpg, --labels FILE with these labels, --input_format EXT for other files`,
    cause,
  })
}
