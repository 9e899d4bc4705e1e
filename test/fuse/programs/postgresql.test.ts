/**
 * PostgreSQL with its data directory on a mount, as a user of its own: transactions of four clients, a
 * crash, recovery; then its sums agree, its indexes match its tables, its pages have their checksums.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { CACHINGS, type Caching, DEFAULT_CACHING } from '../support/cachings.js';
import { withMount } from '../support/mounted.js';
import { LONG, runScript, withPrograms } from './program.js';

/** Debian has its programs beside the path, in a folder for each version. */
const FIND = 'ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -1';
const FOLDER = spawnSync('sh', ['-c', FIND], { encoding: 'utf8' }).stdout.trim();
const NOBODY = 65_534;
const TRANSACTIONS = LONG ? 5000 : 150;

// The server refuses to run as root. It is ended through its own pg_ctl, also when the script fails.
const SCRIPT = `
  cat > "$BESIDE/as-nobody.sh" <<'END'
    set -eu
    PATH="$PG:$PATH"; export PATH
    export PGDATA="$PWD/data" PGHOST="$BESIDE" PGUSER=owner PGDATABASE=postgres PGOPTIONS='-c client_min_messages=warning'
    initdb -A trust -U owner -k -N --locale=C -E UTF8 > "$BESIDE/initdb.log"
    { echo "listen_addresses = ''"; echo "unix_socket_directories = '$BESIDE'"; echo 'max_wal_size = 64MB'
      echo 'shared_buffers = 4MB'; } >> data/postgresql.conf
    start() { pg_ctl -w -t 60 -s -l "$BESIDE/server.log" start; }
    end() { status=$?; pg_ctl -s -m immediate stop || true; test $status = 0 || cat "$BESIDE/server.log"; } >&2
    trap end EXIT; trap 'exit 1' TERM
    start
    pgbench -q -i -s 1 2> /dev/null
    pgbench -n -c 4 -j 2 -t "$TRANSACTIONS" > "$BESIDE/pgbench.log" 2>&1
    pg_ctl -s -m immediate stop
    start
    psql -At -c 'SELECT count(*) FROM pgbench_history'
    psql -At -c 'SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history)'
    psql -At -c 'SELECT (SELECT sum(bbalance) FROM pgbench_branches) = (SELECT sum(tbalance) FROM pgbench_tellers)'
    psql -At -c 'CREATE TABLESPACE beside LOCATION '"'$PWD/space'" -c 'ALTER TABLE pgbench_accounts SET TABLESPACE beside'
    psql -q -c 'VACUUM FULL pgbench_accounts' -c 'CREATE EXTENSION amcheck'
    pg_amcheck --heapallindexed --parent-check
    pg_ctl -s -m fast stop
    trap - EXIT
    pg_checksums --check | grep 'Bad checksums'
END
  export PG='${FOLDER}' TRANSACTIONS=${TRANSACTIONS}
  exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups sh "$BESIDE/as-nobody.sh"`;

const SAID = `${TRANSACTIONS * 4}\nt\nt\nCREATE TABLESPACE\nALTER TABLE\nBad checksums:  0\n`;

function keepsItsData(t: ExecutionContext, { options }: Caching): Promise<void> {
  return withMount(t, options, async (mounted) => {
    const { dir, beside } = mounted;
    chmodSync(dirname(dir), 0o755);
    mkdirSync(join(dir, 'space'));
    for (const path of [beside, dir, join(dir, 'space')]) chownSync(path, NOBODY, NOBODY);
    t.is(await runScript(t, mounted, SCRIPT), SAID);
  });
}

for (const caching of LONG ? CACHINGS : [DEFAULT_CACHING]) {
  withPrograms('setpriv', FOLDER === '' ? 'postgres' : `${FOLDER}/pg_amcheck`)(
    `PostgreSQL keeps its data through a crash; ${caching.name}`,
    (t) => keepsItsData(t, caching),
  );
}
