/** Files in the making: `<path>.<maker>.partial`, where the maker is named by `writer/maker-name.ts`. */

/** The name under which `maker` makes what is to be at `path`. */
export function partialPath(path: string, maker: string): string {
  return `${path}.${maker}.partial`;
}
