// The folder that a command writes its files to, looked at before the work begins.
import { checkOutput } from '../files/check-output.ts'
import type { Replaces } from '../files/replaces.ts'

/**
 * Undefined is none.
 * @param files what is written into it, as far as it is known before, and what of them may be there
 * @throws DDNN_OUTPUT_FAILED, naming the part of the path that does not do; DDNN_CONFIG_INVALID, naming files that are
 * there and are not to be replaced.
 */
export async function checkFolder(
  output: string | undefined,
  files?: { readonly names: readonly string[]; readonly replaces: Replaces },
): Promise<void> {
  if (output === undefined) return
  await checkOutput({
    path: output,
    kind: 'folder',
    flag: '--output (-o)',
    ...(files === undefined ? {} : { files }),
  })
}
