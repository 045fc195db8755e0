// Installs the packages of the client and of the verifier for TypeScript, which have their own, if they are missing or
// out of date.
import { installIfNeeded } from './support/install-if-needed.mjs';

installIfNeeded('clients/typescript');
installIfNeeded('verifiers/typescript');
