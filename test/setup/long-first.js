import Sequencer from '@jest/test-sequencer';

/** Whole programs are started in these: begun last, as their short files would have it, they hold up the end. */
const LONG = /\/test\/(demo|journeys|roles)\//;

export default class LongFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const isLong = ({ path }) => LONG.test(path);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}
