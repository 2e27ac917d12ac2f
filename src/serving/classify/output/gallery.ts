// The gallery's file: checked before the first image, written whole when the run ends.
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { DdnnError } from '../../../errors.ts'
import { checkOutput } from '../../../files/check-output.ts'
import { makeFolder } from '../../../files/make-folder.ts'
import { reasonOf } from '../../../files/unwritable.ts'
import type { Answered } from '../classify.ts'
import { renderGallery } from './gallery-page.ts'

/** Cards of one page: some 6 MB. A page of more would take long to open. */
export const maxCards = 2000

export interface Gallery {
  /** Whether one more would be shown, so that its small image is worth making. */
  readonly isOpen: boolean
  add(answered: Answered): void
  /** @throws DDNN_OUTPUT_FAILED */
  write(summary: string): Promise<void>
  /** Leaves no half-written file behind. */
  drop(): Promise<void>
}

/** @throws DDNN_OUTPUT_FAILED where the file cannot be written */
export async function openGallery(
  given: string,
  labels: readonly string[] | undefined,
): Promise<Gallery> {
  const file = resolve(given)
  const part = `${file}.part`
  await checkOutput({ path: given, kind: 'file', flag: '--html', replaces: 'anything' })
  const cards: Answered[] = []
  let total = 0
  return {
    get isOpen() {
      return cards.length < maxCards
    },
    add(answered) {
      total++
      if (cards.length < maxCards) cards.push(answered)
    },
    write: (summary) =>
      checked(file, async () => {
        await makeFolder(dirname(file))
        await writeFile(part, renderGallery({ labels, cards, total, summary }))
        await rename(part, file)
      }),
    drop: () => rm(part, { force: true }),
  }
}

async function checked(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    const message = `Expected to write '${file}', got ${reasonOf(cause)}`
    throw new DdnnError('DDNN_OUTPUT_FAILED', message, {
      hint: 'Free space on the disk, or pass --html with a file that you may write to',
      cause,
    })
  }
}
