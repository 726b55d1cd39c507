/** Counts the mappings of one stream. It costs a few additions per mapping. */
import type { MappingCounts } from '../stream-counts.ts';

export class MappingMeter implements MappingCounts {
  handedOut = 0;
  released = 0;
  revoked = 0;
  bytesMin = 0;
  bytesMax = 0;
  outstandingMax = 0;

  /** A mapping was handed out; the miniport has so many now. */
  handOut(bytes: number, outstanding: number): void {
    if (this.handedOut === 0 || bytes < this.bytesMin) this.bytesMin = bytes;
    if (bytes > this.bytesMax) this.bytesMax = bytes;
    if (outstanding > this.outstandingMax) this.outstandingMax = outstanding;
    this.handedOut++;
  }
}
