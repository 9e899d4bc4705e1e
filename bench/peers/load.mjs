/** Imports a package as this folder sees it, so that its own `node_modules` are found. */
export async function load(name) {
  return await import(name);
}
