// SVG text to PNG, by sharp. The charts' font comes with us: a container often has no font at all, and PNG
// files are then the same on every machine.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { madeBy } from '../domain/made-by.ts'
import { DdnnError } from '../errors.ts'

/** Pixels of the PNG a pixel of the SVG: sharp on dense screens and in print. */
const pngScale = 2

const fontPackage = '@expo-google-fonts/arimo'
const fontFiles = ['400Regular/Arimo_400Regular.ttf', '700Bold/Arimo_700Bold.ttf']

/** SVG's unit is 1/96 inch in CSS, but 1/72 inch for the renderer. */
const baseDensity = 72

let fonts: Promise<void> | undefined

/** @throws DDNN_OUTPUT_FAILED where the text is no SVG. */
export async function rasterize(svg: string): Promise<Buffer> {
  await (fonts ??= loadFonts())
  return sharp(Buffer.from(svg), { density: baseDensity * pngScale })
    .withExif({ IFD0: { Software: madeBy } })
    .png({ compressionLevel: 9, palette: false })
    .toBuffer()
    .catch(() => {
      throw new DdnnError(
        'DDNN_OUTPUT_FAILED',
        'Expected a drawing (SVG) to become a PNG, got one that does not',
      )
    })
}

/**
 * A text drawn with a font file makes the font known to the whole process, and so to the SVG renderer
 * (tried: with an empty fontconfig too, TTF only; WOFF is not drawn).
 */
async function loadFonts(): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const remove = await provideFontconfig()
  try {
    for (const file of fontFiles) {
      const fontfile = resolve(`${fontPackage}/${file}`)
      await sharp({ text: { text: 'A', font: 'Arimo', fontfile } }).toBuffer()
    }
  } finally {
    await remove()
  }
}

/**
 * Without any configuration, as in slim containers, fontconfig complains on stderr; an empty one is enough.
 * Where no file can be written (a read-only root without a /tmp), it complains, and draws all the same.
 */
async function provideFontconfig(): Promise<() => Promise<void>> {
  const { FONTCONFIG_FILE, FONTCONFIG_PATH } = process.env
  const isThere = FONTCONFIG_FILE !== undefined || FONTCONFIG_PATH !== undefined
  if (process.platform !== 'linux' || isThere || existsSync('/etc/fonts/fonts.conf')) {
    return () => Promise.resolve()
  }
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-fonts-')).catch(() => undefined)
  if (folder === undefined) return () => Promise.resolve()
  const file = join(folder, 'fonts.conf')
  await writeFile(file, '<?xml version="1.0"?><fontconfig></fontconfig>\n')
  process.env.FONTCONFIG_FILE = file
  return async () => {
    delete process.env.FONTCONFIG_FILE
    await rm(folder, { recursive: true, force: true })
  }
}
