/** The documents for people, each whole in itself: markup, style and script in one, nothing from outside. */
import { readFile } from 'node:fs/promises';
import { builtFile } from '../../core/programs.js';
import { pagePolicy } from '../security-headers.js';
import { LOGIN_BODY, STATUS_BODY } from './markup.js';
import { PAGE_STYLE } from './style.js';

export interface Page {
  readonly html: string;
  /** Its content security policy. */
  readonly policy: string;
}

let statusPage: Promise<Page> | undefined;
let loginPage: Promise<Page> | undefined;

/** Read once and kept: it is the same for every volume. */
export function loadStatusPage(): Promise<Page> {
  statusPage ??= loadPage('Status · cabinetfs', STATUS_BODY, 'status');
  return statusPage;
}

export function loadLoginPage(): Promise<Page> {
  loginPage ??= loadPage('Sign in · cabinetfs', LOGIN_BODY, 'login');
  return loginPage;
}

async function loadPage(title: string, body: string, name: string): Promise<Page> {
  const script = await readFile(builtFile(`http/page/scripts/${name}.js`), 'utf8');
  return { html: htmlOf(title, body, script), policy: pagePolicy(PAGE_STYLE, script) };
}

/** Nothing of a volume is in it: all of that comes later, as data. */
function htmlOf(title: string, body: string, script: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" id="favicon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
${body}
<script>${script}</script>
</html>
`;
}

export function pageResponse(
  status: number,
  { html, policy }: Page,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      ...headers,
    },
  });
}
