/**
 * Watches the positions that a stream reports: 0 in STOP, still in ACQUIRE and PAUSE, and always
 * inside the buffer. A driver that breaks one of these gets one finding for it in the life of the
 * stream. The check is a few comparisons, because a running client asks all the time.
 * Source: IMiniportWaveRTStream::GetPosition, KSSTATE.
 */
import { KSSTATE, ksStateName } from '../../standards/ks/requests.ts';
import type { KsAudioPosition } from '../ddi/structs.ts';
import type { Findings } from '../findings.ts';

type Rule = 'zero' | 'still' | 'inside';

export class PositionWatch {
  readonly #findings: Findings;
  readonly #broken = new Set<Rule>();
  #state: KSSTATE = KSSTATE.STOP;
  /** What the position has to be while the stream stands: after RUN, what is read first. */
  #isStandingKnown = true;
  #standingPlay = 0;
  #standingWrite = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  stateEntered(state: KSSTATE): void {
    if (state === KSSTATE.STOP) {
      this.#isStandingKnown = true;
      this.#standingPlay = 0;
      this.#standingWrite = 0;
    } else if (state === KSSTATE.RUN) {
      this.#isStandingKnown = false;
    }
    this.#state = state;
  }

  /** `bufferBytes` is 0 while there is no buffer. */
  check(position: KsAudioPosition, bufferBytes: number): void {
    const { playOffset, writeOffset } = position;
    if (this.#state !== KSSTATE.RUN) this.#checkStanding(playOffset, writeOffset);
    const isInside = playOffset < bufferBytes && writeOffset < bufferBytes;
    if (bufferBytes > 0 && (!isInside || playOffset < 0 || writeOffset < 0)) {
      this.#report('inside', `${playOffset} and ${writeOffset} in a buffer of ${bufferBytes}`);
    }
  }

  #checkStanding(playOffset: number, writeOffset: number): void {
    if (!this.#isStandingKnown) {
      this.#isStandingKnown = true;
      this.#standingPlay = playOffset;
      this.#standingWrite = writeOffset;
      return;
    }
    if (playOffset === this.#standingPlay && writeOffset === this.#standingWrite) return;
    const name = ksStateName(this.#state);
    if (this.#state === KSSTATE.STOP) {
      this.#report('zero', `${playOffset} and ${writeOffset} in STOP, where it is 0`);
    } else {
      const was = `${this.#standingPlay} and ${this.#standingWrite}`;
      this.#report('still', `${was}, then ${playOffset} and ${writeOffset}, in ${name}`);
    }
  }

  #report(rule: Rule, text: string): void {
    if (this.#broken.has(rule)) return;
    this.#broken.add(rule);
    this.#findings.report(`GetPosition: ${text}`);
  }
}
