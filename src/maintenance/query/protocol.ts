/** What the process that asks and the one that runs a query tell each other. */
import type { Failure } from '../../core/failure.js';

/** A value of a result. An integer beyond 2^53 is a `bigint`, a BLOB a `Buffer`. */
export type QueryValue = number | bigint | string | Buffer | null;

/** A value for a parameter. A `Date` becomes text as the views have it, a boolean 1 or 0. */
export type QueryParameter = number | bigint | string | boolean | Date | ArrayBufferView | null;

/** For `?` in order, or for `:name`, `@name` and `$name` by name. */
export type QueryParameters = readonly QueryParameter[] | Readonly<Record<string, QueryParameter>>;

/** As they travel: checked, and of few types. */
export type WireParameter = number | bigint | string | Uint8Array | null;
export type WireParameters = readonly WireParameter[] | Readonly<Record<string, WireParameter>>;

export interface QueryRequest {
  readonly path: string;
  readonly cacheBytes: number;
  readonly busyTimeoutMs: number;
  readonly verifyReads: boolean;
  readonly sql: string;
  readonly parameters: WireParameters;
  readonly rowsMax: number;
  readonly bytesMax: number;
  /** The process ends itself when it needs more than this beyond what it needs at rest, in bytes. */
  readonly memoryBytesMax: number;
  /** The process ends itself after this time, should nobody else do so, in milliseconds. */
  readonly timeoutMs: number;
}

export type QueryReply =
  /** The process is ready for its first query. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'rows'; readonly rows: readonly (readonly QueryValue[])[] }
  | { readonly kind: 'done'; readonly columns: readonly string[]; readonly truncated: boolean }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What the process writes to its standard error output before it ends itself. */
export const OUT_OF_MEMORY = 'cabinetfs query: more memory than allowed';
