/** Making and finding elements. Text is always set as text: nothing from a volume becomes markup. */
const SVG = 'http://www.w3.org/2000/svg';

type Attributes = Readonly<Record<string, string | number>>;

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`no element '${id}'`);
  return element;
}

export function make(tag: string, className: string, ...content: (Node | string)[]): HTMLElement {
  const element = document.createElement(tag);
  if (className !== '') element.className = className;
  element.append(...content);
  return element;
}

export function drawn(
  tag: string,
  attributes: Attributes,
  ...content: (Node | string)[]
): SVGElement {
  const element = document.createElementNS(SVG, tag) as SVGElement;
  setAttributes(element, attributes);
  element.append(...content);
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** Writes only what differs, so that a reader of the screen is not told the same again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Text with what stands between backticks as code. */
export function proseOf(text: string): Node[] {
  return text
    .split('`')
    .map((part, index) =>
      index % 2 === 1 ? make('code', '', part) : document.createTextNode(part),
    );
}

/** A symbol of the page's sheet; what it means stands beside it as text. */
export function icon(name: string): SVGElement {
  const use = drawn('use', { href: `#icon-${name}` });
  return drawn('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, use);
}
