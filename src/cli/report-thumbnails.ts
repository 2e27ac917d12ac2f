// Thumbnails of the images that a report shows, where their files are still there.
import { stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { createThumbnails } from '../input/thumbnail.ts'
import { packageRoot } from '../package-root.ts'
import type { Thumbnails } from '../report/compare/report-images.ts'
import { textOfCell } from '../report/csv-cell.ts'

/** Read at a time. */
const atOnce = 8

/**
 * By image. Without a folder, files are looked for beside the CSVs, here, and among the shipped samples; such a place
 * counts only where it has all of them, since files of other folders may bear the same names.
 */
export async function reportThumbnails(
  images: readonly string[],
  { folder, csvs }: { readonly folder: string | undefined; readonly csvs: readonly string[] },
): Promise<Thumbnails> {
  const wanted = images.map((image) => ({ image, file: textOfCell(image) })).filter(isInside)
  const root = folder ?? (await findFolder(wanted, csvs))
  const thumbnails = new Map<string, string>()
  if (root === undefined) return thumbnails
  const read = createThumbnails(root)
  for (let i = 0; i < wanted.length; i += atOnce) {
    await Promise.all(
      wanted.slice(i, i + atOnce).map(async ({ image, file }) => {
        const data = await read(file).catch(() => undefined)
        if (data !== undefined) thumbnails.set(image, data)
      }),
    )
  }
  return thumbnails
}

interface Wanted {
  readonly image: string
  readonly file: string
}

/** A CSV is anyone's: what leads out of the folder is not opened. */
function isInside({ file }: Wanted): boolean {
  return file !== '' && !isAbsolute(file) && !file.split(/[/\\]/).includes('..')
}

async function findFolder(
  wanted: readonly Wanted[],
  csvs: readonly string[],
): Promise<string | undefined> {
  if (wanted.length === 0) return undefined
  const places = [...csvs.map((path) => dirname(path)), '.', join(packageRoot, 'data', 'sample')]
  for (const place of new Set(places)) {
    const found = await Promise.all(wanted.map(({ file }) => isFile(join(place, file))))
    if (found.every((one) => one)) return place
  }
  return undefined
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}
