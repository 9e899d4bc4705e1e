/** Rules of flock(2) and fcntl(2), and the order of those who wait. */
import test from 'ava';
import { onStage } from './stage.js';

test('shared locks go together, an exclusive one goes alone', async (t) => {
  await onStage((stage) => {
    const [one, two] = [stage.enter(), stage.enter()];
    t.is(one.lock({ owner: 'a', exclusive: false }), 'held');
    t.is(two.lock({ owner: 'b', exclusive: false }), 'held');
    t.is(one.lock({ owner: 'c', wait: false }), 'EAGAIN');
    t.true(one.unlock({ owner: 'a' }));
    t.is(one.lock({ owner: 'c', wait: false }), 'EAGAIN');
    t.true(two.unlock({ owner: 'b' }));
    t.is(one.lock({ owner: 'c', wait: false }), 'held');
    t.is(two.lock({ owner: 'd', exclusive: false, wait: false }), 'EAGAIN');
    t.false(two.unlock({ owner: 'c' }), 'the owner of another session');
    t.deepEqual(stage.owners(), ['c!']);
  });
});

test('an exclusive claim is not starved by shared ones that come later', async (t) => {
  await onStage((stage) => {
    const [one, two] = [stage.enter(), stage.enter()];
    t.is(one.lock({ owner: 'a', exclusive: false }), 'held');
    const waiting = two.lock({ owner: 'b' });
    t.is(one.lock({ owner: 'c', exclusive: false, wait: false }), 'EAGAIN');
    const behind = one.lock({ owner: 'c', exclusive: false });
    const last = one.lock({ owner: 'd', exclusive: false });
    one.unlock({ owner: 'a' });
    t.deepEqual(stage.owners(), [], 'it is the turn of the other process');
    t.deepEqual(one.granted, []);
    t.true(two.look());
    t.deepEqual(two.granted, [waiting]);
    t.false(one.look());
    two.unlock({ owner: 'b' });
    t.true(one.look());
    t.deepEqual(one.granted, [behind, last]);
    t.deepEqual(stage.owners(), ['c', 'd']);
  });
});

test('claims of one process are granted in the transaction that lets go', async (t) => {
  await onStage((stage) => {
    const party = stage.enter();
    t.is(party.lock({ owner: 'a' }), 'held');
    const places = ['b', 'c'].map((owner) => party.lock({ owner }));
    stage.undo(() => {
      party.unlock({ owner: 'a' });
      t.deepEqual(stage.owners(), ['b!']);
    });
    t.deepEqual(stage.owners(), ['a!']);
    party.unlock({ owner: 'a' });
    party.unlock({ owner: 'b' });
    t.deepEqual(stage.owners(), ['c!']);
    t.deepEqual(party.granted.slice(-2), places);
  });
});

test('a claim that is cancelled lets those behind it pass', async (t) => {
  await onStage((stage) => {
    const party = stage.enter();
    party.lock({ owner: 'a', exclusive: false });
    const exclusive = party.lock({ owner: 'b' }) as number;
    const shared = party.lock({ owner: 'c', exclusive: false });
    t.true(party.cancel(exclusive));
    t.deepEqual(party.granted, [shared]);
    t.false(party.cancel(exclusive));
    t.false(party.cancel(shared as number), 'it is a lock by now');
    t.deepEqual(stage.owners(), ['a', 'c']);
  });
});

test('a lock that is converted at once stays, one that must wait for it is given up', async (t) => {
  await onStage((stage) => {
    const party = stage.enter();
    party.lock({ owner: 'a', exclusive: false });
    t.is(party.lock({ owner: 'a' }), 'held');
    t.deepEqual(stage.owners(), ['a!']);
    const [b, c] = ['b', 'c'].map((owner) => party.lock({ owner, exclusive: false }));
    t.is(party.lock({ owner: 'a', exclusive: false }), 'held');
    t.deepEqual(party.granted, [b, c], 'a weaker lock lets others in');
    t.is(party.lock({ owner: 'a', wait: false }), 'EAGAIN');
    t.deepEqual(stage.owners(), ['a', 'b', 'c'], 'and what it held stays');
    t.is(typeof party.lock({ owner: 'a' }), 'number');
    t.is(typeof party.lock({ owner: 'b' }), 'number', 'nobody waits for the other for ever');
    party.unlock({ owner: 'c' });
    t.deepEqual(stage.owners(), ['a!']);
    party.unlock({ owner: 'a' });
    t.deepEqual(stage.owners(), ['b!']);
  });
});

test('an owner that holds the lock may change its mode past the queue', async (t) => {
  await onStage((stage) => {
    const party = stage.enter();
    party.lock({ owner: 'a', exclusive: false });
    party.lock({ owner: 'b' });
    t.is(party.lock({ owner: 'a', wait: false }), 'held');
    t.deepEqual(stage.owners(), ['a!']);
  });
});

