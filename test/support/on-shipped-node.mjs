// Before each test file that runs the built service on the Node of the image.
process.env.NODE_UNDER_TEST ||= process.env.SHIPPED_NODE;
