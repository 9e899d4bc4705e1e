/** A slow and plain model of locks: who holds each byte how, and who waits, in order. */
export interface ModelClaim {
  readonly session: number;
  readonly owner: string;
  readonly first: number;
  readonly last: number;
  readonly exclusive: boolean;
}

type Type = 'shared' | 'exclusive';

function nameOf({ session, owner }: ModelClaim): string {
  return `${session} ${owner}`;
}

function conflict(a: ModelClaim, b: ModelClaim): boolean {
  if (nameOf(a) === nameOf(b) || !(a.exclusive || b.exclusive)) return false;
  return a.first <= b.last && b.first <= a.last;
}

export class LockModel {
  readonly #isFair: boolean;
  readonly #bytes: Map<string, Type>[];
  #waits: ModelClaim[] = [];

  constructor(bytes: number, isFair: boolean) {
    this.#isFair = isFair;
    this.#bytes = Array.from({ length: bytes }, () => new Map());
  }

  #range(first: number, last: number): Map<string, Type>[] {
    return this.#bytes.slice(Math.max(first, 0), last + 1);
  }

  #isHeldByOthers(claim: ModelClaim): boolean {
    return this.#range(claim.first, claim.last).some((holders) =>
      [...holders].some(
        ([name, type]) => name !== nameOf(claim) && (claim.exclusive || type === 'exclusive'),
      ),
    );
  }

  #isBlocked(claim: ModelClaim, before: readonly ModelClaim[]): boolean {
    if (this.#isHeldByOthers(claim)) return true;
    return this.#isFair && before.some((earlier) => conflict(earlier, claim));
  }

  #holds(claim: ModelClaim, first: number, last: number): boolean {
    return this.#range(first, last).some((holders) => holders.has(nameOf(claim)));
  }

  /** True when the owner held something there, or beside it, before. */
  #hold(claim: ModelClaim): boolean {
    const before = this.#holds(claim, claim.first - 1, claim.last + 1);
    for (const holders of this.#range(claim.first, claim.last)) {
      holders.set(nameOf(claim), claim.exclusive ? 'exclusive' : 'shared');
    }
    return before;
  }

  /** Grants what one process may have, in order, until nothing changes. */
  look(session: number): void {
    for (let again = true; again; ) {
      again = false;
      for (const [place, wait] of this.#waits.entries()) {
        if (wait.session !== session) continue;
        if (this.#isBlocked(wait, this.#waits.slice(0, place))) continue;
        this.#waits = this.#waits.filter((other) => other !== wait);
        this.#hold(wait);
        again = true;
        break;
      }
    }
  }

  lock(claim: ModelClaim, wait: boolean): 'held' | 'waits' | 'EAGAIN' | 'EDEADLK' {
    const holdsAny = this.#holds(claim, 0, this.#bytes.length);
    if (!this.#isBlocked(claim, this.#isFair && holdsAny ? [] : this.#waits)) {
      if (this.#hold(claim)) this.look(claim.session);
      return 'held';
    }
    if (!wait) return 'EAGAIN';
    if (!this.#isFair && this.#closesCircle(claim)) return 'EDEADLK';
    if (this.#isFair) this.unlock(claim);
    this.#waits.push(claim);
    return 'waits';
  }

  #holdersInTheWay(claim: ModelClaim): string[] {
    return this.#range(claim.first, claim.last).flatMap((holders) =>
      [...holders]
        .filter(([name, type]) => name !== nameOf(claim) && (claim.exclusive || type !== 'shared'))
        .map(([name]) => name),
    );
  }

  #closesCircle(claim: ModelClaim): boolean {
    let reached = new Set(this.#holdersInTheWay(claim));
    for (;;) {
      if (reached.has(nameOf(claim))) return true;
      const further = this.#waits
        .filter((wait) => reached.has(nameOf(wait)))
        .flatMap((wait) => this.#holdersInTheWay(wait));
      const next = new Set([...reached, ...further]);
      if (next.size === reached.size) return false;
      reached = next;
    }
  }

  unlock(claim: ModelClaim): boolean {
    const held = this.#holds(claim, claim.first, claim.last);
    for (const holders of this.#range(claim.first, claim.last)) holders.delete(nameOf(claim));
    if (held) this.look(claim.session);
    return held;
  }

  cancel(place: number): void {
    const [claim] = this.#waits.splice(place, 1);
    if (claim !== undefined) this.look(claim.session);
  }

  die(session: number): void {
    this.#waits = this.#waits.filter((wait) => wait.session !== session);
    for (const holders of this.#bytes) {
      for (const name of holders.keys()) if (name.startsWith(`${session} `)) holders.delete(name);
    }
  }

  get waits(): readonly ModelClaim[] {
    return this.#waits;
  }

  /** Holders of each byte, in a form that can be compared. */
  describe(): string[][] {
    return this.#bytes.map((holders) =>
      [...holders].map(([name, type]) => `${name} ${type}`).sort(),
    );
  }
}
