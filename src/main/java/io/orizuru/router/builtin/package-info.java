/**
 * The built-in router: the data plane in this process. It knows routes and backends, nothing of apps' rules, users or the
 * database.
 *
 * <p>Read it from the outside in: {@link io.orizuru.router.builtin.BuiltinRouter} is one named router,
 * {@link io.orizuru.router.builtin.DataPlane} the listener that several of them share. {@code ClientHandler} is one
 * client's connection (or HTTP/2 stream), {@code Exchange} one request on its way, {@code BackendConnection} one
 * kept-alive connection to a unit, {@code Tunnel} what is left of them after an upgrade.
 *
 * <p>What it promises: a connection, the requests on it and the backend connections they use live on one event loop, so
 * none of that is locked; the routes are one immutable table that is read once per request; nothing is buffered beyond the
 * channels' water marks; whatever waits has a deadline. No code of this package may block an event loop.
 */
package io.orizuru.router.builtin;
