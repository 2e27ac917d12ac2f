// Checks of what a device reads and of what a run writes: labels, images, the CSV and the HTML page.
import type { Config, DeviceConfig } from '../cli/config.ts'
import { checkLocal } from '../compose/device.ts'
import { openInput, type OpenedInput } from '../compose/inputs.ts'
import { hashLabels } from '../domain/labels.ts'
import { describeShape } from '../domain/tensor.ts'
import { toDdnnError } from '../errors.ts'
import { readLabels } from '../input/labels.ts'
import { columnsOf } from '../report/csv-columns.ts'
import { checkCsvFile } from '../report/csv-file.ts'
import { createWarningLog } from '../telemetry/log.ts'
import type { Verdict } from './check.ts'
import type { Checked, Examination } from './examination.ts'
import type { KnownModels } from './models.ts'

/** What later checks need to know of the images. */
export interface KnownInput {
  readonly opened: OpenedInput
  readonly labelsHash: string
}

export async function checkInput(
  exam: Examination,
  config: DeviceConfig,
  models: Checked<KnownModels> | undefined,
): Promise<Checked<KnownInput>> {
  const group = 'Input'
  const { labelsFile } = config.input
  const labels =
    labelsFile === undefined
      ? undefined
      : await exam.check({ id: 'input.labels', group, title: 'labels file' }, async () => {
          const names = await readLabels(labelsFile)
          return {
            found: `'${labelsFile}': ${names.length} labels, ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''} (${hashLabels(names)})`,
            facts: { file: labelsFile, labels: names, labelsHash: hashLabels(names) },
            value: names,
          }
        })
  const input = await exam.check(
    { id: 'input.images', group, title: 'images' },
    () => checkImages(config, models?.value),
    { needs: labels === undefined ? [] : [labels] },
  )
  if (models !== undefined) {
    await exam.check(
      { id: 'input.fits', group, title: 'fits the models' },
      () => {
        const { opened } = input.value as KnownInput
        checkLocal(models.value as KnownModels, opened, config)
        return { found: 'labels and size are those of the models', value: true }
      },
      { needs: [input, models] },
    )
  }
  return input
}

async function checkImages(
  config: DeviceConfig,
  models: KnownModels | undefined,
): Promise<Verdict<KnownInput>> {
  const warnings: string[] = []
  const log = createWarningLog((message) => warnings.push(message))
  const opened = await openInput(config.input, models?.stages[0]?.spec.preprocessing, log)
  const { input, shape } = opened
  try {
    const [first] = input.samples()
    await first?.read().catch((thrown: unknown) => {
      warnings.push(`The first image cannot be read: ${toDdnnError(thrown).message}`)
    })
  } finally {
    await input.close()
  }
  return {
    status: warnings.length > 0 ? 'warning' : 'ok',
    found: `${input.count} images of ${input.labels.length} labels in '${config.input.folder}', as ${describeShape(shape)}`,
    advice: warnings,
    facts: { folder: config.input.folder, images: input.count, shape },
    value: { opened, labelsHash: hashLabels(input.labels) },
  }
}

export async function checkOutput(exam: Examination, config: Config): Promise<void> {
  const group = 'Output'
  const { csvFile, htmlFile, csvForm, reportModule, resume } = config.output
  if (csvFile !== undefined && reportModule === undefined) {
    const mode = config.role === 'tier' || resume ? 'append' : 'replace'
    await exam.check({ id: 'output.csv', group, title: 'CSV' }, () =>
      checkFile({ file: csvFile, columns: columnsOf(csvForm), mode }),
    )
  }
  if (htmlFile !== undefined) {
    await exam.check({ id: 'output.html', group, title: 'HTML page' }, () =>
      checkFile({ file: htmlFile, columns: [], mode: 'replace' }),
    )
  }
}

async function checkFile(options: Parameters<typeof checkCsvFile>[0]): Promise<Verdict<true>> {
  const { file, mode } = options
  try {
    const bytes = await checkCsvFile(options)
    const then = mode === 'append' ? 'is gone on with' : 'will be replaced'
    return {
      found: bytes === undefined ? `'${file}' will be made` : `'${file}' (${bytes} bytes) ${then}`,
      facts: { file, bytes },
      value: true,
    }
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.code !== 'DDNN_OUTPUT_BUSY') throw thrown
    // Beside the run that is examined this is as it should be.
    return {
      status: 'warning',
      found: error.message,
      advice: 'All is well if that is the run examined; else pass another --output',
      facts: { file, code: error.code },
      value: true,
    }
  }
}
