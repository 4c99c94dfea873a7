/** The built-in router: the data plane in this process. It knows routes and backends, nothing of apps, users or the database. */
package io.orizuru.router.builtin;
