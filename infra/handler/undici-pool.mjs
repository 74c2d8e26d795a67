/**
 * What functions/ use of undici, instead of its index: that is CommonJS which loads everything (fetch, WebSocket, caches, mocks), and
 * no bundler can leave it out. Makes a bundle 0.5 MB smaller. An import of another name is an error of the bundler.
 */
import request from '../../node_modules/undici/lib/api/api-request.js';
import errors from '../../node_modules/undici/lib/core/errors.js';
import Dispatcher from '../../node_modules/undici/lib/dispatcher/dispatcher.js';
import Pool from '../../node_modules/undici/lib/dispatcher/pool.js';

// As undici's index does for all of its methods.
Object.assign(Dispatcher.prototype, { request });

export { errors, Pool };
