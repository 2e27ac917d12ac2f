// Light or dark: as the system has it, or as somebody chose here, which this browser keeps.

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const key = 'ddnn-theme'

export function keptTheme(): Theme {
  try {
    const kept = localStorage.getItem(key)
    return themes.find((theme) => theme === kept) ?? 'system'
  } catch {
    // A browser that keeps nothing.
    return 'system'
  }
}

/** Shows and keeps it; style sheets look at `data-theme` of the root. */
export function showTheme(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme
  try {
    if (theme === 'system') localStorage.removeItem(key)
    else localStorage.setItem(key, theme)
  } catch {
    // It holds until the page is left.
  }
}
