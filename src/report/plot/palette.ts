// Colours of all charts and pages, light and dark. Chosen by hand and held by a test: each is at least 3:1 against its
// ground, and the first four, right and wrong stay apart for readers of every kind of colour vision.

interface Colour {
  /** On white: of drawings, PNG files and light pages. */
  readonly light: string
  /** On the dark paper of dark pages. */
  readonly dark: string
}

/** Of exits (0 is the edge's in most families), and of the things of any other chart, by their place. */
const places: readonly Colour[] = [
  { light: '#00569c', dark: '#3f9fe8' }, // blue
  { light: '#b8860b', dark: '#f2c14e' }, // amber
  { light: '#e25c9a', dark: '#ff9fd0' }, // pink
  { light: '#5a2fd0', dark: '#8f7bff' }, // violet
  { light: '#8a5a2c', dark: '#b98b63' }, // brown
  { light: '#00808a', dark: '#7fe3ea' }, // teal
  { light: '#000000', dark: '#f5f5f5' }, // ink
  { light: '#767676', dark: '#90969e' }, // grey
]

const named = {
  right: { light: '#0d7a5b', dark: '#36cf96' },
  wrong: { light: '#8f0019', dark: '#ff5a5a' },
  ink: { light: '#222222', dark: '#e8eaed' },
  'soft-ink': { light: '#555555', dark: '#b4bac2' },
  grid: { light: '#e3e3e3', dark: '#363c44' },
  paper: { light: '#ffffff', dark: '#1b1f24' },
  shade: { light: '#0072b2', dark: '#0a75bd' },
} as const satisfies Readonly<Record<string, Colour>>

/** What a mark is painted in: the colour of a place (an exit's index), or what it says. */
export type Paint = number | 'right' | 'wrong' | 'ink' | 'soft-ink'

/** The light colours of places, in order. */
export const palette: readonly string[] = places.map(({ light }) => light)

/** The light colour, as drawings have it; `themed` makes it follow the page. */
export function colourOf(paint: Paint): string {
  if (typeof paint !== 'number') return named[paint].light
  return palette[paint % palette.length] as string
}

/** The same for a page's own marks, as CSS: it follows the page's theme. */
export function cssColourOf(paint: Paint): string {
  return `var(--${typeof paint === 'number' ? `c${paint % places.length}` : paint})`
}

export const ink = named.ink.light
export const softInk = named['soft-ink'].light
export const gridInk = named.grid.light

/** Behind every chart. */
export const paper = named.paper.light

/** Of a matrix: its cells are this colour, the more solid the larger their share. */
export const shadeInk = named.shade.light

const variables: readonly (readonly [name: string, colour: Colour])[] = [
  ...places.map((colour, i) => [`c${i}`, colour] as const),
  ...Object.entries(named),
]

/** Declarations of all colours for a page's style, of one theme. */
export function colourVariables(theme: keyof Colour): string {
  return variables.map(([name, colour]) => `--${name}: ${colour[theme]};`).join(' ')
}

const variableOf = new Map(variables.map(([name, { light }]) => [light, `var(--${name})`]))

/** The same drawing inside a page: its colours follow the page's theme. Texts stay as they are. */
export function themed(svg: string): string {
  return svg.replace(/<[^>"]*(?:"[^"]*"[^>"]*)*>/g, (tag) =>
    tag.replace(/ (fill|stroke)="(#[0-9a-f]{6})"/g, (whole, name: string, colour: string) =>
      variableOf.has(colour) ? ` ${name}="${variableOf.get(colour)}"` : whole,
    ),
  )
}
