// `ddnn init`: writes a ddnn.yaml for the shipped models, or for a family that was trained, with words on each part.
import { lstat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { deploymentText, shippedTiers } from '../serving/deployment/deployment-text.ts'
import { deploymentFile, parseDeployment } from '../serving/deployment/read-deployment.ts'
import { jsonText } from '../domain/json-text.ts'
import { checkOutput, unwritable } from '../files/check-output.ts'
import { makeFolder } from '../files/make-folder.ts'
import type { CommandResult } from './command-result.ts'
import { readFamilyTiers } from './family-tiers.ts'
import { createSay } from './json-output.ts'
import type { InitDocument } from './json/init.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'

/**
 * @throws DDNN_CONFIG_INVALID where the file is there and --force was not given.
 * @throws DDNN_MODEL_MISSING where --family is no family.
 */
export async function init(line: CommandLine<'init'>): Promise<CommandResult> {
  const { values } = line
  assertNoProblems(line.problems, line.command)
  const file = values.string('file')
  const models = values.string('family')
  const tiers =
    models === undefined ? shippedTiers : await readFamilyTiers(models, dirname(resolve(file)))
  const text = deploymentText({ tiers })
  const { door } = parseDeployment(text, file)
  const replaces = values.boolean('force') === true ? 'anything' : 'nothing'
  await checkOutput({ path: file, kind: 'stream', flag: 'FILE', replaces })
  await write(file, text)
  const names = tiers.map(({ name }) => name).join(', ')
  const next = ['ddnn', 'up', ...(file === deploymentFile ? [] : [file])]
  createSay(values)(
    `Wrote ${file}: ${names}, a door on port ${door?.httpPort}. Run it: ${next.join(' ')}\n`,
  )
  const written: InitDocument = {
    file,
    tiers: tiers.map(({ name }) => name),
    httpPort: door?.httpPort ?? null,
    next,
  }
  return { failures: 0, json: jsonText(written) }
}

async function write(file: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(resolve(file)))
    const isThere = await lstat(file).then(
      () => true,
      () => false,
    )
    // Nor is a file written over that came meanwhile.
    await writeFile(file, text, { flag: isThere ? 'w' : 'wx' })
  } catch (cause) {
    throw unwritable({ path: file, kind: 'file', flag: 'FILE' }, cause)
  }
}
