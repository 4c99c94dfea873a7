/**
 * How much of this server its callers may use: connections, and requests a minute. Requests are counted in the database, so
 * that all servers together give what one would. And how groups of callers share places, so that none has all. Knows nothing of operations: {@code http} asks before it begins one.
 */
package io.orizuru.limit;
