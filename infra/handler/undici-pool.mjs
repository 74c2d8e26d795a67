/**
 * What functions/ use of undici, in its place: its index is CommonJS that loads everything (fetch, WebSocket, caches, mocks), which
 * no bundler can leave out. It makes a bundle 0.5 MB smaller. Whoever imports another name gets an error of the bundler.
 */
import request from '../../node_modules/undici/lib/api/api-request.js';
import errors from '../../node_modules/undici/lib/core/errors.js';
import Dispatcher from '../../node_modules/undici/lib/dispatcher/dispatcher.js';
import Pool from '../../node_modules/undici/lib/dispatcher/pool.js';

// As undici's index does for all of its methods.
Object.assign(Dispatcher.prototype, { request });

export { errors, Pool };
