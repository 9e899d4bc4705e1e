/** The verdict at the top, and what it is called in the tab. */
import type { StatusDocument } from '../../status-document.js';
import { nameOfCheck, needsAttention, sortedChecks } from './checks.js';
import { byId, icon, make, proseOf, setText } from './dom.js';
import { baseName, formatClock } from './format.js';

type Verdict = 'ok' | 'degraded' | 'unhealthy' | 'stale';

const COLOURS: Readonly<Record<Verdict, string>> = {
  ok: '#1f8a55',
  degraded: '#b7791f',
  unhealthy: '#c8372d',
  stale: '#7a828e',
};
const PROBLEMS_SHOWN = 3;

export function renderBanner({ health, state }: StatusDocument): void {
  const verdict = health.status === 'healthy' ? 'ok' : health.status;
  const problems = sortedChecks(health).filter(needsAttention);
  const word = health.status.charAt(0).toUpperCase() + health.status.slice(1);
  const title = state === 'open' ? word : `${word} – the volume is ${state}`;
  const more = problems.length - PROBLEMS_SHOWN;
  const lines = problems.slice(0, PROBLEMS_SHOWN).map(([key, { message }]) => {
    return [nameOfCheck(key), message] as const;
  });
  if (more > 0) lines.push([`And ${more} more`, 'See the checks below.']);
  show(
    verdict,
    title,
    lines.length > 0 ? lines : [['', 'Every check is fine.']],
    baseName(health.path),
  );
  setText(byId('volume-name'), baseName(health.path));
  setText(byId('volume-path'), health.path);
}

/** The server does not answer. Nothing else on the page is true any more. */
export function renderNoAnswer(sinceMs: number | undefined): void {
  const since = sinceMs === undefined ? '' : ` since ${formatClock(sinceMs)}`;
  const line = 'What is shown below is of then. The page tries again every few seconds.';
  show('stale', `No answer${since}`, [['', line]], document.title.split(' · ').at(-1) ?? '');
}

type Line = readonly [name: string, text: string];

function show(verdict: Verdict, title: string, lines: readonly Line[], name: string): void {
  document.body.dataset.verdict = verdict;
  document.title = `${title} · ${name}`;
  setText(byId('banner-title'), title);
  const list = byId('banner-lines');
  const text = [verdict, ...lines.map((line) => line.join(': '))].join('\n');
  if (list.dataset.text === text) return;
  list.dataset.text = text;
  byId('banner-icon').replaceChildren(icon(verdict));
  list.replaceChildren(...lines.map(lineItem));
  (byId('favicon') as HTMLLinkElement).href = favicon(COLOURS[verdict]);
}

function lineItem([name, text]: Line): HTMLElement {
  return name === ''
    ? make('li', '', ...proseOf(text))
    : make('li', '', make('b', '', `${name}: `), ...proseOf(text));
}

function favicon(colour: string): string {
  const circle = `<circle cx="8" cy="8" r="7" fill="${colour}"/>`;
  const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${circle}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(image)}`;
}
