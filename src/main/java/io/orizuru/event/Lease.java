package io.orizuru.event;

/**
 * The right to change one thing, for a short while.
 *
 * @param resource what may be changed, {@code app/blog}
 * @param owner which server's which run holds it
 * @param epoch grows with every taking, over all leases
 */
public record Lease(String resource, String owner, long epoch) {}
