// The mark of what ddnn writes for people to look at.

/** Stands near the beginning or the end of a page, a drawing or a manifest; by it ddnn knows its own files again. */
export const madeBy = 'Made by ddnn'
