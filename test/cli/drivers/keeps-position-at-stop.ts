/** Leaves the play position at STOP where it was when the stream paused. */
import { KSSTATE } from '../../../src/standards/ks/requests.ts';
import { oddHdaDriver } from '../../support/bent-hda-driver.ts';

export default oddHdaDriver('keeper', (real) => {
  const kept = { playOffset: 0, writeOffset: 0 };
  let state: KSSTATE = KSSTATE.STOP;
  return {
    setState(next) {
      if (next === KSSTATE.PAUSE) real.getPosition(kept);
      state = next;
      return real.setState(next);
    },
    getPosition(position) {
      const status = real.getPosition(position);
      if (state === KSSTATE.STOP) position.playOffset = kept.playOffset;
      return status;
    },
  };
});
