/**
 * Listening to a device that has more than one stream before it is switched off, and whose ear is
 * late: the file that QEMU plays into holds back up to 4 KiB, so a new stream begins with what was
 * left of the one before, which is silence when that one was played to its end.
 */
import type { RenderJournal } from '../../src/client/render-buffer.ts';
import type { SoundLedger } from '../../src/client/sound-ledger.ts';
import type { SoundSink } from '../../src/hardware/endpoint/speaker.ts';

/** Noise begins with the first frame that is not silent; what is silent before it is not compared. */
export function behindSilence(ledger: SoundLedger, size: number): SoundSink {
  let hasBegun = false;
  return {
    open: () => ledger.open(),
    hear: (bytes, offset, byteLength) => {
      let at = offset;
      const end = offset + byteLength;
      while (!hasBegun && at < end) {
        hasBegun = bytes.subarray(at, at + size).some((byte) => byte !== 0);
        if (!hasBegun) at += size;
      }
      if (at < end) ledger.hear(bytes, at, end - at);
    },
    silence: (frames) => ledger.silence(frames),
  };
}

/** The client's own silence at the start is not compared either. */
export function withoutPrime(ledger: SoundLedger): RenderJournal {
  return {
    prime: () => undefined,
    send: (bytes, offset, byteLength) => ledger.send(bytes, offset, byteLength),
    stale: (frames) => ledger.stale(frames),
    endSending: () => ledger.endSending(),
  };
}
