/** What an archive is compressed with, by its first bytes; gzip is undone here. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { archiveError, ByteSource } from './byte-source.js';

interface Foreign {
  readonly name: string;
  readonly magic: string;
  readonly command: string;
}

const GZIP_MAGIC = '1f8b';
const FOREIGN: readonly Foreign[] = [
  { name: 'zstd', magic: '28b52ffd', command: 'zstd -dc' },
  { name: 'xz', magic: 'fd377a585a00', command: 'xz -dc' },
  { name: 'bzip2', magic: '425a68', command: 'bzip2 -dc' },
  { name: 'zip', magic: '504b0304', command: 'unzip' },
];
const MAGIC_BYTES = 6;

/** The plain archive behind a stream that may be gzipped. */
export async function uncompressed(source: ByteSource): Promise<ByteSource> {
  const start = (await source.peek(MAGIC_BYTES)).toString('hex');
  const foreign = FOREIGN.find(({ magic }) => start.startsWith(magic));
  if (foreign !== undefined) {
    throw archiveError(
      `The archive is compressed with ${foreign.name}, which is not read here.`,
      `Uncompress it first, for example with \`${foreign.command}\`, and pipe the result.`,
    );
  }
  if (!start.startsWith(GZIP_MAGIC)) return source;
  return new ByteSource(gunzip(source));
}

async function* gunzip(source: ByteSource): AsyncGenerator<Uint8Array> {
  const plain = createGunzip();
  const compressed = Readable.from(source.remaining());
  compressed.on('error', (error) => plain.destroy(error));
  compressed.pipe(plain);
  try {
    yield* plain as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') {
      throw archiveError('The compressed archive is cut off.', 'Get a whole copy of it.', error);
    }
    if (code?.startsWith('Z_') === true) {
      throw archiveError('The compressed archive is damaged.', 'Get a whole copy of it.', error);
    }
    throw error;
  }
}
