// Charts as PNG, also where no font is installed.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { rasterize } from '../../src/input/rasterize.ts'
import { renderChart } from '../../src/report/plot/render.ts'
import { fontFamily, textWidth } from '../../src/report/plot/text-width.ts'
import { allKinds, lines } from './charts.ts'
import { tempFolder } from './outcomes.ts'

for (const chart of allKinds) {
  test(`a PNG of kind ${chart.kind} has twice the pixels of its SVG, colours and white`, async () => {
    const svg = renderChart(chart)
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? []
    const png = await rasterize(svg)
    const { channels, ...image } = await sharp(png).metadata()
    assert.deepEqual(
      [image.format, image.width, image.height],
      ['png', Number(width) * 2, Number(height) * 2],
    )
    assert.ok(channels >= 3)
    const { channels: stats, isOpaque } = await sharp(png).stats()
    assert.ok(isOpaque)
    for (const { max, min, mean } of stats.slice(0, 3)) {
      assert.equal(max, 255)
      assert.ok(min < 60, 'ink')
      assert.ok(mean > 150 && mean < 254, `mostly white, and not all: ${mean}`)
    }
    // Red and blue differ somewhere: not only grey text.
    const { data } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
    assert.ok(
      data.some((value, i) => i % channels === 0 && Math.abs(value - (data[i + 2] ?? 0)) > 100),
    )
  })
}

test('the same chart gives the same PNG where the system has no font at all', async () => {
  const folder = tempFolder()
  mkdirSync(join(folder, 'none'))
  const config = join(folder, 'fonts.conf')
  writeFileSync(config, '<?xml version="1.0"?><fontconfig></fontconfig>')
  const file = join(folder, 'chart.svg')
  writeFileSync(file, renderChart(lines))
  const script = `
    import { readFileSync, writeFileSync } from 'node:fs'
    const { rasterize } = await import(${JSON.stringify(fileURLToPath(new URL('../../src/input/rasterize.js', import.meta.url)))})
    writeFileSync(process.argv[1] + '.png', await rasterize(readFileSync(process.argv[1], 'utf8')))`
  execFileSync(process.execPath, ['--input-type=module', '-e', script, file], {
    env: { ...process.env, FONTCONFIG_FILE: config },
  })
  const bare = await sharp(`${file}.png`).greyscale().raw().toBuffer()
  const own = await sharp(await rasterize(renderChart(lines)))
    .greyscale()
    .raw()
    .toBuffer()
  // fontconfig's own settings move hinting by shades; boxes in place of letters would move far more.
  const differing = bare.filter((value, i) => Math.abs(value - (own[i] ?? 0)) > 64).length
  assert.equal(bare.length, own.length)
  assert.ok(differing / bare.length < 0.002, `${differing} of ${bare.length} pixels`)
  // What boxes would be: the same chart in letters that no font has.
  const boxes = renderChart(lines).replaceAll(
    />([^<>]*[A-Za-z][^<>]*)<\/text>/g,
    (_, text: string) => `>${'\u{10fffd}'.repeat(text.length)}</text>`,
  )
  const other = await sharp(await rasterize(boxes))
    .greyscale()
    .raw()
    .toBuffer()
  const boxed = other.filter((value, i) => Math.abs(value - (own[i] ?? 0)) > 64).length
  assert.ok(boxed / own.length > 0.002, `${boxed}: the measure sees boxes`)
})

test('text is never wider than the layout takes it to be, and not much narrower', async () => {
  const words = [
    'Accuracy (%)',
    'edge_exit validation',
    'Cross-entropy loss',
    'iiiii WWWWW 0123456789',
  ]
  // The fonts are known once a first chart was drawn.
  await rasterize(renderChart(lines))
  for (const text of words) {
    for (const isBold of [false, true]) {
      const width = textWidth(text, 16, isBold)
      const weight = isBold ? ' font-weight="bold"' : ''
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="60"><rect width="600" height="60" fill="#fff"/><text x="10" y="40" font-size="16"${weight} font-family="${fontFamily}">${text}</text></svg>`
      const { info } = await sharp(await rasterize(svg))
        .trim()
        .toBuffer({ resolveWithObject: true })
      const drawn = info.width / 2
      assert.ok(drawn < width + 1, `${text}: ${drawn} drawn, ${width} expected`)
      assert.ok(drawn > width * 0.75, `${text}: ${drawn} drawn, ${width} expected`)
    }
  }
})

test('what is no SVG is refused', async () => {
  await assert.rejects(rasterize('<svg'))
})
