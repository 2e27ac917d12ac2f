// `npm run test:photos -- FOLDER [SUITE...]`: the end-to-end tests again, on real photos FOLDER/LABEL/*.jpg. Named, also
// e2e/triton-chain: tritonclient and curl before a gateway, with 200 photos.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = process.argv[2]
if (folder === undefined || !existsSync(join(folder, 'daisy'))) {
  process.stderr.write(
    `test:photos: expected a folder of photos, FOLDER/LABEL/*.jpg with the labels of data/labels.txt, got ${folder ?? 'none'}\n`,
  )
  process.exit(2)
}
const script = fileURLToPath(new URL('test.mjs', import.meta.url))
const named = process.argv.slice(3)
const suites = named.length > 0 ? named : ['e2e/chain', 'e2e/peers']
const result = spawnSync(process.execPath, [script, ...suites], {
  stdio: 'inherit',
  env: { ...process.env, DDNN_TEST_PHOTOS: resolve(folder) },
})
process.exitCode = result.status ?? 1
