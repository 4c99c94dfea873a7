/**
 * The built-in router in a process of its own, and how a server tells it its routes: both ends of one small protocol.
 *
 * <p>{@link io.orizuru.router.remote.StandaloneRouter} is that process: a data plane, the files that keep its routes and
 * certificates, and an admin listener ({@code AdminServer}). {@link io.orizuru.router.remote.RemoteRouters} is a server's view
 * of all such routers; a {@code Link} leads to each.
 *
 * <p>What it promises: a router that answered a push has the routes and certificates in memory and on disk, certificates with
 * their private keys in a file for its user alone; those with an older epoch are refused; a router that was away gets what it
 * missed when it is back; nobody waits for a router without a limit. It knows nothing of apps' rules or the database.
 *
 * <p>The protocol, HTTP with JSON and a bearer credential (see {@code Wire}):
 *
 * <ul>
 *   <li>{@code GET /v1/table}: the epochs of all apps' routes and certificates, with an entity tag that changes with every
 *       change;
 *   <li>{@code POST /v1/table}: routes and certificates of some apps, each switched at once; answers with the routes that
 *       it refused;
 *   <li>{@code POST /v1/idle}: waits until no request is under way at some backends;
 *   <li>{@code POST /v1/traffic}: what was seen of the requests to an app's units;
 *   <li>{@code POST /v1/wakes}: waits until somebody wants to see an app that is asleep, and tells which;
 *   <li>{@code GET /health}, {@code GET /metrics}: for anyone who can connect.
 * </ul>
 */
package io.orizuru.router.remote;
