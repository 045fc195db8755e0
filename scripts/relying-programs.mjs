// Installs the libraries of others that tests let use the service, if they are missing or out of date.
import { installIfNeeded } from './support/install-if-needed.mjs';

installIfNeeded('test/relying-programs', '--ignore-scripts');
