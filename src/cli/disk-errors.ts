/** Why the host's file system refused something, in words for the person who named the file. */
const reasons = new Map<string | undefined, string>([
  ['ENOENT', 'there is no such file or folder'],
  ['ENOTDIR', 'a part of its path is a file, not a folder'],
  ['EACCES', 'access is not permitted'],
  ['EPERM', 'access is not permitted'],
  ['EROFS', 'the file system is read-only'],
  ['EISDIR', 'it is a folder'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota of the disk is used up'],
  ['EFBIG', 'the file system takes no file of that size'],
  ['ENAMETOOLONG', 'its name is too long'],
  ['ELOOP', 'its symbolic links go round in a circle'],
  ['EIO', 'the disk reports an error'],
  ['EPIPE', 'nobody reads it any more'],
  ['EMFILE', 'too many files are open'],
]);

/** The reason behind an error of `node:fs`; its own message when there are no better words. */
export function whyRefused(error: unknown): string {
  const known = reasons.get((error as NodeJS.ErrnoException | null)?.code);
  if (known !== undefined) return known;
  return error instanceof Error ? error.message : String(error);
}
