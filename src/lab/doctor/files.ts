// Checks of what a device reads and of what a run writes: labels, images, the CSV and the HTML page.
import type { Config, DeviceConfig } from '../../cli/config.ts'
import { openInput, type OpenedInput } from '../../compose/inputs.ts'
import { imagesOfModels, imagesOfTier, type KnownImages } from '../../compose/known-images.ts'
import type { AboutReply } from '../../serving/device/ask-about.ts'
import { assertTakes, isKnown } from '../../serving/device/fits.ts'
import { assertFitsModels } from '../../serving/device/fits-models.ts'
import { hashLabels } from '../../domain/labels.ts'
import { describeShape } from '../../domain/tensor.ts'
import { ConfigError, toDdnnError } from '../../errors.ts'
import { checkOutput as checkPath } from '../../files/check-output.ts'
import { readLabels } from '../../input/labels.ts'
import { assertTwoFiles } from '../../report/check-reports.ts'
import { checkRunCsv } from '../../report/check-run-csv.ts'
import { htmlOutput } from '../../report/html.ts'
import { createWarningLog } from '../../telemetry/log.ts'
import type { Verdict } from './check.ts'
import type { Checked, Examination } from './examination.ts'
import type { KnownModels } from './models.ts'

/** What later checks need to know of the images. */
export interface KnownInput {
  readonly opened: OpenedInput
}

export async function checkInput(
  exam: Examination,
  config: DeviceConfig,
  models: Checked<KnownModels> | undefined,
  tier: AboutReply | undefined,
): Promise<Checked<KnownInput>> {
  const group = 'Input'
  const known =
    models === undefined
      ? imagesOfTier(isKnown(tier) ? tier : undefined)
      : imagesOfModels(models.value)
  const labels = await checkLabels(exam, config, known?.labels, tier)
  const input = await exam.check(
    { id: 'input.images', group, title: 'images' },
    () => checkImages(config, known, tier),
    { needs: labels === undefined ? [] : [labels] },
  )
  if (models !== undefined) {
    await exam.check(
      { id: 'input.fits', group, title: 'fits the models' },
      () => {
        const { opened } = input.value as KnownInput
        const isOwnShape = config.input.preprocessModule !== undefined
        assertFitsModels(models.value as KnownModels, {
          labels: opened.input.labels,
          shape: isOwnShape ? undefined : opened.shape,
        })
        return { found: 'labels and size are those of the models', value: true }
      },
      { needs: [input, models] },
    )
  }
  return input
}

/** Of the file, else those of who answers; undefined where the images name their own. */
async function checkLabels(
  exam: Examination,
  { input, models }: DeviceConfig,
  known: readonly string[] | undefined,
  tier: AboutReply | undefined,
): Promise<Checked<readonly string[]> | undefined> {
  const { labelsFile: file, kind } = input
  const name = { id: 'input.labels', group: 'Input', title: 'labels' }
  if (file === undefined && kind === 'cifar10') return undefined
  if (file === undefined && known === undefined && models.length === 0 && tier === undefined) {
    return exam.skip(name, 'the tier in front tells them, which did not answer: see front.answer')
  }
  return exam.check(name, async () => {
    const names = file === undefined ? known : await readLabels(file)
    if (names === undefined) {
      const who = tier === undefined ? 'the models' : `'${tier.tier}'`
      throw new ConfigError('DDNN_CONFIG_INVALID', `Expected labels, got none of ${who}`, {
        hint: 'Pass --labels FILE, one label a line',
      })
    }
    const from = file ?? (tier === undefined ? 'the models' : tier.tier)
    const labelsHash = hashLabels(names)
    return {
      found: `'${from}': ${names.length} labels, ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''} (${labelsHash})`,
      facts: { file, labels: names, labelsHash },
      value: names,
    }
  })
}

async function checkImages(
  config: DeviceConfig,
  known: KnownImages | undefined,
  tier: AboutReply | undefined,
): Promise<Verdict<KnownInput>> {
  const warnings: string[] = []
  const log = createWarningLog((message) => warnings.push(message))
  const opened = await openInput(config.input, known, log)
  const { input, shape } = opened
  try {
    const [first] = input.samples()
    const image = await first?.read().catch((thrown: unknown) => {
      warnings.push(`The first image cannot be read: ${toDdnnError(thrown).message}`)
    })
    const isOwn = config.input.preprocessModule !== undefined
    if (isOwn && image !== undefined && isKnown(tier)) assertTakes(tier, image)
  } finally {
    await input.close()
  }
  return {
    status: warnings.length > 0 ? 'warning' : 'ok',
    found: `${input.count} images of ${input.labels.length} labels in '${config.input.folder}', as ${describeShape(shape)}`,
    advice: warnings,
    facts: { folder: config.input.folder, images: input.count, shape },
    value: { opened },
  }
}

export async function checkOutput(exam: Examination, config: Config): Promise<void> {
  const group = 'Output'
  const { csvFile, htmlFile, csvForm, reportModule, resume, isForced = false } = config.output
  if (csvFile !== undefined && reportModule === undefined) {
    const mode = config.role === 'tier' || resume ? 'append' : 'replace'
    await exam.check({ id: 'output.csv', group, title: 'CSV' }, () =>
      checkFile({ file: csvFile, form: csvForm, mode, isForced }),
    )
  }
  if (htmlFile !== undefined) {
    await exam.check({ id: 'output.html', group, title: 'HTML page' }, () =>
      checkPage(htmlFile, csvFile, isForced),
    )
  }
}

async function checkPage(
  file: string,
  csvFile: string | undefined,
  isForced: boolean,
): Promise<Verdict<true>> {
  assertTwoFiles({ csvFile, htmlFile: file })
  await checkPath(htmlOutput(file, isForced))
  return { found: `'${file}' can be written`, facts: { file }, value: true }
}

async function checkFile(options: Parameters<typeof checkRunCsv>[0]): Promise<Verdict<true>> {
  const { file, mode } = options
  try {
    const bytes = await checkRunCsv(options)
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
