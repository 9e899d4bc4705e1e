/** Errors on their way between threads: the same for the writer and the reader threads. */
export {
  decodeFailure,
  encodeFailure,
  type Failure,
  isFailure,
} from '../core/failure.js';
