// One terminal, two who write to it: a block of lines that is drawn again and again at its bottom, and what stands above
// it for good, lines of the log first of all. Whoever writes such a line takes the block away for that moment.

interface Block {
  hide(): void
  show(): void
}

/** A process has one terminal. */
let open: Block | undefined

/** From now on lines go above this block, until the function that is given back is called. */
export function standBelow(block: Block): () => void {
  open = block
  return () => {
    if (open === block) open = undefined
  }
}

/** `write` writes whole lines to the terminal, at once. */
export function writeAbove(write: () => void): void {
  open?.hide()
  write()
  open?.show()
}
