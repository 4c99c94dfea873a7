/**
 * How much room there is on the file systems of this server's data, and whether that is enough to take more. Below all features:
 * whoever writes what tenants bring asks here first.
 */
@org.jspecify.annotations.NullMarked
package io.orizuru.disk;
