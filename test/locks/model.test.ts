/** Random sequences of locking, unlocking, giving up and dying, compared with a plain model. */
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { LockKind } from '#src/store/lock-table.js';
import { LockModel, type ModelClaim } from './lock-model.js';
import { FILE, onStage, type Party, type Row, type Stage } from './stage.js';

const BYTES = 5;
const PARTIES = 3;

type Step =
  | { readonly do: 'lock'; readonly by: number; readonly claim: Part; readonly wait: boolean }
  | { readonly do: 'unlock'; readonly by: number; readonly claim: Part }
  | { readonly do: 'cancel'; readonly place: number }
  | { readonly do: 'look'; readonly by: number }
  | { readonly do: 'die'; readonly by: number };

type Part = Omit<ModelClaim, 'session'>;

const by = fc.nat(PARTIES - 1);
const owner = fc.constantFrom('a', 'b');

function claims(kind: LockKind): fc.Arbitrary<Part> {
  const byte = kind === 'flock' ? fc.constant(0) : fc.nat(BYTES - 1);
  return fc.tuple(owner, byte, byte, fc.boolean()).map(([name, one, two, exclusive]) => ({
    owner: name,
    first: Math.min(one, two),
    last: Math.max(one, two),
    exclusive,
  }));
}

function steps(kind: LockKind): fc.Arbitrary<Step[]> {
  const claim = claims(kind);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('lock' as const), by, claim, wait: fc.boolean() }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('unlock' as const), by, claim }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), place: fc.nat(5) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('look' as const), by }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), by }) },
  );
  return fc.array(step, { maxLength: 40 });
}

/** One file with sessions that come and go, played on rows and on the model at once. */
class Play {
  readonly #t: ExecutionContext;
  readonly #stage: Stage;
  readonly #kind: LockKind;
  readonly #model: LockModel;
  readonly #parties: Party[];
  readonly #seqs = new Map<ModelClaim, number>();

  constructor(t: ExecutionContext, stage: Stage, kind: LockKind) {
    this.#t = t;
    this.#stage = stage;
    this.#kind = kind;
    this.#model = new LockModel(BYTES, kind === 'flock');
    this.#parties = Array.from({ length: PARTIES }, () => stage.enter());
  }

  step(step: Step): void {
    if (step.do === 'cancel') {
      this.#cancel(step.place);
      return;
    }
    const party = this.#parties[step.by] as Party;
    const { session } = party;
    if (step.do === 'look') {
      party.look();
      this.#model.look(session);
    } else if (step.do === 'die') {
      this.#stage.gone.add(session);
      this.#model.die(session);
      this.#parties[step.by] = this.#stage.enter();
    } else if (step.do === 'lock') this.#lock(party, { ...step.claim, session }, step.wait);
    else {
      const claim = { ...step.claim, session };
      this.#t.is(party.unlock({ ...claim, kind: this.#kind }), this.#model.unlock(claim));
    }
  }

  #lock(party: Party, claim: ModelClaim, wait: boolean): void {
    const answer = party.lock({ ...claim, kind: this.#kind, wait });
    const expected = this.#model.lock(claim, wait);
    if (typeof answer === 'number') this.#seqs.set(claim, answer);
    this.#t.is(typeof answer === 'number' ? 'waits' : answer, expected);
  }

  #cancel(place: number): void {
    const claim = this.#model.waits[place];
    const party = this.#parties.find(({ session }) => session === claim?.session);
    if (claim === undefined || party === undefined) return;
    this.#t.true(party.cancel(this.#seqs.get(claim) as number));
    this.#model.cancel(place);
  }

  /** The rows say what the model says; of those who died rows may be left. */
  compare(): void {
    const bytes: string[][] = Array.from({ length: BYTES }, () => []);
    for (const { session, owner: name, first, last, exclusive } of this.#stage.rows(this.#kind)) {
      if (this.#stage.gone.has(session)) continue;
      for (let at = first; at <= last; at += 1) {
        bytes[at]?.push(`${session} ${name} ${exclusive ? 'exclusive' : 'shared'}`);
      }
    }
    this.#t.deepEqual(
      bytes.map((holders) => holders.sort()),
      this.#model.describe(),
    );
    this.#assertJoined();
    const waits = this.#stage.store.locks
      .waits({ ino: FILE, kind: this.#kind }, 0, 1000)
      .filter(({ session }) => !this.#stage.gone.has(session));
    this.#t.deepEqual(
      waits.map(({ seq }) => seq),
      this.#model.waits.map((claim) => this.#seqs.get(claim) as number),
    );
  }

  /** Bytes of one owner and mode that follow each other are one row. */
  #assertJoined(): void {
    const rows = this.#stage.rows(this.#kind);
    const name = (row: Row): string => `${row.session} ${row.owner} ${row.exclusive}`;
    const split = rows.some((row) =>
      rows.some((next) => next.first === row.last + 1 && name(next) === name(row)),
    );
    this.#t.false(split, JSON.stringify(rows));
  }

  /** For the next sequence: sessions take their rows with them. */
  end(): void {
    for (const { session } of this.#parties) this.#stage.bury(session);
    for (const session of this.#stage.gone) this.#stage.bury(session);
    this.#stage.gone.clear();
  }
}

const whole = { owner: 'a', first: 0, last: 0 };

/** Found at random once: an owner's second claim passes its own first one. */
const EXAMPLES: [Step[]][] = [
  [
    [
      { do: 'lock', by: 1, claim: { ...whole, exclusive: true }, wait: false },
      { do: 'lock', by: 0, claim: { ...whole, exclusive: true }, wait: true },
      { do: 'lock', by: 0, claim: { ...whole, exclusive: false }, wait: true },
      { do: 'lock', by: 1, claim: { ...whole, exclusive: false }, wait: false },
      { do: 'look', by: 0 },
    ],
  ],
];

for (const kind of ['flock', 'posix'] as const) {
  test(`locks of the kind ${kind} are what the model says`, async (t) => {
    await onStage((stage) => {
      fc.assert(
        fc.property(steps(kind), (sequence) => {
          const play = new Play(t, stage, kind);
          try {
            for (const step of sequence) {
              play.step(step);
              play.compare();
            }
          } finally {
            play.end();
          }
        }),
        { numRuns: 800, examples: EXAMPLES },
      );
    });
  });
}
