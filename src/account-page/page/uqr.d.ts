// The build puts the package beside the page's files, as `uqr.js`.
export { encode } from 'uqr';