test('the locks and claims of a process that has ended are in nobody’s way', async (t) => {
  await onStage((stage) => {
    const [one, dead] = [stage.enter(), stage.enter()];
    dead.lock({ owner: 'a' });
    dead.lock({ owner: 'b' });
    const claim = one.lock({ owner: 'c' });
    t.false(one.look());
    t.is(one.test({ owner: 'x' })?.owner, 'a');
    stage.gone.add(dead.session);
    t.is(one.test({ owner: 'x' }), undefined);
    t.true(one.look());
    t.deepEqual(one.granted, [claim]);
    t.deepEqual(stage.owners(), ['c!'], 'nothing of it is left');
    t.is(stage.reaperWoken, 1);
  });
  await onStage((stage) => {
    const [one, dead] = [stage.enter(), stage.enter()];
    dead.lock({ owner: 'a' });
    stage.gone.add(dead.session);
    t.is(one.lock({ owner: 'c', wait: false }), 'held', 'known at once to who asks');
  });
});

test('what a client held and waited for goes with it', async (t) => {
  await onStage((stage) => {
    const party = stage.enter();
    party.lock({ owner: 'a' }, 1);
    party.lock({ owner: 'b' }, 2);
    const claim = party.lock({ owner: 'c' }, 3);
    party.lock({ owner: 'p', kind: 'posix', first: 5 }, 1);
    party.releaseClient(2);
    t.deepEqual(stage.owners(), ['a!']);
    party.releaseClient(1);
    t.deepEqual(stage.owners(), ['c!']);
    t.deepEqual(party.granted, [claim]);
    t.deepEqual(stage.owners('posix'), []);
  });
});

test('the two kinds of lock do not meet', async (t) => {
  await onStage((stage) => {
    const party = stage.enter();
    t.is(party.lock({ owner: 'a' }), 'held');
    t.is(party.lock({ owner: 'b', kind: 'posix' }), 'held');
  });
});

test('ranges of an owner are split, joined and tested as fcntl(2) says', async (t) => {
  await onStage((stage) => {
    const [one, two] = [stage.enter(), stage.enter()];
    const range = (owner: string, first: number, last: number, exclusive = true) =>
      ({ kind: 'posix', owner, first, last, exclusive, wait: false }) as const;
    t.is(one.lock(range('a', 0, 99)), 'held');
    t.true(one.unlock(range('a', 40, 59)));
    t.is(two.lock(range('b', 40, 59)), 'held');
    t.is(two.lock(range('b', 39, 59)), 'EAGAIN');
    t.is(one.lock(range('a', 0, 10, false)), 'held');
    t.is(two.lock(range('b', 0, 10, false)), 'held');
    const bounds = stage.rows('posix').map(({ owner, first, last }) => [owner, first, last]);
    t.deepEqual(bounds, [
      ['a', 0, 10],
      ['b', 0, 10],
      ['a', 11, 39],
      ['b', 40, 59],
      ['a', 60, 99],
    ]);
    const found = two.test(range('b', 5, 1000));
    t.deepEqual([found?.owner, found?.first, found?.last], ['a', 0, 10]);
    t.is(one.test(range('a', 5, 20, false)), undefined, 'own and shared ones are not in the way');
    t.true(one.unlock({ kind: 'posix', owner: 'a' }));
    t.deepEqual(stage.owners('posix'), ['b', 'b!']);
    t.false(one.unlock({ kind: 'posix', owner: 'a' }));
  });
});

test('a lock that shrinks when it is granted lets in who asked before', async (t) => {
  await onStage((stage) => {
    const party = stage.enter();
    const range = (owner: string, first: number, last: number, exclusive: boolean) =>
      ({ kind: 'posix', owner, first, last, exclusive }) as const;
    party.lock(range('a', 0, 10, true));
    party.lock(range('b', 11, 20, true));
    const early = party.lock(range('c', 5, 8, false));
    const late = party.lock(range('a', 5, 20, false));
    t.deepEqual(party.granted, []);
    party.unlock(range('b', 0, 100, true));
    t.deepEqual(party.granted, [late, early]);
  });
});

test('waiting in a circle is EDEADLK, over files and processes', async (t) => {
  await onStage((stage) => {
    const [one, two] = [stage.enter(), stage.enter()];
    const range = (owner: string, first: number, ino = 1) =>
      ({ kind: 'posix', owner, first, last: first, ino: ino as never }) as const;
    one.lock(range('a', 1));
    two.lock(range('b', 2));
    one.lock(range('c', 3, 2));
    t.is(typeof one.lock(range('a', 2)), 'number');
    t.is(typeof two.lock(range('b', 3, 2)), 'number');
    t.is(one.lock(range('c', 1)), 'EDEADLK');
    t.is(one.lock(range('d', 1)) === 'EDEADLK', false, 'who holds nothing closes no circle');
    one.unlock(range('c', 3, 2));
    t.true(two.look());
    t.is(typeof one.lock(range('c', 1)), 'number');
  });
});

test('one owner’s ranges of a file are bounded', async (t) => {
  await onStage((stage) => {
    const party = stage.enter();
    stage.undo(() => {
      for (let index = 0; index < 65_536; index += 1) {
        const first = index * 2;
        const claim = { ino: 1, kind: 'posix', session: party.session, owner: 'a' } as never;
        stage.store.locks.insertOwn(claim, {
          first,
          last: first,
          exclusive: true,
          client: 1,
          pid: 1,
        });
      }
      t.is(party.lock({ kind: 'posix', owner: 'a', first: 200_000 }), 'ENOLCK');
      t.is(party.lock({ kind: 'posix', owner: 'b', first: 200_000 }), 'held');
    });
  });
});
