// The scratch file of a run: every image decoded once, raw uint8 pixels at fixed places, read back by position.
// Decoding a photo takes 2 ms and more at each epoch, reading it back 0.05 ms; memory holds a batch, not the set.
//
//   training image 0 [heldHeight, heldWidth, 3] | 1 | ... | validation image 0 [height, width, 3] | 1 | ...
//
// An unreadable image leaves its place empty. Beside the file, a .json of the same name appears once all is
// decoded: a run that finds both, under a name that follows from the images, needs not decode again.
import { createHash } from 'node:crypto'
import { open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Orientation } from '../../domain/orientation.ts'
import { ConfigError } from '../../errors.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { pathOfShown } from '../../input/file-name.ts'
import type { ImageSize } from '../../model/networks/network.ts'
import type { ImageFile } from './image-file.ts'
import type { DecodeJob, DecodeReply } from './input-messages.ts'
import type { InputWorkers } from './input-workers.ts'

/** Readable images of one side of the split; the lists are parallel. */
export interface StoredImages extends ImageSize {
  readonly file: string
  /** First byte of each image. */
  readonly offsets: readonly number[]
  readonly labels: readonly number[]
  /** Which of the training sets each is of. */
  readonly sets: readonly number[]
  /** sha256 over names and contents, in this order. */
  readonly hash: string
}

export interface UnreadableImage {
  readonly path: string
  readonly reason: string
}

export interface PixelStore {
  readonly training: StoredImages
  readonly validation: StoredImages
  /** Left out; sorted by path. */
  readonly unreadable: readonly UnreadableImage[]
  /** Deletes the scratch file. Idempotent. */
  remove(): Promise<void>
}

/** One side of the split before decoding. */
interface ImagesToStore extends ImageSize {
  readonly files: readonly ImageFile[]
}

interface PixelStoreOptions {
  readonly folder: string
  /** Whether the folder is this run's own, so that other scratch files in it are left over from dead runs. */
  readonly isOwnFolder: boolean
  readonly training: ImagesToStore
  readonly validation: ImagesToStore
  /** Of photos that are stored turned. */
  readonly orientation: Orientation
  readonly workers: InputWorkers
  readonly signal: AbortSignal | undefined
  readonly log: { info(facts: object, message: string): void }
}

type Results = DecodeReply['results']

const prefix = 'ddnn-pixels-'
const imagesARequest = 64

/**
 * Decodes all images, unless a scratch file of exactly these is there. Undefined when the signal aborts.
 * @throws DDNN_CONFIG_INVALID when the disk has no room, DDNN_OUTPUT_FAILED when writing fails.
 */
export async function openPixelStore(options: PixelStoreOptions): Promise<PixelStore | undefined> {
  const { folder, training, validation, log } = options
  const name = `${prefix}${await keyOf([training, validation], options.orientation)}`
  const file = join(folder, `${name}.raw`)
  const index = join(folder, `${name}.json`)
  await makeFolder(folder)
  if (options.isOwnFolder) await removeOthers(folder, name)

  const jobs = [...jobsOf(training, 0), ...jobsOf(validation, bytesOf(training))]
  const bytes = bytesOf(training) + bytesOf(validation)
  let results = await readResults(index, file, jobs.length)
  if (results === undefined) {
    const megabytes = Math.ceil(bytes / 1e6)
    log.info({ images: jobs.length, file, megabytes }, 'decoding images into a scratch file')
    await checkRoom(folder, bytes)
    const partial = `${file}.${process.pid}.partial`
    results = await decodeAll(partial, jobs, bytes, options).catch(async (thrown: unknown) => {
      await rm(partial, { force: true })
      throw thrown
    })
    if (results === undefined) {
      await rm(partial, { force: true })
      return undefined
    }
    await rename(partial, file)
    await writeFile(`${index}.partial`, JSON.stringify(results))
    await rename(`${index}.partial`, index)
  } else log.info({ images: jobs.length, file }, 'images are decoded already, scratch file reused')

  const count = training.files.length
  const sides = [
    select(file, training, jobs.slice(0, count), results.slice(0, count)),
    select(file, validation, jobs.slice(count), results.slice(count)),
  ] as const
  return {
    training: sides[0],
    validation: sides[1],
    unreadable: jobs
      .flatMap(({ path }, i) => {
        const result = results[i]
        return result !== undefined && 'problem' in result ? [{ path, reason: result.problem }] : []
      })
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    async remove() {
      await rm(index, { force: true })
      await rm(file, { force: true })
    },
  }
}

