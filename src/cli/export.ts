// `ddnn export`: trained submodels as ONNX files with their manifests, for Python, C++ and phones.
import { jsonText } from '../domain/json-text.ts'
import { visibleText } from '../domain/visible.ts'
import { exportModels, type Exported } from '../model/onnx/export-models.ts'
import type { GraphTensor } from '../model/onnx/proto.ts'
import { checkFolder } from './check-folder.ts'
import type { CommandResult } from './command-result.ts'
import { createSay } from './json-output.ts'
import type { ExportDocument } from './json/export.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readVersion } from './version.ts'

/** @throws DDNN_CONFIG_INVALID, DDNN_MODEL_*, DDNN_ENGINE_UNAVAILABLE, DDNN_OUTPUT_FAILED. */
export async function exportCommand({
  command,
  values,
  problems: given,
}: CommandLine<'export'>): Promise<CommandResult> {
  const problems = [...given]
  const models = values.list('models')
  const output = values.string('output')
  assertNoProblems(problems, command)
  await checkFolder(output)
  const exported = await exportModels(models, {
    output,
    layout: values.string('layout'),
    isForced: values.boolean('force') === true,
    producer: { name: 'ddnn', version: readVersion() },
  })
  createSay(values)(exported.map((each) => `${visibleText(describe(each))}\n`).join(''))
  return { failures: 0, json: jsonText(documentOf(exported)) }
}

/** 'exported/edge/model.onnx (0.5 MB): input [N, 180, 180, 3] -> features [N, 12, 12, 56], exit_0 [N, 5]' */
function describe(exported: Exported): string {
  if ('stages' in exported) return `${exported.folder}: ${exported.stages.join(', ')}`
  const { file, bytes, input, outputs } = exported
  const gives = outputs.map(describeTensor).join(', ')
  return `${file} (${(bytes / 1e6).toFixed(1)} MB): ${describeTensor(input)} -> ${gives}`
}

function describeTensor({ name, shape }: GraphTensor): string {
  return `${name} [${['N', ...shape].join(', ')}]`
}

/** Shapes without the batch. */
function documentOf(exported: readonly Exported[]): ExportDocument {
  const tensorOf = ({ name, shape }: GraphTensor) => ({ name, shape: [...shape] })
  return {
    models: exported.map((each) =>
      'stages' in each
        ? { folder: each.folder, stages: [...each.stages] }
        : {
            folder: each.folder,
            file: each.file,
            bytes: each.bytes,
            input: tensorOf(each.input),
            outputs: each.outputs.map(tensorOf),
          },
    ),
  }
}
