// Before each test file that runs the built service on the Node that runs the tests.
process.env.NODE_UNDER_TEST ||= process.execPath;
