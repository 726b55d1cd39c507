/** Declares half a millisecond more between codec and jack than there is. */
import { bentHdaDriver } from '../../support/bent-hda-driver.ts';

const HALF_A_MILLISECOND = 5000;

export default bentHdaDriver({
  name: 'late by declaration',
  stream: (real) => ({
    getHWLatency(latency) {
      real.getHWLatency(latency);
      latency.codecDelay += HALF_A_MILLISECOND;
    },
  }),
});
