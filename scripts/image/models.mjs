// Used by the Dockerfiles: takes model folders into an image,
//   node scripts/image/models.mjs FROM TO "FOLDER FOLDER"      (the build argument MODELS; spaces or commas)
// Folders are paths below FROM (the build's context) and stand at the same paths below TO, and with a list
// of stages (ddnn.json) so do its stages. Each is read as a tier reads it, so that a model which is not
// there, or whose weights are cut short, fails the build and not the tier.
import { cpSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { readModelFolder } from '../../dist/model/folder.js'

const [from, to, list = ''] = process.argv.slice(2).map((argument) => argument.trim())
const folders = list.split(/[\s,]+/).filter((folder) => folder !== '')

try {
  for (const folder of folders) await take(folder)
} catch (error) {
  process.stderr.write(`Build argument MODELS="${list}": ${error.message}\n`)
  if (error.hint !== undefined) process.stderr.write(`  ${error.hint}\n`)
  process.exitCode = 1
}

async function take(name) {
  const folder = resolve(from, name)
  const submodels = await readModelFolder(folder)
  for (const path of new Set([folder, ...submodels.map((submodel) => submodel.folder)])) {
    const place = relative(from, path)
    if (place.startsWith('..') || isAbsolute(place)) {
      throw new Error(`Expected folders of the build context, got '${name}', which leads out of it`)
    }
    cpSync(path, join(to, place), { recursive: true, dereference: true })
    process.stderr.write(`model: ${place}\n`)
  }
}
