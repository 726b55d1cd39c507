/** What is wrong with a WAV file, and what would work, in words for the person who brought it. */
export class WavError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WavError';
  }
}
