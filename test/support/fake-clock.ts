import type { Variables } from './server.js';

/** The variables that show a service another date, such as `+400d`; its timers go on as they are. */
export function clockAt(offset: string): Variables {
  return {
    // The dynamic linker puts the folder of this machine's libraries for $LIB.
    LD_PRELOAD: '/usr/$LIB/faketime/libfaketimeMT.so.1',
    FAKETIME: offset,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
