// Which images a folder holds: DIR/LABEL/*.EXT, by label and then by name, so that two runs see the
// same samples in the same order.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'

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
  const found = await stat(folder).catch(() => undefined)
  if (found?.isDirectory() === true) return
  throw missing(folder, `Expected a folder of images, got no folder '${folder}'`)
}

/**
 * Lists the images of all labels. `format` is an extension in any case; jpg and jpeg are one. A label
 * without images is warned of while others have some, as are folders that are no label.
 * @throws DDNN_INPUT_MISSING when there is no such folder or no image in it.
 */
export async function listImages(
  folder: string,
  labels: readonly string[],
  format: string,
  log: WarnLog | undefined,
): Promise<readonly ListedImage[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw missing(folder, `Expected a folder of images, got no folder '${folder}'`, cause)
  })
  const isWanted = matcherOf(format)
  const images: ListedImage[] = []
  const empty: string[] = []
  for (const [label, name] of labels.entries()) {
    const names = await namesIn(join(folder, name))
    const wanted = names?.filter(isWanted).sort() ?? []
    for (const file of wanted) images.push({ file: `${name}/${file}`, label })
    if (wanted.length === 0) empty.push(describeEmpty(name, names, format))
  }
  if (images.length === 0) {
    throw missing(folder, `Expected images in '${folder}', got none: ${empty.join('; ')}`)
  }
  if (empty.length > 0) log?.warn({ folder }, `labels without images: ${empty.join('; ')}`)
  const isLabel = new Set(labels)
  const others = entries.filter((entry) => entry.isDirectory() && !isLabel.has(entry.name))
  if (others.length > 0) {
    const names = others.map((entry) => entry.name).sort()
    log?.warn({ folder }, `folders that are no label, left out: ${names.join(', ')}`)
  }
  return images
}

/**
 * Names of the folders directly inside that hold at least one image, sorted; hidden ones are none.
 * @throws DDNN_INPUT_MISSING when there is no such folder.
 */
export async function labelledFolders(folder: string, format: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw missing(folder, `Expected a folder of images, got no folder '${folder}'`, cause)
  })
  const isWanted = matcherOf(format)
  const names: string[] = []
  for (const { name } of entries) {
    if (name.startsWith('.')) continue
    if ((await namesIn(join(folder, name)))?.some(isWanted) === true) names.push(name)
  }
  return names.sort()
}

/** Undefined where there is no such folder. */
async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    // A link may point to an image; one that points nowhere is named when it is read.
    return entries.filter((e) => e.isFile() || e.isSymbolicLink()).map((entry) => entry.name)
  } catch {
    return undefined
  }
}

function matcherOf(format: string): (name: string) => boolean {
  const wanted = format.replace(/^\./, '').toLowerCase()
  const isJpeg = wanted === 'jpg' || wanted === 'jpeg'
  const endings = isJpeg ? ['.jpg', '.jpeg'] : [`.${wanted}`]
  // Hidden files are not images: file managers leave '._photo.jpg' beside 'photo.jpg'.
  return (name) =>
    !name.startsWith('.') && endings.some((ending) => name.toLowerCase().endsWith(ending))
}

function describeEmpty(
  label: string,
  names: readonly string[] | undefined,
  format: string,
): string {
  if (names === undefined) return `no folder '${label}'`
  if (names.length === 0) return `'${label}' is empty`
  return `'${label}' has ${names.length} files but none that ends in .${format.replace(/^\./, '')}`
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
