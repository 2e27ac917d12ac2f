// File names of any bytes. Linux takes names that are no UTF-8 (of old archives, other machines' disks); text cannot
// hold them, so each such part of a path is written as a shell writes it, $'caf\xe9.jpg', and read back from that.

/** A part of a path in the form of `shownName`. */
const escaped = /^\$'((?:[^'\\]|\\(?:x[0-9a-f]{2}|[\\']))*)'$/

/** A name as text: itself where it is UTF-8, else, or where it looks like one of these, $'...' with \xNN. */
export function shownName(name: Buffer): string {
  const text = name.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(name) && !escaped.test(text)) return text
  let shown = ''
  for (const byte of name) {
    const isPlain = byte > 0x1f && byte < 0x7f
    if (byte === 0x5c || byte === 0x27) shown += `\\${String.fromCharCode(byte)}`
    else shown += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `$'${shown}'`
}

/** A name without the marks of `shownName`: its first and last letters are the file's own. */
export function plainName(path: string): string {
  const part = path.slice(path.lastIndexOf('/') + 1)
  return escaped.exec(part)?.[1] ?? part
}

/** What the file system takes for a path whose parts are in the form of `shownName`. */
export function pathOfShown(path: string): string | Buffer {
  if (!path.includes("$'")) return path
  const parts = path.split('/').map((part) => {
    const inside = escaped.exec(part)?.[1]
    return inside === undefined ? Buffer.from(part, 'utf8') : bytesOf(inside)
  })
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [Buffer.from('/'), part])))
}

function bytesOf(text: string): Buffer {
  const latin1 = text.replace(
    /\\(?:x([0-9a-f]{2})|([\\']))/g,
    (_all, hex?: string, plain?: string) =>
      hex === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(latin1, 'latin1')
}
