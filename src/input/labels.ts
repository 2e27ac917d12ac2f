// The labels file: one label a line, in the order of the network's classes.
import { readFile } from 'node:fs/promises'
import { ConfigError } from '../errors.ts'

/**
 * The labels of a file; white space around them and empty lines do not count.
 * @throws DDNN_INPUT_MISSING when there is no such file or no label in it, DDNN_CONFIG_INVALID when a
 * label comes twice or could not be a folder's name.
 */
export async function readLabels(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigError('DDNN_INPUT_MISSING', `Expected a labels file, got no '${file}'`, {
      hint: 'Pass --labels FILE, a text file with one label a line',
      cause,
    })
  })
  // An editor of Windows may have put a byte order mark first.
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  const labels = lines.map((line) => line.trim()).filter((line) => line !== '')
  if (labels.length === 0) {
    throw new ConfigError('DDNN_INPUT_MISSING', `Expected labels in '${file}', got none`, {
      hint: 'Write one label a line, in the order that the model was trained with',
    })
  }
  return checkLabels(labels, `'${file}'`)
}

/**
 * Labels that name folders of images, each once; `where` is where they stand.
 * @throws DDNN_CONFIG_INVALID
 */
export function checkLabels(labels: readonly string[], where: string): readonly string[] {
  const twice = labels.filter((label, i) => labels.indexOf(label) !== i)
  if (twice.length > 0) {
    throw invalid(`Expected each label in ${where} once, got '${twice.join("', '")}' again`)
  }
  const noFolder = labels.find((label) => /[/\\]/.test(label) || label === '.' || label === '..')
  if (noFolder !== undefined) {
    throw invalid(`Expected labels in ${where} to be names of folders, got '${noFolder}'`)
  }
  return labels
}

function invalid(message: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', message)
}
