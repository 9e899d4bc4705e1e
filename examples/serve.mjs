// Health, metrics and a page for people, over HTTP.            Run: node examples/serve.mjs
import { openVolume } from 'cabinetfs';

const volume = await openVolume();
// Any free port; without `port` it is 9464. Only this machine can reach it.
const server = await volume.serve({ port: 0 });

await volume.fs.promises.writeFile('/hello', 'world');

const get = (path) => fetch(server.url + path);
console.log('live', (await get('/livez')).status, '- ready', (await get('/readyz')).status);

const health = await (await get('/healthz')).json();
console.log(health.status, '- writer:', health.checks.writer.status);

const metrics = await (await get('/metrics')).text();
console.log('metrics:', metrics.startsWith('# HELP cabinetfs_'));

const page = await get('/');
console.log('page:', page.status, page.headers.get('content-type'));
// A program that serves would stay here. `volume.close()` closes the server, too.
await volume.close();
await get('/livez').catch((error) => console.log('closed:', error.cause.code));

// Other machines: only with a token, unless you insist.
const other = await openVolume();
await other.serve({ host: '0.0.0.0', port: 0 }).catch(({ code }) => console.log(code));
await other.close();
