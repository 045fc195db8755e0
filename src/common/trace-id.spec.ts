import { traceIdOf } from './trace-id.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

describe('The trace id of a traceparent header', () => {
  it.each([
    ['of version 00', `00-${TRACE}-${PARENT}-01`],
    ['not sampled', `00-${TRACE}-${PARENT}-00`],
    ['of a later version', `01-${TRACE}-${PARENT}-01`],
    ['of a later version that appends something', `cc-${TRACE}-${PARENT}-01-what-comes`],
  ])('is its second part, if it is %s', (_, header) => {
    expect(traceIdOf(header)).toBe(TRACE);
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['repeated', [`00-${TRACE}-${PARENT}-01`]],
    ['joined from two', `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`],
    ['of version ff', `ff-${TRACE}-${PARENT}-01`],
    ['of version 00 with more behind it', `00-${TRACE}-${PARENT}-01-more`],
    ['longer, of a later version', `01-${TRACE}-${PARENT}-01more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['in capitals', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['too short', `00-${TRACE.slice(1)}-${PARENT}-01`],
    ['without flags', `00-${TRACE}-${PARENT}`],
    ['in spaces', ` 00-${TRACE}-${PARENT}-01 `],
    ['several lines', `00-${TRACE}-${PARENT}-01\n{"level":"info"}`],
  ])('is none if it is %s', (_, header) => {
    expect(traceIdOf(header)).toBeUndefined();
  });
});
