/** Calls that a random run found to differ once. */
import type { Call, HandleCalls } from './calls.test.js';

export const KEPT_CALLS: readonly (readonly Call[])[] = [
  // A time that no file can have is told of after a file that is not there.
  [
    {
      name: 'utimes',
      args: [{ path: 'missing', as: 'string' }, { plain: 0 }, { odd: 'bad Date' }],
    },
    { name: 'utimes', args: [{ path: 'file', as: 'string' }, { plain: 0 }, { odd: 'bad Date' }] },
  ],
];

export const KEPT_HANDLE_CALLS: readonly HandleCalls[] = [
  // Node's way to read text looks at a flag that means nothing.
  { flags: 'r', calls: [{ name: 'readFile', args: [{ plain: { encoding: 'utf8', flag: 'q' } }] }] },
  // An encoding that cannot be decoded to is told of before the position moves.
  {
    flags: 'r',
    calls: [
      { name: 'readFile', args: [{ plain: { encoding: 'buffer' } }] },
      {
        name: 'read',
        args: [{ bytes: 10, as: 'Buffer' }, { plain: 0 }, { plain: 10 }, { plain: null }],
      },
      { name: 'readFile', args: [{ plain: { encoding: 'buffer' } }] },
    ],
  },
  // Writing nothing is a write in the callback style.
  { flags: 'r', calls: [{ name: 'writeFile', args: [{ plain: '' }, { plain: 'utf8' }] }] },
  { flags: 'r', calls: [{ name: 'appendFile', args: [{ bytes: 0, as: 'Buffer' }] }] },
  // Times that were understood once were taken for arguments again.
  { flags: 'r', calls: [{ name: 'utimes', args: [{ odd: 'bad Date' }, { plain: 0 }] }] },
  { flags: 'r', calls: [{ name: 'utimes', args: [{ plain: 0 }, { plain: 'Infinity' }] }] },
];
