// labels.txt beside a data set: one label a line, as --labels takes it. A file that is there is not touched.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { outputFailed } from './output.ts'

/** @returns its path. @throws DDNN_OUTPUT_FAILED */
export async function writeLabels(
  output: string,
  labels: readonly string[],
  onNotice: (text: string) => void,
): Promise<string> {
  const file = join(output, 'labels.txt')
  const text = `${labels.join('\n')}\n`
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'EEXIST') throw outputFailed(file, cause)
    if ((await readFile(file, 'utf8')).trim() !== text.trim()) {
      onNotice(`'${file}' is kept as it is and holds other labels than ${labels.join(', ')}`)
    }
  }
  return file
}
