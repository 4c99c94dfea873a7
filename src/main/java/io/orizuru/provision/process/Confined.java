package io.orizuru.provision.process;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to run apart.
 *
 * @param host the host name that it sees
 * @param user the user number it runs as; null is the server's own
 * @param tree the release, mounted at {@link Sandbox#CURRENT}, writable
 * @param script what it runs, readable by its user
 * @param accounts a directory with its {@code passwd} and {@code group}
 * @param scratch a directory for {@code tmp} and {@code home} on disk; null keeps both in memory, with a limit
 * @param readOnly more to see: path on this machine → path inside
 */
record Confined(
        String host,
        @Nullable Integer user,
        Path tree,
        Path script,
        Path accounts,
        @Nullable Path scratch,
        Map<Path, Path> readOnly) {
    /** The same with other files to see. */
    Confined seeing(Map<Path, Path> files) {
        return new Confined(host, user, tree, script, accounts, scratch, files);
    }
}
