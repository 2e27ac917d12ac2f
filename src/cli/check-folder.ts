// The folder that a command writes its files to, looked at before the work begins.
import { checkOutput } from '../files/check-output.ts'

/** Undefined is none. @throws DDNN_OUTPUT_FAILED, naming the part of the path that does not do. */
export async function checkFolder(output: string | undefined): Promise<void> {
  if (output === undefined) return
  await checkOutput({ path: output, kind: 'folder', flag: '--output (-o)' })
}
