/** The markup of the pages: places that the script fills, and the symbols it uses. */

const SYMBOLS = `<svg hidden>
<symbol id="icon-ok" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/></symbol>
<symbol id="icon-degraded" viewBox="0 0 24 24"><path d="M12 2.8 22.4 21H1.6Z"/><path d="M12 9.5v5m0 3.2v.1"/></symbol>
<symbol id="icon-unhealthy" viewBox="0 0 24 24"><path d="M8 2h8l6 6v8l-6 6H8l-6-6V8Z"/><path d="m8.5 8.5 7 7m0-7-7 7"/></symbol>
<symbol id="icon-unknown" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10"/><path d="M9.2 9.3a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.1-1.5 2.2m0 3v.1"/></symbol>
<symbol id="icon-off" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10"/><path d="M8 12h8"/></symbol>
<symbol id="icon-stale" viewBox="0 0 24 24"><circle cx="12" cy="12" r="10"/><path d="M12 6.5V12l3.5 2.5"/></symbol>
</svg>`;

const WORDMARK = `<p class="wordmark"><svg viewBox="0 0 24 24" aria-hidden="true"><rect x="3" y="2.5" width="18" height="19" rx="3"/><path d="M3 9h18M3 15.2h18M10.5 5.8h3M10.5 12.1h3M10.5 18.4h3"/></svg>cabinetfs</p>`;

export const STATUS_BODY: string = `<body data-verdict="loading">
${SYMBOLS}
<main>
<header class="top">
${WORDMARK}
<button type="button" id="sign-out" class="quiet" hidden>Sign out</button>
<div class="volume"><h1 id="volume-name">Status</h1><p id="volume-path" class="path"></p></div>
</header>
<noscript><p class="card">This page needs JavaScript. <a href="/healthz">/healthz</a> has the checks as JSON.</p></noscript>
<section id="banner" role="status" aria-live="polite" aria-label="Overall status">
<div id="banner-icon"></div>
<div><h2 id="banner-title">Asking…</h2><ul id="banner-lines"></ul></div>
<p id="updated" aria-live="off"></p>
</section>
<div id="rest">
<dl id="figures" class="card"></dl>
<section aria-labelledby="charts-title">
<h2 id="charts-title">Last minutes</h2>
<div id="charts"></div>
</section>
<section aria-labelledby="checks-title">
<h2 id="checks-title">Checks <small id="checks-count"></small></h2>
<ul id="checks" class="card"></ul>
</section>
<section aria-labelledby="records-title">
<h2 id="records-title">Upkeep <small>checks, backups and the like</small></h2>
<div class="card">
<p id="records-none">Nothing has been recorded yet.</p>
<table id="records-table" role="table" hidden>
<thead><tr><th scope="col">What</th><th scope="col">When</th><th scope="col" class="took">Took</th><th scope="col" class="size">Size</th><th scope="col">Result</th></tr></thead>
<tbody id="records" role="rowgroup"></tbody>
</table>
</div>
</section>
</div>
<footer><p id="software"></p><nav aria-label="For machines"><a href="/healthz">/healthz</a> <a href="/readyz">/readyz</a> <a href="/metrics">/metrics</a> <a href="/status.json">/status.json</a></nav></footer>
</main>
</body>`;

export const LOGIN_BODY: string = `<body data-verdict="login">
<main class="login">
${WORDMARK}
<form id="login" class="card">
<h1>Sign in</h1>
<p>This server shows the status of a volume to those who know its token.</p>
<input type="text" autocomplete="username" value="cabinetfs" hidden>
<label for="token">Token</label>
<input id="token" type="password" autocomplete="current-password" autocapitalize="off" spellcheck="false" maxlength="1024" required autofocus aria-describedby="answer">
<p id="answer" role="alert"></p>
<button type="submit">Sign in</button>
</form>
<noscript><p class="card">Signing in needs JavaScript. Programs send the header Authorization.</p></noscript>
</main>
</body>`;
