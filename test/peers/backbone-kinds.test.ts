// Networks of Keras as users bring them: each is cut where ddnn proposes it, and its pieces one after another answer as
// Keras does. Needs Python with TensorFlow, so it runs when it is named: `npm run test:peers`.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { proposeCuts } from '../../src/model/backbone/propose-cuts.ts'
import { imageOf, openForTest, runInPieces } from '../helpers/backbone-models.ts'
import { tempFolder } from '../helpers/cli.ts'
import { assertClose } from '../helpers/close.ts'
import { repoPath } from '../helpers/paths.ts'
import { pythonFor } from '../helpers/python-peer.ts'

const folder = tempFolder()

before(async () => {
  const { python, env } = await pythonFor('tfjs_to_keras.py')
  const script = repoPath('test', 'e2e', 'peers', 'backbones.py')
  await promisify(execFile)(python, [script, 'kinds', folder], { env })
})

describe('pieces answer as Keras does', () => {
  for (const [name, kind] of [
    ['xception', 'separable convolutions'],
    ['mobilenetv3', 'hard swishes and gates'],
    ['convnext', 'convolutions of each channel alone'],
    ['densenet', 'features that are put together'],
    ['groups', 'convolutions of groups'],
    ['nested', 'models within a model'],
  ] as const) {
    test(`${name}: ${kind}`, async () => {
      const backbone = await openForTest(join(folder, name, 'model'))
      const text = await readFile(join(folder, name, 'answers.json'), 'utf8')
      const { shape, answers } = JSON.parse(text) as { shape: number[]; answers: number[] }
      const cuts = proposeCuts(backbone).map((cut) => cut.name)
      assert.ok(cuts.length > 0)
      const given = await runInPieces(backbone, cuts, imageOf(shape, 0), shape)
      assertClose(given, answers, 1e-5, cuts.join(', '))
    })
  }
})
