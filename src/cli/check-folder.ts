// The folder that a command writes its files to, looked at before the work begins.
import { join } from 'node:path'
import { checkOutput } from '../files/check-output.ts'

/**
 * Undefined is none.
 * @param files what is written into it, as far as it is known before
 * @throws DDNN_OUTPUT_FAILED, naming the part of the path that does not do.
 */
export async function checkFolder(
  output: string | undefined,
  files: readonly string[] = [],
): Promise<void> {
  if (output === undefined) return
  const flag = '--output (-o)'
  await checkOutput({ path: output, kind: 'folder', flag })
  for (const file of files) await checkOutput({ path: join(output, file), kind: 'file', flag })
}