const imageBytes = ({ height, width }: ImageSize) => height * width * 3
const bytesOf = (images: ImagesToStore) => images.files.length * imageBytes(images)

function jobsOf(images: ImagesToStore, from: number): DecodeJob[] {
  const { height, width } = images
  return images.files.map(({ name, path, record }, i) => ({
    name,
    path,
    ...(record === undefined ? {} : { record }),
    height,
    width,
    offset: from + i * imageBytes(images),
  }))
}

/** Follows from which images are held at which size, and when their files were changed. */
async function keyOf(sides: readonly ImagesToStore[], orientation: Orientation): Promise<string> {
  // The number rises when the same file gives other pixels than before.
  const hash = createHash('sha256').update(JSON.stringify([2, orientation]))
  const known = new Map<string, Promise<readonly [number, number]>>()
  const read = (path: string) =>
    stat(pathOfShown(path)).then(
      ({ size, mtimeMs }) => [size, mtimeMs] as const,
      () => [-1, -1] as const,
    )
  for (const { files, height, width } of sides) {
    hash.update(JSON.stringify([height, width, files.length]))
    for (let from = 0; from < files.length; from += imagesARequest) {
      const rows = files
        .slice(from, from + imagesARequest)
        .map(async ({ set, path, record, label }) => {
          const facts = known.get(path) ?? read(path)
          if (record !== undefined) known.set(path, facts)
          return [set, path, record, label, ...(await facts)]
        })
      hash.update(JSON.stringify(await Promise.all(rows)))
    }
  }
  return hash.digest('hex').slice(0, 16)
}

async function removeOthers(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(prefix) && entry !== `${name}.raw` && entry !== `${name}.json`) {
      await rm(join(folder, entry), { force: true })
    }
  }
}

async function readResults(
  index: string,
  file: string,
  count: number,
): Promise<Results | undefined> {
  try {
    await stat(file)
    const results = JSON.parse(await readFile(index, 'utf8')) as Results
    return results.length === count ? results : undefined
  } catch {
    return undefined
  }
}

async function checkRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= bytes) return
  const megabytes = (count: number) => `${Math.ceil(count / 1e6)} MB`
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected ${megabytes(bytes)} of room for decoded images in '${folder}', got ${megabytes(bavail * bsize)}`,
    { hint: 'Pass --cache DIR with a folder on a larger disk' },
  )
}

/** Undefined when the signal aborts. */
async function decodeAll(
  file: string,
  jobs: readonly DecodeJob[],
  bytes: number,
  { workers, orientation, signal }: PixelStoreOptions,
): Promise<Results | undefined> {
  const handle = await open(file, 'w')
  await handle.truncate(bytes)
  await handle.close()
  const results: Results[number][] = new Array<Results[number]>(jobs.length)
  let next = 0
  const work = async () => {
    while (next < jobs.length && signal?.aborted !== true) {
      const from = next
      next += imagesARequest
      const images = jobs.slice(from, from + imagesARequest)
      const reply = await workers.decode({ kind: 'decode', file, images, orientation })
      for (const [i, result] of reply.results.entries()) results[from + i] = result
    }
  }
  await Promise.all(Array.from({ length: 2 * workers.count }, work))
  return signal?.aborted === true ? undefined : results
}

/** The readable ones. */
function select(
  file: string,
  { files, height, width }: ImagesToStore,
  jobs: readonly DecodeJob[],
  results: Results,
): StoredImages {
  const hash = createHash('sha256')
  const offsets: number[] = []
  const labels: number[] = []
  const sets: number[] = []
  for (const [i, result] of results.entries()) {
    if ('problem' in result) continue
    hash.update(result.digest)
    offsets.push((jobs[i] as DecodeJob).offset)
    labels.push((files[i] as ImageFile).label)
    sets.push((files[i] as ImageFile).set)
  }
  return { file, height, width, offsets, labels, sets, hash: hash.digest('hex') }
}
