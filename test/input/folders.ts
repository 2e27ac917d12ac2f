// Folders of drawn images for the tests of the inputs.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import sharp from 'sharp'

/** A folder that is gone when the test file ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ddnn-input-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes files, and the folders that they stand in. */
export function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): string {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  return folder
}

/** An image of one colour. */
export function drawImage(
  colour: string,
  format: 'jpeg' | 'png' = 'jpeg',
  size = 20,
): Promise<Buffer> {
  return sharp({ create: { width: size, height: size, channels: 3, background: colour } })
    .toFormat(format)
    .toBuffer()
}

/** A log that remembers its warnings. */
export function createWarnings(): {
  readonly said: string[]
  warn(facts: object, message: string): void
} {
  const said: string[] = []
  return { said, warn: (_, message) => void said.push(message) }
}
