/** Pools: where apps are placed, and which teams, plans and routers belong there. */
package io.orizuru.pool;
