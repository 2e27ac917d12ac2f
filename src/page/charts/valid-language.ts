// uPlot makes a number format of `navigator.language` as it is loaded, and some browsers have one that is none
// (`en-US@posix` of Chromium without a locale): this page must not stay empty for that. Import it before uPlot.

try {
  new Intl.NumberFormat(navigator.language)
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true })
}
