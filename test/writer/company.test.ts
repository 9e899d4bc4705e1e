/** When the writer looks for the next command before it sleeps. */
import test from 'ava';
import { Company } from '#src/writer/company.js';

/** A clock that goes on by a tenth of a millisecond with each look at it. */
function createClock(): { now: () => number; pass: (ms: number) => void } {
  let nowMs = 100;
  return {
    now: () => {
      nowMs += 0.1;
      return nowMs;
    },
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

const NEVER = Number.POSITIVE_INFINITY;

/** How often it looked, waiting for something that comes with look `comesAt`. */
function looks(company: Company, comesAt: number, untilMs: number = NEVER): number {
  let count = 0;
  company.await(() => {
    count += 1;
    return count >= comesAt;
  }, untilMs);
  return count;
}

/** Work that comes so long after the last. */
function workAfter(company: Company, pass: (ms: number) => void, ms: number): void {
  company.noteRest();
  pass(ms);
  company.noteTurn(true);
}

test('it looks after work that came soon after the work before it, and only then', (t) => {
  const { now, pass } = createClock();
  const company = new Company(now);
  workAfter(company, pass, 10);
  t.is(looks(company, 1), 0, 'the last work is long ago');
  workAfter(company, pass, 0.2);
  t.is(looks(company, 1), 1);
  company.noteRest();
  company.noteTurn(false);
  t.is(looks(company, 1), 0, 'there was no work');
});

test('it looks for half a millisecond, or until it has other things to do', (t) => {
  const { now, pass } = createClock();
  const company = new Company(now);
  workAfter(company, pass, 0.2);
  const most = looks(company, NEVER);
  t.true(most >= 4 && most <= 6, `${most}`);
  workAfter(company, pass, 0.2);
  t.is(looks(company, NEVER, now() + 0.15), 1);
});

test('when nothing comes again and again it leaves looks out, up to sixteen', (t) => {
  const { now, pass } = createClock();
  const company = new Company(now);
  const left: number[] = [];
  for (let vain = 0; vain < 12; vain += 1) {
    let out = 0;
    do {
      workAfter(company, pass, 0.2);
      out += 1;
    } while (looks(company, NEVER) === 0);
    left.push(out - 1);
  }
  t.deepEqual(left, [0, 0, 0, 0, 2, 4, 8, 16, 16, 16, 16, 16]);
  for (let skipped = 0; skipped < 16; skipped += 1) {
    workAfter(company, pass, 0.2);
    t.is(looks(company, 1), 0);
  }
  // Something has come: it pays again.
  workAfter(company, pass, 0.2);
  t.is(looks(company, 1), 1);
  workAfter(company, pass, 0.2);
  t.is(looks(company, 1), 1);
});
