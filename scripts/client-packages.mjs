// Installs the packages of the client for TypeScript, which has its own, if they are missing or out of date.
import { installIfNeeded } from './support/install-if-needed.mjs';

installIfNeeded('clients/typescript');
