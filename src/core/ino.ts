/** Branded numbers: mixing an inode number with an offset is a compile error. */
declare const inoBrand: unique symbol;
declare const blobBrand: unique symbol;

/** Inode number: identifies a file for its whole life; never reused. */
export type Ino = number & { readonly [inoBrand]: true };
/** Key of a row of content bytes. */
export type BlobId = number & { readonly [blobBrand]: true };

export const ROOT_INO: Ino = 1 as Ino;
