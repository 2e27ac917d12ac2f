// Small images of the files that a page shows, where they are there.
import { createThumbnails } from '../input/thumbnail.ts'
import type { LabelledInput } from '../lab/evaluation/labelled.ts'

/** Data URIs by file. A file that is gone, that is no image or lies in a file of many is not among them. */
export async function thumbnailsOf(
  input: LabelledInput,
  files: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  if (input.kind !== 'folder') return found
  const thumbnailOf = createThumbnails(input.folder)
  // One after the other: each is a whole photo in memory.
  for (const file of files) {
    const image = await thumbnailOf(file).catch(() => undefined)
    if (image !== undefined) found.set(file, image)
  }
  return found
}
